"""Which pods a service container stands for (service_end.py), by their rows."""

from __future__ import annotations

from pycman.errors import InUse
from pycman.linux.files import locked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from pycman.state.session import Session


def service_of(session: Session, pod_id: str) -> str:
    """Return the id of a pod's service container, "" if it has none."""
    found = session.db.value("SELECT json_extract(spec, '$.service_container') FROM pods WHERE id = ?", (pod_id,))
    return str(found or "")


def pods_of_service(session: Session, service_id: str) -> list[str]:
    """Return the ids of the pods that have this service container."""
    rows = session.db.rows(
        "SELECT id FROM pods WHERE json_extract(spec, '$.service_container') = ? ORDER BY created_at_ns", (service_id,)
    )
    return [str(row["id"]) for row in rows]


def refuse_service(session: Session, container_id: str, name: str) -> None:
    """Raise InUse if the container is the service container of pods that are still there."""
    pods = pods_of_service(session, container_id)
    if pods:
        raise InUse(
            f"it is the service container of pods {', '.join(pods)} and is removed with them",
            subject=name,
            hint="run pycman kube down or pycman pod rm",
            code="service-container",
            facts={"pods": ", ".join(pods)},
        )


def service_is_made(session: Session, service_id: str) -> AbstractContextManager[None]:
    """While this is held, pods of the service are still being made and started: their end does not end it."""
    return locked(session.paths.lock("service", service_id))
