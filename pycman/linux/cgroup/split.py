"""Split this process's cgroup of v2 in two: its processes in "supervisor", and room for containers beside it (--cgroups=split)."""

from __future__ import annotations

from pycman.contexts import suppress
from pycman.errors import from_os_error
from pycman.linux.cgroup.setup import CGROUP_ROOT, own_group
from pycman.linux.files import make_directory, read_text

_SUPERVISOR = "supervisor"


def split_own_group(*, root: str = CGROUP_ROOT, group: str = "") -> None:
    """Move all processes of our cgroup to "supervisor" below it, and hand its controllers on. Raises Unavailable.

    A cgroup with processes hands on no controllers (cgroup-v2.rst, "No Internal Process Constraint"). One that is split already is left alone.
    """
    own = group or own_group()
    if own.endswith(f"/{_SUPERVISOR}"):
        return
    folder = f"{root}{own}"
    try:
        make_directory(f"{folder}/{_SUPERVISOR}")
        for _ in range(2):  # a process that one of them forked meanwhile is still here
            for pid in read_text(f"{folder}/cgroup.procs").split():
                with suppress(ProcessLookupError):
                    _write(f"{folder}/{_SUPERVISOR}/cgroup.procs", pid)
        for controller in read_text(f"{folder}/cgroup.controllers").split():
            with suppress(OSError):  # one that this cgroup may not hand on limits nothing here
                _write(f"{folder}/cgroup.subtree_control", f"+{controller}")
    except OSError as error:
        raise from_os_error(error, subject=f"cgroup {own}", doing="it cannot be split") from error


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="ascii") as file:
        file.write(text)
