"""__pod_start: go on with the start of a pod after one of its init containers has ended and nobody waits for it."""

from __future__ import annotations

from pods.start import start_pod
from pycman.contexts import suppress
from pycman.errors import NotFound

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Start the pod whose id is the argument; one that was stopped or removed meanwhile is left alone."""
    with suppress(NotFound):
        start_pod(call.engine.session, call.arguments[0], wait_s=0, goes_on=True)
    return 0
