"""init: prepare containers without starting their process."""

from __future__ import annotations

from cli.targets import each, names_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Prepare them."""
    names = names_of(call)
    return each(call, names, call.engine.containers.initialize)
