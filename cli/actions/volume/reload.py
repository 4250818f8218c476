"""volume reload: read the volumes of volume plugins anew."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Open the store, and change nothing: there are no plugins that could have volumes."""
    call.engine.volumes.list()
    return 0
