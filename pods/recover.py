"""Finish or undo what killed commands left of pods."""

from __future__ import annotations

from pycman.containers.catalogue import needs_supervisor
from pycman.containers.hooks.wake_supervisor import wake_supervisor
from pycman.state import owners

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.state.session import Session


def recover_pods(session: Session) -> list[str]:
    """Remove pods whose creation or removal was interrupted, and restart a killed supervisor; return a line per pod."""
    if needs_supervisor(session):
        wake_supervisor(session)
    messages = []
    for row in session.db.rows("SELECT id, name, row_state, owner FROM pods WHERE row_state != 'ready'"):
        if owners.is_gone(row["owner"]):
            from pods.remove import discard  # only imported after a killed command

            session.enter_namespaces()
            discard(session, row["id"])
            interrupted = "creation" if row["row_state"] == "creating" else "removal"
            messages.append(f"pod {row['name']}: removed, its {interrupted} had been interrupted")
    return messages
