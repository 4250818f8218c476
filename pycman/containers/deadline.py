"""The deadline of a pod (Kubernetes' activeDeadlineSeconds): counted from its start, and from its Job's start."""

from __future__ import annotations

import time

from pycman.errors import WrongState

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.spec.container import ContainerSpec
    from pycman.state.session import Session

_EARLY_NS = 250_000_000
"""How much too early conmon's timer may fire: it is aligned to whole seconds (glib, g_timeout_add_seconds)."""


def ends_at_ns(session: Session, spec: ContainerSpec) -> int:
    """Return the deadline of a container's pod, the earlier of the pod's and its Job's (ns since 1970; 0: none)."""
    if not spec.deadline_s:
        return 0
    started = session.db.value("SELECT started_at_ns FROM containers WHERE pod_id = ? AND is_infra = 1", (spec.pod_id,))
    of_job = session.db.value("SELECT deadline_at_ns FROM kube_pods WHERE pod_id = ?", (spec.pod_id,))
    return min(filter(None, (started and started + spec.deadline_s * 10**9, of_job)), default=0)


def seconds_left(session: Session, spec: ContainerSpec) -> int:
    """Return how many seconds a container about to be started may run, rounded up.

    Raises WrongState if the deadline has passed.
    """
    left_ns = ends_at_ns(session, spec) - time.time_ns()
    if left_ns <= 0:
        raise WrongState(
            "its pod's deadline has passed (activeDeadlineSeconds)", subject=spec.name, hint="restart the pod"
        )
    return -(-(left_ns + _EARLY_NS) // 10**9)
