"""Remove pods that do not run."""

from __future__ import annotations

from pods.catalogue import list_pods
from pods.recover import fix
from pods.remove import remove_pod
from pycman.errors import PycmanError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.state.session import Session


def prune_pods(session: Session, *, force: bool = False) -> list[str]:
    """Remove pods that have ended or were never started (`force`: all); return their ids.

    Those that another program looks after are left alone, and one that is started meanwhile too.
    """
    fix(session)
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
