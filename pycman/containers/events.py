"""Append an event about a container: type "container", with the container's id, name and image."""

from __future__ import annotations

from pycman.state import events

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.state.session import Session


def append_event(session: Session, row: Mapping[str, Any], action: str, **attributes: str) -> None:
    """Append the event `action` ("start", "died", …) of a container; a transaction of the caller includes it."""
    events.append(
        session.db, "container", action, row["id"], name=row["name"], image=row["image_name"], attributes=attributes
    )
