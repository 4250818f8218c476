"""rm: remove containers."""

from __future__ import annotations

from cli.main import fail_softly
from cli.targets import containers_meant, report_missing
from pycman.errors import InUse, NotFound, PycmanError

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
        except InUse as error:
            if not (call.flag("depend") and _remove_pod_of(call, name)):
                status = max(status, fail_softly(error, "rm"))
        except PycmanError as error:
            status = max(status, fail_softly(error, "rm"))
        else:
            for dependent_id in removed[:-1]:
                call.print(dependent_id)
            call.print(name)
    return status


def _remove_pod_of(call: Call, name: str) -> bool:
    """Remove the pod whose infra container `name` is, and print the ids of what went with it (podman); else return False."""
    if not call.engine.containers.get(name).is_infra:
        return False
    from pods.api import Pods  # only imported for --depend and an infra container

    pods = Pods(call.engine)
    pod = pods.get(call.engine.containers.get(name).pod_id)
    pods.remove(pod.id, force=True, timeout_s=call.number("time") if call.given("time") else None)
    for member in (*pod.workers, *(each for each in pod.members if each.is_infra)):
        call.print(member.id)
    return True
