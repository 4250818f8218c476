"""When an image is pulled (v1 Container, imagePullPolicy). Pure."""

from __future__ import annotations

_POLICIES = {"Always": "always", "IfNotPresent": "missing", "Never": "never"}


def pull_policy(reference: str, policy: str | None) -> str:
    """Return the engine's word; without a policy an image of no tag, or of latest, is looked for anew as podman does it."""
    if policy:
        return _POLICIES[policy]
    last = reference.rpartition("/")[2]
    return "newer" if "@" not in last and (":" not in last or last.endswith(":latest")) else "missing"
