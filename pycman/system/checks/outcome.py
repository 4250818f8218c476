"""The outcome of one check: a dictionary of `id`, `status`, `found`, `cause` and `fix`, which doctor.py turns into a record."""

from __future__ import annotations


def fine(check_id: str, found: str) -> dict[str, str]:
    """Return the outcome of a check that found no problem."""
    return {"id": check_id, "status": "ok", "found": found}


def warn(check_id: str, found: str, cause: str, fix: str) -> dict[str, str]:
    """Return the outcome of a check that found something that works, but with a limitation."""
    return {"id": check_id, "status": "warn", "found": found, "cause": cause, "fix": fix}


def fail(check_id: str, found: str, cause: str, fix: str) -> dict[str, str]:
    """Return the outcome of a check that found something that does not work."""
    return {"id": check_id, "status": "fail", "found": found, "cause": cause, "fix": fix}
