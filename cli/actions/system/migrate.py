"""system migrate: bring the store to this version."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Open the store, which migrates it."""
    call.engine.containers.list()
    return 0
