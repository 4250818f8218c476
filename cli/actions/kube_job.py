"""__kube_job: go on with a Job after the end of one of its pods."""

from __future__ import annotations

from kube_yaml.jobs import go_on_with_job

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Do it."""
    go_on_with_job(call.engine.session, call.arguments[0])
    return 0
