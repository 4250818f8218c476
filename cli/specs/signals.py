"""Parse --signal of `kill`."""

from __future__ import annotations

from pycman.spec.signals import signal_number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def signal_of(call: Call) -> str:
    """Return the signal on the command line, KILL by default; podman also takes -TERM and -15. Raises InvalidInput."""
    text = call.string("signal", "KILL")
    if call.habits.signals_with_dash:
        text = text.removeprefix("-")
    signal_number(text)
    return text
