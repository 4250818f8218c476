"""Remove stopped pods."""

from __future__ import annotations

from pods.catalogue import list_pods
from pods.recover import recover_pods
from pods.remove import remove_pod
from pycman.errors import PycmanError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.state.session import Session


def prune_pods(session: Session, *, force: bool = False) -> list[str]:
    """Remove pods that have ended or were never started (`force`: all); return their ids.

    Pods managed by another program (a kubelet) are left alone, and so is a pod that is started in the meantime.
    """
    recover_pods(session)
    removed = []
    for pod in list_pods(session):
        if pod.managed_by or (not force and pod.state in ("running", "degraded", "paused")):
            continue
        try:
            removed.append(remove_pod(session, pod.id, force=force))
        except PycmanError:
            if force:
                raise
    return removed
