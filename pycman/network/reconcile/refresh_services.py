"""Lead services to the pods that are ready now: the rules and names of a store with services follow its pods' readiness."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.state.session import Session


def refresh_services(session: Session) -> None:
    """Bring rules and names of services in line with the database; call it when a member starts, ends, or its readiness changes.

    Does nothing in a store without services.
    """
    if session.db.value("SELECT 1 FROM services LIMIT 1") is None:
        return
    from pycman.network.reconcile.in_child import begin_refresh  # only imported in stores with services

    begin_refresh(session).finish()
