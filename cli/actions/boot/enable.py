"""boot enable: have containers with a restart policy started with the host."""

from __future__ import annotations

from cli.boot_service import way_of_host
from cli.own_command import own_command

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Write and enable what starts them; print where it is."""
    way = way_of_host()
    for text in way.enable(own_command(call)):
        call.warn(text)
    call.print(way.where())
    return 0
