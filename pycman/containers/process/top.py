"""The processes of a container, by the columns of ps(1)."""

from __future__ import annotations

from pycman.containers import states
from pycman.containers.catalogue import get_row
from pycman.errors import InvalidInput, Unavailable
from pycman.linux.process_table import COLUMNS, pids_of_namespace, process_row
from pycman.linux.processes import find_program, run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pycman.state.session import Session

_DEFAULT = ("user", "pid", "ppid", "pcpu", "etime", "tty", "time", "args")


def top(session: Session, name: str, descriptors: Sequence[str] = ()) -> list[list[str]]:
    """Return headings and one row a process. `descriptors` are columns (pid, user, args, …) or options of ps ("-o", "pid").

    Raises NotRunning, InvalidInput for an unknown column.
    """
    session.enter_namespaces()
    row = get_row(session, name)
    states.require_running(row, "looked into", paused=True)
    states.require_process(row)
    words = [part for word in descriptors for part in word.split(",") if part]
    pids = pids_of_namespace(row["pid"])
    if any(word.startswith("-") or not word.isalnum() for word in words) or words == ["aux"]:
        return _by_ps(pids, list(descriptors))
    columns = [word.lower() for word in words] or list(_DEFAULT)
    for column in columns:
        if column not in COLUMNS:
            raise InvalidInput("no such column", subject=column, hint=f"use some of {', '.join(sorted(COLUMNS))}")
    headings = [COLUMNS[column] for column in columns]
    rows = [found for pid in pids if (found := process_row(pid, columns)) is not None]
    return [headings, *rows]


def _by_ps(pids: Sequence[int], words: Sequence[str]) -> list[list[str]]:
    """Let the host's ps print its own columns, and keep the container's rows."""
    ps = find_program("ps")
    if not ps:
        raise Unavailable("ps is not installed", subject="ps", hint="install procps, or name columns: pid,user,args")
    finished = run([ps, *words])
    if finished.status:
        reason = finished.stderr.decode("utf-8", "replace").strip().splitlines()
        raise InvalidInput(reason[0] if reason else "ps failed", subject=f"ps {' '.join(words)}")
    lines = finished.stdout.decode("utf-8", "replace").splitlines()
    headings = lines[0].split()
    if "PID" not in headings:
        raise InvalidInput("the columns must include PID", subject=f"ps {' '.join(words)}")
    at = headings.index("PID")
    wanted = {str(pid) for pid in pids}
    rows = [line.split(None, len(headings) - 1) for line in lines[1:]]
    return [headings, *(row for row in rows if len(row) > at and row[at] in wanted)]
