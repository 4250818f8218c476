"""init: prepare containers without starting their process."""

from __future__ import annotations

from cli.targets import containers_meant, for_each

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Prepare them."""
    names = containers_meant(call)
    return for_each(call, names, call.engine.containers.initialize)
