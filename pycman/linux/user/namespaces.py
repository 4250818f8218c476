"""The namespaces of an ordinary user: created once, kept by a small process, joined by every command (user_namespaces(7)).

`namespace_holder.py` creates them. Inside, 0 is the user and 1, 2, … are the subordinate ids of /etc/subuid and /etc/subgid. Only a
process with one thread can join a user namespace, and it cannot leave it again. Supplementary groups are kept, also those that are
not mapped: they still give access to the files that they give access to outside.
"""

from __future__ import annotations

import os

from pycman.errors import Unavailable, Unsupported
from pycman.linux.files import locked, read_text
from pycman.linux.namespaces import join
from pycman.linux.processes import is_alive
from pycman.linux.user.identity import ROOTLESS_GID_VARIABLE, ROOTLESS_UID_VARIABLE
from pycman.linux.user.namespace_holder import start_holder
from pycman.spec.id_map import IdMap, IdRange

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_LOCK_TIMEOUT_S = 60.0


def enter_user_namespaces(
    pause_pid_path: str, uid: int, gid: int, others: Callable[[], Iterable[int]] = lambda: ()
) -> str:
    """Join the user's user and mount namespaces, which are created first if they do not exist; return a warning or "".

    `others` returns pids of processes (conmon) that may still be in them if their holder was killed. Raises Unsupported (no user
    namespaces on this host, more than one thread), Unavailable (newuidmap fails).
    """
    warning = ""
    if not _join_existing(pause_pid_path):
        with locked(pause_pid_path + ".lock", timeout_s=_LOCK_TIMEOUT_S, subject="rootless namespaces"):
            if not _join_existing(pause_pid_path):
                warning = start_holder(pause_pid_path, uid, gid, others)
                if not _join_existing(pause_pid_path):
                    raise Unavailable("the process that keeps them exited at once", subject="rootless namespaces")
    directory = f"/run/user/{uid}"
    if not os.environ.get("XDG_RUNTIME_DIR") and os.path.exists(f"{directory}/bus"):
        os.environ["XDG_RUNTIME_DIR"] = directory  # after `su`; by it the OCI runtime finds the user's systemd
    os.environ[ROOTLESS_UID_VARIABLE] = str(uid)
    os.environ[ROOTLESS_GID_VARIABLE] = str(gid)
    return warning


def _join_existing(path: str) -> bool:
    """Join the namespaces of the holder named in the pid file; return False if it does not run."""
    fields = read_text(path).split()
    if len(fields) != 2 or not is_alive(int(fields[0]), int(fields[1])):
        return False
    here = os.open(".", os.O_PATH | os.O_CLOEXEC)
    try:
        name = os.getcwd()
    except OSError:  # the working directory was deleted, or is below one that this user may not search
        name = ""
    try:
        join(int(fields[0]), ("user", "mnt"))
    except FileNotFoundError:
        os.close(here)
        return False  # the holder has just exited
    except OSError as error:
        os.close(here)
        raise Unsupported(
            f"they cannot be joined: {(error.strerror or '').lower()}",
            subject="rootless namespaces",
            hint="a program with threads must use Engine.open() without join_namespaces",
        ) from error
    os.setresgid(0, 0, 0)
    os.setresuid(0, 0, 0)
    _return_to(name, here)
    return True


def _return_to(name: str, here: int) -> None:
    """Change back to the working directory, which joining a mount namespace changes to its root; close its descriptor `here`.

    By its name, so that it lies in this namespace's mounts. A name that leads nowhere is none: in / relative paths would mean other
    files.
    """
    try:
        if not name or not _changed_to(name, here):
            os.fchdir(here)
    finally:
        os.close(here)


def _changed_to(name: str, here: int) -> bool:
    try:
        os.chdir(name)
        return os.path.samestat(os.stat("."), os.fstat(here))
    except OSError:
        return False


def current_id_map() -> IdMap:
    """Return the id maps of this process's user namespace, to ids of the parent namespace."""
    return IdMap(uids=_read_map("/proc/self/uid_map"), gids=_read_map("/proc/self/gid_map"))


def id_map_below(pid: int) -> IdMap:
    """Return the id maps of a process's user namespace to ids of this one; empty maps where it is the same namespace.

    user_namespaces(7): a file that a process of the namespace itself reads tells of the parent's ids.
    """
    try:
        if os.readlink(f"/proc/{pid}/ns/user") == os.readlink("/proc/self/ns/user"):
            return IdMap()
    except OSError:
        return IdMap()
    return IdMap(uids=_read_map(f"/proc/{pid}/uid_map"), gids=_read_map(f"/proc/{pid}/gid_map"))


def _read_map(path: str) -> tuple[IdRange, ...]:
    ranges = []
    for line in read_text(path).splitlines():
        inside, outside, size = line.split()
        ranges.append(IdRange(container_id=int(inside), host_id=int(outside), size=int(size)))
    return tuple(ranges)


def available_ids() -> int:
    """Return how many ids from 0 on are mapped without a gap in this user namespace: the smaller number of uids and gids."""
    id_map = current_id_map()
    return min(_without_gap(id_map.uids), _without_gap(id_map.gids))


def _without_gap(ranges: tuple[IdRange, ...]) -> int:
    end = 0
    for part in sorted(ranges, key=lambda one: one.container_id):
        if part.container_id != end:
            break
        end += part.size
    return end
