"""When a pod's time is over (Kubernetes' activeDeadlineSeconds): counted from its start, and for a Job from the Job's."""

from __future__ import annotations

import time

from pycman.errors import WrongState

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.spec.container import ContainerSpec
    from pycman.state.session import Session

_EARLY_NS = 250_000_000
"""conmon's timer is aligned to whole seconds and may ring that much too early (glib, g_timeout_add_seconds)."""


def ends_at_ns(session: Session, spec: ContainerSpec) -> int:
    """Return when a container is ended whatever it does (ns since 1970); 0 is never."""
    if not spec.deadline_s:
        return 0
    started = session.db.value("SELECT started_at_ns FROM containers WHERE pod_id = ? AND is_infra = 1", (spec.pod_id,))
    of_job = session.db.value("SELECT deadline_at_ns FROM kube_pods WHERE pod_id = ?", (spec.pod_id,))
    return min(filter(None, (started and started + spec.deadline_s * 10**9, of_job)), default=0)


def seconds_left(session: Session, spec: ContainerSpec) -> int:
    """Return how many seconds a container about to be started may run, never too few. Raises WrongState (no time is left)."""
    left = ends_at_ns(session, spec) - time.time_ns()
    if left <= 0:
        raise WrongState("its pod's time is over (activeDeadlineSeconds)", subject=spec.name, hint="restart the pod")
    return -(-(left + _EARLY_NS) // 10**9)
