"""__kube_job: advance a Job after one of its pods has ended, and remove Jobs whose ttlSecondsAfterFinished has passed."""

from __future__ import annotations

from kube_yaml.play.expired import remove_expired
from kube_yaml.play.jobs import advance_job

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Advance the Job of the pod whose id is the argument, then remove expired Jobs.

    The supervisor, which only wants the second, passes the Job's name; no pod has that id.
    """
    advance_job(call.engine.session, call.arguments[0])
    remove_expired(call.engine.session)
    return 0
