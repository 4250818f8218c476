"""rm: remove containers."""

from __future__ import annotations

from cli.main import fail_softly
from cli.targets import names_of
from pycman.errors import NotFound, PycmanError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Remove the containers; with -f a missing one is told but fine (docker)."""
    force = call.flag("force")
    status = 0
    time = call.number("time") if call.given("time") else None
    for name in names_of(call):
        try:
            removed = call.engine.containers.remove(
                name, force=force, volumes=call.flag("volumes"), timeout_s=time, depend=call.flag("depend")
            )
        except NotFound as error:
            if call.flag("ignore"):
                continue
            told = fail_softly(error, "rm")
            status = status if force else max(status, told)
        except PycmanError as error:
            status = max(status, fail_softly(error, "rm"))
        else:
            for each in removed[:-1]:
                call.print(each)
            call.print(name)
    return status
