"""wait: print the exit statuses of containers as they end."""

from __future__ import annotations

from cli.several import each, names_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Wait for each."""
    conditions = tuple(call.words("condition"))

    def wait(name: str) -> None:
        call.print(str(call.engine.containers.wait(name, conditions=conditions)))

    return each(call, names_of(call), wait, print_name=False)
