"""Commands of docker and podman that pycman does not have, each with the reason. Only imported for unknown commands."""

from __future__ import annotations

_LATER = "not implemented yet"
_SWARM = "there is no swarm"
_REMOTE = "there is no daemon and no virtual machine to manage"

UNSUPPORTED_COMMANDS = {
    "bake": _LATER,
    "auto-update": _LATER, "quadlet": _LATER,
    "compose": _LATER, "artifact": _LATER, "swarm": _SWARM, "service": _SWARM, "stack": _SWARM, "node": _SWARM,
    "config": _SWARM, "machine": _REMOTE, "farm": _REMOTE, "plugin": "there are no plugins",
    "trust": "content trust is not supported", "checkpoint": _LATER,
}  # fmt: skip
