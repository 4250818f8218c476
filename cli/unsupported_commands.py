"""Commands of docker and podman that pycman does not have: why, and what to use instead. Only imported for unknown commands."""

from __future__ import annotations

_SWARM = ("there is no swarm", "use pycman kube play for several containers")
_NO_SERVER = (
    "there is no daemon and no virtual machine to manage",
    "give commands on the host itself, by ssh if it is another",
)
_TRUST = ("content trust is not supported", "use pycman push --sign-by and policy.json")

UNSUPPORTED_COMMANDS: dict[str, tuple[str, str]] = {
    "swarm": _SWARM, "service": _SWARM, "stack": _SWARM, "node": _SWARM, "config": _SWARM,
    "context create": _NO_SERVER, "context export": _NO_SERVER, "context import": _NO_SERVER,
    "context rm": _NO_SERVER, "context update": _NO_SERVER, "machine": _NO_SERVER, "farm": _NO_SERVER, "remote": _NO_SERVER,
    "plugin": ("there are no plugins", "volumes have the driver local, networks bridge, macvlan and ipvlan"),
    "trust": _TRUST,
    "generate spec": ("specs of podman's API are not written", "use pycman inspect, or pycman generate kube"),
    "kube apply": ("YAML is not sent to clusters", "use kubectl apply -f FILE"),
    "image scp": ("pycman does not log in to other hosts", "use pycman save IMAGE | ssh HOST pycman load"),
    "volume update": ("it changes volumes of a swarm only", "create a new volume"),
}  # fmt: skip
"""By name of the command or of its group: the reason, and what to use instead."""


def reason_for(words: list[str]) -> tuple[str, str, str] | None:
    """Return (command, reason, hint) for a command line that begins with a refused command, None for any other."""
    for name in (" ".join(words[:2]), words[0]):
        if name in UNSUPPORTED_COMMANDS:
            return name, *UNSUPPORTED_COMMANDS[name]
    return None
