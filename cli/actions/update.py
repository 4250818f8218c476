"""update: change the limits of a container."""

from __future__ import annotations

from cli.specs.resources import parse_resources

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Change them."""
    name = call.arguments[0]
    call.engine.containers.update(name, parse_resources(call), restart=call.text("restart"))
    call.print(name)
    return 0
