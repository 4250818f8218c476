"""Update the back ends of services: firewall rules and DNS follow the readiness of pods."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.state.session import Session


def refresh_services(session: Session) -> None:
    """Update firewall rules and DNS of services; call it when a member starts, exits, or its readiness changes.

    Does nothing in a store without services.
    """
    if session.db.value("SELECT 1 FROM services LIMIT 1") is None:
        return
    from pycman.network.reconcile.in_child import begin_refresh  # only imported in stores with services

    begin_refresh(session).finish()
