"""Finish or undo what killed commands left of pods."""

from __future__ import annotations

from pods.remove import discard
from pycman.containers.catalogue import needs_supervisor
from pycman.state import owners

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.state.session import Session


def fix(session: Session) -> list[str]:
    """Take away pods whose creation or removal was interrupted, and have the supervisor back if it was killed; return one line
    for each pod.
    """
    if needs_supervisor(session):
        from pycman.containers.hooks.wake_supervisor import wake_supervisor

        wake_supervisor(session)
    mended = []
    for row in session.db.rows("SELECT id, name, row_state, owner FROM pods WHERE row_state != 'ready'"):
        if owners.is_gone(row["owner"]):
            session.enter_namespaces()
            discard(session, row["id"])
            half = "creation" if row["row_state"] == "creating" else "removal"
            mended.append(f"pod {row['name']}: removed, its {half} had been interrupted")
    return mended
