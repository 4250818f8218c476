"""Flags of `run` and `create` of which pycman can only do some values: the others are refused, never ignored in silence."""

from __future__ import annotations

from pycman.errors import Unsupported

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call

_ONLY = {
    "seccomp-policy": ("default",), "hosts-file": ("image", "none"), "sdnotify": ("container", "conmon", "ignore"),
    "isolation": ("default",), "systemd": ("true", "false"),
}  # fmt: skip
"""Flags and the values that mean what pycman does anyway."""


def refuse(call: Call) -> None:
    """Raise Unsupported for the first value given that would have no effect."""
    for name, words in _ONLY.items():
        if call.string(name) and call.string(name) not in words:
            raise Unsupported(
                "this value is not supported", subject=f"--{name} {call.string(name)}", hint=f"use {', '.join(words)}"
            )
