"""The user's own namespaces, rootless: made once, held by a small process, joined by every command (user_namespaces(7)).

`namespace_holder` makes them. Inside, 0 is the user and 1, 2, … are the subordinate ids of /etc/subuid and /etc/subgid.
A process must have one thread to join a user namespace, and cannot leave it again. Supplementary groups stay as they are:
those without a number inside still open what they opened outside.
"""

from __future__ import annotations

import os

from pycman.errors import Unavailable, Unsupported
from pycman.linux.files import locked, read_text
from pycman.linux.namespaces import join
from pycman.linux.processes import is_alive
from pycman.linux.user.identity import ROOTLESS_GID_VARIABLE, ROOTLESS_UID_VARIABLE
from pycman.spec.id_map import IdMap, IdRange

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_LOCK_TIMEOUT_S = 60.0


def enter_user_namespaces(
    pause_pid_path: str, uid: int, gid: int, others: Callable[[], Iterable[int]] = lambda: ()
) -> str:
    """Join the user's user and mount namespaces, made and held first if nobody has; return a warning or "".

    `others` gives pids of processes that may be in them still if the one that held them was killed. Raises Unsupported
    (no user namespaces here, more than one thread), Unavailable (newuidmap fails).
    """
    warning = ""
    if not _join_held(pause_pid_path):
        from pycman.linux.user.namespace_holder import make_holder  # the first command of a user only

        with locked(pause_pid_path + ".lock", timeout_s=_LOCK_TIMEOUT_S, subject="rootless namespaces"):
            if not _join_held(pause_pid_path):
                warning = make_holder(pause_pid_path, uid, gid, others)
                if not _join_held(pause_pid_path):
                    raise Unavailable("the process that holds them ended at once", subject="rootless namespaces")
    os.environ[ROOTLESS_UID_VARIABLE] = str(uid)
    os.environ[ROOTLESS_GID_VARIABLE] = str(gid)
    return warning


def _join_held(path: str) -> bool:
    """Join the namespaces of the process in the pid file; False if there is none (any more)."""
    words = read_text(path).split()
    if len(words) != 2 or not is_alive(int(words[0]), int(words[1])):
        return False
    try:
        here = os.getcwd()
    except FileNotFoundError:  # it was removed
        here = "/"
    try:
        join(int(words[0]), ("user", "mnt"))
    except FileNotFoundError:
        return False  # it ended just now
    except OSError as error:
        raise Unsupported(
            f"cannot be joined: {(error.strerror or '').lower()}",
            subject="rootless namespaces",
            hint="a program with threads must use Engine.open() without join_namespaces",
        ) from error
    os.setresgid(0, 0, 0)
    os.setresuid(0, 0, 0)
    try:
        os.chdir(here)
    except OSError:
        os.chdir("/")
    return True


def current_id_map() -> IdMap:
    """Return the maps of the namespace this process is in, as its parent sees them."""
    return IdMap(uids=_read_map("/proc/self/uid_map"), gids=_read_map("/proc/self/gid_map"))


def _read_map(path: str) -> tuple[IdRange, ...]:
    found = []
    for line in read_text(path).splitlines():
        inside, outside, size = line.split()
        found.append(IdRange(container_id=int(inside), host_id=int(outside), size=int(size)))
    return tuple(found)


def available_ids() -> int:
    """Return how many ids from 0 on are mapped without a gap in the present namespace (the fewer of uids and gids)."""
    found = current_id_map()
    return min(_without_gap(found.uids), _without_gap(found.gids))


def _without_gap(ranges: tuple[IdRange, ...]) -> int:
    end = 0
    for part in sorted(ranges, key=lambda each: each.container_id):
        if part.container_id != end:
            break
        end += part.size
    return end
