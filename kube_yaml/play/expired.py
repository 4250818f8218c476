"""Remove Jobs whose time to live after their end is over; each play and the supervisor's command ask first."""

from __future__ import annotations

import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.state.session import Session


def remove_expired(session: Session) -> None:
    """Take down the Jobs whose ttlSecondsAfterFinished has passed since their end."""
    rows = session.db.rows(
        "SELECT kind, namespace, name FROM kube_objects WHERE expires_at_ns BETWEEN 1 AND ?", (time.time_ns(),)
    )
    if rows:
        from kube_yaml.play.down import take_down_objects  # only imported when a Job has expired

        take_down_objects(session, [(row["kind"], row["namespace"], row["name"]) for row in rows])
