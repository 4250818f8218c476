"""__kube_job: advance a Job after the end of one of its pods, and remove Jobs whose ttlSecondsAfterFinished has passed."""

from __future__ import annotations

from kube_yaml.play.jobs import advance_job, remove_expired

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Do it."""
    advance_job(call.engine.session, call.arguments[0])
    remove_expired(call.engine.session)
    return 0
