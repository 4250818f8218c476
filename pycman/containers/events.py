"""Append an event about a container: type "container", with the container's id, name, image and labels."""

from __future__ import annotations

from pycman.errors import Corrupt
from pycman.jsontext import parse_json
from pycman.state import events

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.state.session import Session

_OWN = frozenset(
    ("error", "exit_status", "health_status", "hook", "image_id", "leftovers", "message", "oom_killed", "path", "probe", "ready",
     "reason", "reference", "signal", "term_signal")
)  # fmt: skip
"""Attributes that the engine reads back: no label stands for one."""


def append_event(session: Session, row: Mapping[str, Any], action: str, **attributes: str) -> None:
    """Append the event `action` ("start", "died", …) of a container; a transaction of the caller includes it.

    Its attributes are `attributes` and, as with docker, the container's labels.
    """
    events.append(
        session.db, "container", action, row["id"], name=row["name"], image=row["image_name"],
        attributes={**_labels(row["labels"]), **attributes},
    )  # fmt: skip


def _labels(stored: str) -> dict[str, str]:
    if stored == "{}":
        return {}
    try:
        return {key: str(value) for key, value in parse_json(stored).items() if key not in _OWN}
    except (Corrupt, AttributeError):  # a damaged row is told by `system check`, and must not stop a cleanup
        return {}
