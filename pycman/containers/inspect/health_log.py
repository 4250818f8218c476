"""Keep the outcomes of health checks as `--health-log-destination`, `--health-max-log-count` and `--health-max-log-size` say.

They are in the table health_log, which `inspect` shows. A destination that is a directory also has them in ID-healthcheck.log, as the JSON
object of State.Health; with events_logger the event of a check has its output.
"""

from __future__ import annotations

import os

from pycman.contexts import suppress
from pycman.errors import PycmanError
from pycman.jsontext import format_json
from pycman.linux.folder import Folder
from pycman.state.times import format_rfc3339

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.spec.health import HealthLog
    from pycman.state.session import Session

_EVERYTHING = -1
"""SQLite's LIMIT for no limit."""


def add_entry(session: Session, container_id: str, log: HealthLog, entry: tuple[int, int, int, str]) -> None:
    """Add (started_at_ns, ended_at_ns, exit status, output) to the table, and drop the oldest entries; the caller is in a transaction."""
    started_at_ns, ended_at_ns, status, output = entry
    text = output[: log.max_size] if log.max_size else output
    session.db.change(
        "INSERT INTO health_log VALUES (?, ?, ?, ?, ?)", (container_id, started_at_ns, ended_at_ns, status, text)
    )
    session.db.change(
        "DELETE FROM health_log WHERE container_id = ? AND started_at_ns NOT IN (SELECT started_at_ns FROM"
        " health_log WHERE container_id = ? ORDER BY started_at_ns DESC LIMIT ?)",
        (container_id, container_id, log.max_count or _EVERYTHING),
    )


def health_state(session: Session, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the object State.Health of a container with a health check: its status, and the kept outcomes, oldest first."""
    rows = session.db.rows("SELECT * FROM health_log WHERE container_id = ? ORDER BY started_at_ns", (row["id"],))
    return {
        "Status": row["health_status"] or "starting",
        "FailingStreak": row["health_streak"],
        "Log": [
            {
                "Start": format_rfc3339(check["started_at_ns"]),
                "End": format_rfc3339(check["ended_at_ns"]),
                "ExitCode": check["exit_status"],
                "Output": check["output"],
            }
            for check in rows
        ],
    }


def write_file(session: Session, row: Mapping[str, Any], log: HealthLog) -> None:
    """Write the file of a destination that is a directory. A directory that has gone is no failure of the check."""
    if log.is_directory:
        text = format_json(health_state(session, row))
        with suppress(PycmanError), Folder(os.path.realpath(log.destination), make=False) as folder:
            folder.write(f"{row['id']}-healthcheck.log", text + "\n", mode=0o600)
