"""Record why a container did not start, with the cause that was found in its image."""

from __future__ import annotations

from pycman.containers.catalogue import change_row, spec_of
from pycman.containers.events import append_event
from pycman.errors import PycmanError
from pycman.jsontext import as_utf8

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.state.session import Session


def record_failure(session: Session, row: Mapping[str, Any], failure: PycmanError) -> PycmanError:
    """Record in the row and as event "start_failed" why a container did not start.

    Return the error to raise (`why.refine`).
    """
    from pycman.containers.diagnose.why import refine  # only imported when a start fails

    change_row(session, row["id"], boot_id="", pid=0)
    error = refine(session, row, spec_of(row), failure)
    with session.db.transaction():
        text = as_utf8(str(error))
        change_row(session, row["id"], boot_id="", pid=0, error=text, exit_status=error.exit_status)
        append_event(
            session,
            row,
            "start_failed",
            error=str(error),
            reference=error.reference,
            exit_status=str(error.exit_status),
        )
    return error
