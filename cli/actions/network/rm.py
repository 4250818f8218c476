"""network rm: remove networks."""

from __future__ import annotations

from cli.main import fail_softly
from cli.output.docker_networks import refuse_predefined
from cli.targets import removes_containers, report_missing
from pycman.errors import NotFound, PycmanError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Remove the networks; with -f a missing one does not change the status (docker reports it, podman does not)."""
    with_containers = call.flag("force") and removes_containers(call)
    timeout_s = call.number("time") if call.given("time") else None
    status = 0
    for name in call.arguments:
        try:
            refuse_predefined(call, name)
            removed = call.engine.networks.remove(
                name,
                force=with_containers,
                timeout_s=timeout_s,
                stopped_count=call.habits.stopped_hold_networks,
            )
        except NotFound as error:
            status = max(status, report_missing(call, error))
        except PycmanError as error:
            status = max(status, fail_softly(error, call.command))
        else:
            call.print(removed)
    return status
