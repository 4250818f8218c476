"""wait: print the exit statuses of containers as they end."""

from __future__ import annotations

import time

from cli.targets import each, names_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call

_PAUSE_S = 0.1


def run(call: Call) -> int:
    """Wait for each."""
    conditions = tuple(call.values("condition"))

    def wait(name: str) -> None:
        call.print(str(call.engine.containers.wait(name, conditions=conditions)))

    if call.flag("exit-first-match"):
        return _wait_for_one(call, names_of(call), conditions)
    return each(call, names_of(call), wait, print_name=False)


def _wait_for_one(call: Call, names: list[str], conditions: tuple[str, ...]) -> int:
    """Print the status of whichever ends first."""
    wanted = conditions or ("stopped", "exited")
    containers = call.engine.containers
    while True:
        for name in names:
            container = containers.get(name)
            if container.state in wanted or (container.state == "exited" and "stopped" in wanted):
                call.print(str(container.exit_status))
                return 0
        time.sleep(_PAUSE_S)
