"""Hooks of a container's life (Kubernetes v1 Lifecycle): right after its start, and before it is stopped."""

from __future__ import annotations

import time

from pycman.containers.catalogue import spec_of
from pycman.containers.force import force_end
from pycman.containers.handlers import run_handler
from pycman.errors import PycmanError
from pycman.state import events

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.spec.probe import Handler
    from pycman.state.session import Session

_POST_START_S = 600.0
"""Kubernetes has no limit; a start must end."""
_LEAST_AFTER_HOOK_S = 2


def run_post_start(session: Session, row: Mapping[str, Any], hook: Handler) -> None:
    """Run the hook of a container that has just started; if it fails, end the container and say why."""
    try:
        run_handler(session, row, spec_of(row), hook, timeout_s=_POST_START_S)
    except PycmanError as error:
        _tell(session, row, "postStart", error)
        session.db.change("UPDATE containers SET error = ? WHERE id = ?", (f"postStart: {error}", row["id"]))
        force_end(session, row)


def run_pre_stop(session: Session, row: Mapping[str, Any], hook: Handler, timeout_s: int) -> int:
    """Run the hook of a container about to be stopped; return how many seconds are left for the stop itself."""
    begun = time.monotonic()
    try:
        run_handler(session, row, spec_of(row), hook, timeout_s=timeout_s if timeout_s > 0 else _POST_START_S)
    except PycmanError as error:
        _tell(session, row, "preStop", error)
    if timeout_s < 0:
        return timeout_s
    return max(_LEAST_AFTER_HOOK_S, int(timeout_s - (time.monotonic() - begun)))


def _tell(session: Session, row: Mapping[str, Any], hook: str, error: PycmanError) -> None:
    events.append(
        session.db, "container", "hook_failed", row["id"], name=row["name"], image=row["image_name"],
        attributes={"hook": hook, "error": str(error)},
    )  # fmt: skip
