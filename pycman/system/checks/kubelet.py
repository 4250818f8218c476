"""Check of a kubelet's pods: which of them wait, and for what. It says nothing on a host without any."""

from __future__ import annotations

from pycman.containers.diagnose.kubelet import waiting_pods
from pycman.system.checks.outcome import fine, warn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.state.session import Session

_MOST = 5


def kubelet_pods(session: Session) -> dict[str, str]:
    """Check that the containers of all ready sandboxes run."""
    number = session.db.value("SELECT count(*) FROM cri_sandboxes")
    if not number:
        return fine("kubelet-pods", "no kubelet has made pods here")
    waiting = waiting_pods(session)
    if not waiting:
        return fine("kubelet-pods", f"nothing waits in {number} pods of a kubelet")
    shown = "; ".join(waiting[:_MOST]) + (f"; and {len(waiting) - _MOST} more" if len(waiting) > _MOST else "")
    return warn("kubelet-pods", shown, "these pods are not ready", "pycman why CONTAINER, or journalctl -u kubelet")


CHECKS = (kubelet_pods,)
