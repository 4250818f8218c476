"""The doctor's checks: functions from a session to a dictionary of `id`, `status`, `found`, `cause` and `fix`."""

from __future__ import annotations


def fine(identity: str, found: str) -> dict[str, str]:
    """Return the outcome of a check that found nothing wrong."""
    return {"id": identity, "status": "ok", "found": found}


def warn(identity: str, found: str, cause: str, fix: str) -> dict[str, str]:
    """Return the outcome of a check that found what works, but less well."""
    return {"id": identity, "status": "warn", "found": found, "cause": cause, "fix": fix}


def fail(identity: str, found: str, cause: str, fix: str) -> dict[str, str]:
    """Return the outcome of a check that found what does not work."""
    return {"id": identity, "status": "fail", "found": found, "cause": cause, "fix": fix}
