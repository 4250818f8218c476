"""boot status: whether containers start with the host, and which."""

from __future__ import annotations

from cli.boot_service import way_of_host
from pods.api import Pods

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Print it; return 0 if they start, 1 if not."""
    way = way_of_host()
    enabled = way.enabled()
    call.print(f"enabled: {way.where()}" if enabled else "disabled (pycman boot enable)")
    for unit in Pods(call.engine).boot_units():
        call.print(f"{'pod' if unit.is_pod else 'container'} {unit.name}")
    return 0 if enabled else 1
