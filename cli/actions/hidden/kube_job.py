"""__kube_job: advance a Job after one of its pods has ended, and remove Jobs whose ttlSecondsAfterFinished has passed."""

from __future__ import annotations

from kube_yaml.play.jobs import go_on_with_job, remove_expired

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Advance the Job in the argument (KIND/NAMESPACE/NAME), then remove expired Jobs."""
    go_on_with_job(call.engine.session, call.arguments[0])
    remove_expired(call.engine.session)
    return 0
