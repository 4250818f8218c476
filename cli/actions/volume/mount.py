"""volume mount: mount volumes and print where."""

from __future__ import annotations

from cli.targets import each

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Mount each."""
    return each(call, call.arguments, lambda name: call.print(call.engine.volumes.mount(name)), print_name=False)
