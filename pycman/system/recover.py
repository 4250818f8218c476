"""Finish or undo what killed commands left, in every room: containers, volumes, secrets, leases, the supervisor."""

from __future__ import annotations

from pycman.containers.catalogue import needs_supervisor
from pycman.containers.end.recover import recover_containers
from pycman.containers.hooks.wake_supervisor import wake_supervisor
from pycman.secrets.catalogue import recover_secrets
from pycman.state.leases import drop_dead
from pycman.volumes.catalogue import recover_volumes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.state.session import Session


def recover(session: Session) -> list[str]:
    """Recover containers, volumes and secrets, delete leases of dead commands, and wake the supervisor if it has work.

    Return one line for each object recovered.
    """
    messages = recover_containers(session) + recover_volumes(session) + recover_secrets(session)
    drop_dead(session.db)
    if needs_supervisor(session):
        wake_supervisor(session)
    return messages
