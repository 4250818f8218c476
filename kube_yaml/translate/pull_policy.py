"""When an image is pulled (v1 Container, imagePullPolicy). Pure."""

from __future__ import annotations

_POLICIES = {"Always": "always", "IfNotPresent": "missing", "Never": "never"}


def pull_policy(reference: str, policy: str | None) -> str:
    """Return the pull policy of the engine: always, missing, never or newer.

    Without an imagePullPolicy, an image without a tag or with the tag latest is pulled if the registry has a newer one, as in podman.
    """
    if policy:
        return _POLICIES[policy]
    name = reference.rpartition("/")[2]
    return "newer" if "@" not in name and (":" not in name or name.endswith(":latest")) else "missing"
