"""`top`: the processes of a container, in columns of ps(1)."""

from __future__ import annotations

from pycman.containers import states
from pycman.containers.catalogue import get_row
from pycman.containers.process.inside import is_seen
from pycman.errors import InvalidInput, Unavailable, Unsupported
from pycman.linux.process_table import COLUMNS, pid_inside, pids_of_namespace, process_row
from pycman.linux.processes import find_program, how_to_install, run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pycman.state.session import Session

_DEFAULT = ("user", "pid", "ppid", "pcpu", "etime", "tty", "time", "args")


def top(session: Session, name: str, descriptors: Sequence[str] = (), *, inside: bool = False) -> list[list[str]]:
    """Return the headings and one row for each process.

    `descriptors` are columns (pid, user, args) or options of ps ("-o", "pid"), which shows the host's pids, or with `inside`
    those of the container (columns always do). Raises NotFound, NotRunning, WrongState (a pinned sandbox), Unsupported (a
    virtual machine), InvalidInput for an unknown column, Unavailable if the host has no ps.
    """
    session.enter_namespaces()
    row = get_row(session, name)
    states.require_running(session, row, "inspected", paused=True)
    states.require_process(row)
    if not is_seen(session, row):
        raise Unsupported("its processes run in a sandbox, which this kernel does not see into", subject=name)
    names = [part for descriptor in descriptors for part in descriptor.split(",") if part]
    pids = pids_of_namespace(row["pid"])
    if any(name.startswith("-") or not name.isalnum() for name in names) or names == ["aux"]:
        table = _run_ps(pids, list(descriptors))
        return _with_pids_inside(table) if inside else table
    columns = [name.lower() for name in names] or list(_DEFAULT)
    for column in columns:
        if column not in COLUMNS:
            raise InvalidInput("no such column", subject=column, hint=f"use some of {', '.join(sorted(COLUMNS))}")
    headings = [COLUMNS[column] for column in columns]
    rows = [process for pid in pids if (process := process_row(pid, columns)) is not None]
    return [headings, *rows]


def _with_pids_inside(table: list[list[str]]) -> list[list[str]]:
    """Return a table of ps with the pids of the innermost namespaces."""
    headings, *rows = table
    pids = {position for position, heading in enumerate(headings) if heading in ("PID", "PPID")}
    return [
        headings,
        *([pid_inside(int(cell)) if position in pids else cell for position, cell in enumerate(row)] for row in rows),
    ]


def _run_ps(pids: Sequence[int], options: Sequence[str]) -> list[list[str]]:
    """Run the host's ps with these options and return its headings and the rows of these pids."""
    ps = find_program("ps")
    if not ps:
        raise Unavailable(
            "ps is not installed", subject="ps", hint=f"{how_to_install('ps')}, or name columns: pid,user,args"
        )
    finished = run([ps, *options])
    if finished.status:
        reason = finished.stderr.decode("utf-8", "replace").strip().splitlines()
        raise InvalidInput(reason[0] if reason else "ps failed", subject=f"ps {' '.join(options)}")
    lines = finished.stdout.decode("utf-8", "replace").splitlines()
    headings = lines[0].split()
    if "PID" not in headings:
        raise InvalidInput("the columns must include PID", subject=f"ps {' '.join(options)}")
    position = headings.index("PID")
    own_pids = {str(pid) for pid in pids}
    rows = [line.split(None, len(headings) - 1) for line in lines[1:]]
    return [headings, *(row for row in rows if len(row) > position and row[position] in own_pids)]
