"""__kube_job: go on with a Job after the end of one of its pods, and take down those whose time to be looked at is over."""

from __future__ import annotations

from kube_yaml.play.jobs import go_on_with_job, remove_expired

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Do it."""
    go_on_with_job(call.engine.session, call.arguments[0])
    remove_expired(call.engine.session)
    return 0
