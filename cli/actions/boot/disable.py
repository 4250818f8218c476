"""boot disable: no longer have containers started with the host."""

from __future__ import annotations

from cli.boot_service import way_of_host

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Remove what starts them; print what it was."""
    way = way_of_host()
    way.disable()
    call.print(way.where())
    return 0
