"""Directories of RUN --mount=type=cache, below build/mounts of the root: they are not part of any image.

    shared     every step that names it at the same time gets the same directory
    private    a second step at the same time gets another one
    locked     a second step waits

A step holds the directory's lock, shared or alone; `prune.py` takes it alone before it removes one. The row is "creating"
until the directory has its owner and mode, and "removing" before it goes.
"""

from __future__ import annotations

import os
import time

from pycman.contexts import contextmanager
from pycman.digest import digest_bytes
from pycman.errors import TimedOut
from pycman.linux.attributes import dress
from pycman.linux.files import make_directory, remove_tree, take_lock
from pycman.record import Record
from pycman.state import owners

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pycman.state.session import Session

_MOST_PRIVATE = 1000


class CacheMount(Record):
    """What a step asks for. `salt` is what else tells caches with one id apart (the tree they begin with)."""

    id: str
    sharing: str = "shared"
    mode: int = 0o755
    uid: int = 0
    gid: int = 0
    salt: str = ""


@contextmanager
def cache_directory(session: Session, wanted: CacheMount, fill: Callable[[str], None] | None = None) -> Iterator[str]:
    """Yield the directory of a cache mount, made if missing, and hold its lock meanwhile.

    `fill` is called with a new directory, before anybody uses it. Raises NoSpace.
    """
    while True:
        name, lock = _locked(session, wanted)
        try:
            path = f"{session.paths.build_mounts}/{name}"
            if not _is_ready(session, name, path):
                if wanted.sharing == "shared":  # it may be held together with others until now
                    os.close(lock)
                    lock = take_lock(lock_path(session, name), subject=wanted.id)
                if not _is_ready(session, name, path):
                    _make(session, name, path, wanted, fill)
            if wanted.sharing == "shared":
                os.close(lock)
                lock = take_lock(lock_path(session, name), shared=True, subject=wanted.id)
                if not _is_ready(session, name, path):
                    continue  # it was pruned between the two locks
            session.db.change("UPDATE build_mounts SET used_at_ns = ? WHERE name = ?", (time.time_ns(), name))
            yield path
            return
        finally:
            os.close(lock)


def _is_ready(session: Session, name: str, path: str) -> bool:
    state = session.db.value("SELECT state FROM build_mounts WHERE name = ?", (name,))
    return state == "ready" and os.path.isdir(path)


def lock_path(session: Session, name: str) -> str:
    """Return the lock file of a cache mount's directory."""
    return session.paths.lock("build-mount", name)


def _locked(session: Session, wanted: CacheMount) -> tuple[str, int]:
    """Return the directory's name and its lock, held alone."""
    base = digest_bytes(f"{wanted.id}\0{wanted.salt}".encode("utf-8", "surrogateescape"))[7:39]
    if wanted.sharing != "private":
        return base, _lock_for_use(session, base, wanted)
    for number in range(_MOST_PRIVATE):
        name = f"{base}-{number}" if number else base
        try:
            return name, take_lock(lock_path(session, name), timeout_s=0, subject=wanted.id)
        except TimedOut:
            continue
    raise TimedOut("too many steps use it at the same time", subject=f"cache {wanted.id}")


def _lock_for_use(session: Session, name: str, wanted: CacheMount) -> int:
    """Take the lock alone; where others share a directory that is ready, share it too."""
    if wanted.sharing == "locked":
        return take_lock(lock_path(session, name), subject=wanted.id)
    try:
        return take_lock(lock_path(session, name), timeout_s=0, subject=wanted.id)
    except TimedOut:
        return take_lock(lock_path(session, name), shared=True, subject=wanted.id)


def _make(session: Session, name: str, path: str, wanted: CacheMount, fill: Callable[[str], None] | None) -> None:
    now = time.time_ns()
    session.db.change(
        "INSERT OR REPLACE INTO build_mounts (name, id, state, owner, created_at_ns, used_at_ns)"
        " VALUES (?, ?, 'creating', ?, ?, ?)",
        (name, wanted.id, owners.me(), now, now),
    )
    remove_tree(path)
    make_directory(session.paths.build_mounts, 0o700)
    make_directory(path, 0o700)
    if fill is not None:
        fill(path)
    dress(path, owner=(wanted.uid, wanted.gid), mode=wanted.mode)
    session.db.change("UPDATE build_mounts SET state = 'ready', owner = '' WHERE name = ?", (name,))
