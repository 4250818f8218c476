"""Flags of `run` and `create` that docker or podman know and pycman does not carry out: refused, never ignored in silence."""

from __future__ import annotations

from pycman.errors import Unsupported

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call

_WINDOWS = "only containers of Windows have it"
_REFUSED = {
    "personality": "personalities are not supported",
    "use-api-socket": "there is no daemon with a socket", "env-merge": "merging variables is not supported: give --env",
    "passwd-entry": "entries of /etc/passwd are not added", "group-entry": "entries of /etc/group are not added",
    "hostuser": "entries of /etc/passwd are not added", "decryption-key": "encrypted images are not supported",
    "shm-size-systemd": "there is no tmpfs for systemd to size", "chrootdirs": "it is not supported",
    "link": "links are legacy: share a network instead", "link-local-ip": "it is not supported",
    "rdt-class": "resource director classes are not supported", "cpu-count": _WINDOWS, "cpu-percent": _WINDOWS,
    "io-maxbandwidth": _WINDOWS, "io-maxiops": _WINDOWS, "subuidname": "use --uidmap or --userns",
    "subgidname": "use --gidmap or --userns", "preserve-fds": "only exec passes descriptors on",
}  # fmt: skip
_ONLY = {
    "seccomp-policy": ("default",), "hosts-file": ("image", "none"), "sdnotify": ("container", "conmon", "ignore"),
    "isolation": ("default",), "systemd": ("true", "false", "always"),
}  # fmt: skip
"""Flags of which only some words can be taken."""


def refuse(call: Call) -> None:
    """Raise Unsupported for the first flag given that would have no effect."""
    for name, reason in _REFUSED.items():
        if call.flags.get(name):
            raise Unsupported(reason, subject=f"--{name}", hint="leave it out")
    for name, words in _ONLY.items():
        if call.string(name) and call.string(name) not in words:
            raise Unsupported(
                "this value is not supported", subject=f"--{name} {call.string(name)}", hint=f"use {', '.join(words)}"
            )
