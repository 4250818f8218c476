"""Flags of `run`, `create` and `pod create` of which pycman can obey only some values: the others are refused."""

from __future__ import annotations

from pycman.errors import Unsupported

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call

_ALLOWED_VALUES = {
    "seccomp-policy": ("default",), "isolation": ("default",),
}  # fmt: skip
"""Flags, and the values that ask for what pycman does anyway."""


def refuse(call: Call) -> None:
    """Raise Unsupported for the first flag on the command line whose value pycman cannot obey."""
    refuse_content_trust(call)
    if call.string("kernel-memory"):
        call.warn("--kernel-memory: kernels have no such limit any more")
    for name, allowed in _ALLOWED_VALUES.items():
        if call.string(name) and call.string(name) not in allowed:
            raise Unsupported(
                "this value is not supported", subject=f"--{name} {call.string(name)}", hint=f"use {', '.join(allowed)}"
            )


def refuse_content_trust(call: Call) -> None:
    """Raise Unsupported for --disable-content-trust=false, which asks that signatures of docker's Notary are verified."""
    if not call.flag("disable-content-trust", True):
        raise Unsupported(
            "docker's content trust is not implemented",
            subject="--disable-content-trust=false",
            hint="policy.json says whose images are accepted: containers-policy.json(5)",
        )
