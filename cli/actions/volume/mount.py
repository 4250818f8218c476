"""volume mount: mount volumes and print their paths."""

from __future__ import annotations

from cli.targets import for_each

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Mount the volumes and print each path."""
    return for_each(call, call.arguments, lambda name: call.print(call.engine.volumes.mount(name)), print_name=False)
