"""Record why a container did not start, with what its image says of the command."""

from __future__ import annotations

from pycman.containers.catalogue import change_row, spec_of
from pycman.errors import PycmanError
from pycman.state import events

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.state.session import Session


def record_failure(session: Session, row: Mapping[str, Any], failure: PycmanError) -> PycmanError:
    """Record in row and events why a container did not start; return the error to raise, refined by what the image shows."""
    from pycman.containers.diagnose.why import refine  # only on failure

    change_row(session, row["id"], boot_id="", pid=0)
    error = refine(session, row, spec_of(row), failure)
    with session.db.transaction():
        change_row(session, row["id"], boot_id="", pid=0, error=str(error), exit_status=error.exit_status)
        events.append(
            session.db,
            "container",
            "start_failed",
            row["id"],
            name=row["name"],
            image=row["image_name"],
            attributes={"error": str(error), "reference": error.reference, "exit_status": str(error.exit_status)},
        )
    return error
