"""buildx version."""

from __future__ import annotations

from pycman.version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Print the program and its version, as docker's buildx does."""
    call.print(f"pycman {__version__}")
    return 0
