"""wait: wait for containers and print their exit statuses."""

from __future__ import annotations

import time

from cli.targets import containers_meant, for_each
from pycman.errors import NotFound

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call

_PAUSE_S = 0.1


def run(call: Call) -> int:
    """Wait until each container is in one of --condition (default: stopped) and print its exit status."""
    conditions = tuple(call.values("condition"))

    def wait(name: str) -> None:
        try:
            call.print(str(call.engine.containers.wait(name, conditions=conditions)))
        except NotFound:
            if not (call.flag("ignore") and call.habits.missing_waits_print):
                raise
            call.print("-1")

    if call.flag("exit-first-match"):
        return _wait_for_one(call, containers_meant(call), conditions)
    return for_each(call, containers_meant(call), wait, print_name=False)


def _wait_for_one(call: Call, names: list[str], conditions: tuple[str, ...]) -> int:
    """Wait until one of the containers is in one of `conditions` and print its exit status."""
    states = conditions or ("stopped", "exited")
    containers = call.engine.containers
    while True:
        for name in names:
            container = containers.get(name)
            if container.state in states or (container.state == "exited" and "stopped" in states):
                call.print(str(container.exit_status))
                return 0
        time.sleep(_PAUSE_S)
