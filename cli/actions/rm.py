"""rm: remove containers."""

from __future__ import annotations

from cli.main import fail_softly
from cli.targets import containers_meant, report_missing
from pycman.errors import NotFound, PycmanError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Remove the containers and print their names; with -f a missing one is reported without an error status (docker)."""
    force = call.flag("force")
    status = 0
    timeout_s = call.number("time") if call.given("time") else None
    for name in containers_meant(call):
        try:
            removed = call.engine.containers.remove(
                name, force=force, volumes=call.flag("volumes"), timeout_s=timeout_s, depend=call.flag("depend")
            )
        except NotFound as error:
            if call.flag("ignore"):
                continue
            status = max(status, report_missing(call, error))
        except PycmanError as error:
            status = max(status, fail_softly(error, "rm"))
        else:
            for dependent_id in removed[:-1]:
                call.print(dependent_id)
            call.print(name)
    return status
