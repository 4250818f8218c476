"""Remove from the cache of builds: rows of steps (their layers go with the garbage collection) and cache mounts.

A step whose layer an image has costs nothing more than its row, and is removed with `all` only.
"""

from __future__ import annotations

import time

from pycman.build.cache.mounts import lock_path
from pycman.build.cache.usage import cache_entries
from pycman.contexts import suppress
from pycman.errors import InvalidInput, TimedOut
from pycman.linux.files import locked, remove_tree
from pycman.plan import crash_point
from pycman.state import owners
from pycman.state.times import parse_time_ns
from pycman.storage.gc import collect_garbage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pycman.build.cache.usage import CacheEntry
    from pycman.state.session import Session

_MONTH_NS = 28 * 86_400 * 10**9
_KEYS = ("id", "type", "until", "unused-for")


def prune_builds(
    session: Session, filters: Sequence[tuple[str, str]] = (), *, all: bool = False, keep_bytes: int = 0
) -> tuple[list[str], int]:
    """Remove cached steps without an image (`all`: every step, and cache mounts); return their ids and the bytes freed.

    With `keep_bytes` the last used ones that fit into so many bytes are kept. `filters` are until=TIME or DURATION (last
    used before), id=PREFIX, type=regular or exec.cachemount (docker's names). Raises InvalidInput.
    """
    _check(filters)
    session.enter_namespaces()
    removed = []
    kept_bytes = freed = 0
    for entry in cache_entries(session):
        if not _matches(entry, filters) or not (all or (entry.kind == "step" and not entry.in_use)):
            kept_bytes += entry.size_bytes
            continue
        if keep_bytes and kept_bytes + entry.size_bytes <= keep_bytes:
            kept_bytes += entry.size_bytes
            continue
        if entry.kind == "mount":
            if not _remove_mount(session, entry.id):
                continue
            freed += entry.size_bytes
        else:
            session.db.change("DELETE FROM build_steps WHERE key = ?", (entry.id,))
        removed.append(entry.id)
    _remove_half_made(session)
    _forget_digests(session)
    return removed, freed + collect_garbage(session)


def select_entries(entries: Sequence[CacheEntry], filters: Sequence[tuple[str, str]]) -> list[CacheEntry]:
    """Return the entries that all filters fit. Raises InvalidInput."""
    _check(filters)
    return [entry for entry in entries if _matches(entry, filters)]


def _check(filters: Sequence[tuple[str, str]]) -> None:
    for key, _ in filters:
        if key not in _KEYS:
            raise InvalidInput(
                "invalid filter", subject=key, hint=f"use one of {', '.join(_KEYS)}", code="not-a-filter-key"
            )


def _matches(entry: CacheEntry, filters: Sequence[tuple[str, str]]) -> bool:
    for key, value in filters:
        if key == "id" and not entry.id.startswith(value):
            return False
        if key == "type" and value != ("regular" if entry.kind == "step" else "exec.cachemount"):
            return False
        if key in ("until", "unused-for") and entry.used_at_ns >= parse_time_ns(value):
            return False
    return True


def _remove_mount(session: Session, name: str) -> bool:
    """Remove the directory of a cache mount, unless a build is using it."""
    try:
        with locked(lock_path(session, name), timeout_s=0):
            session.db.change(
                "UPDATE build_mounts SET state = 'removing', owner = ? WHERE name = ?", (owners.me(), name)
            )
            crash_point("build-mount:marked")
            remove_tree(f"{session.paths.build_mounts}/{name}")
            session.db.change("DELETE FROM build_mounts WHERE name = ?", (name,))
            remove_tree(lock_path(session, name))
    except TimedOut:
        return False
    return True


def _remove_half_made(session: Session) -> None:
    """Remove cache mounts whose making or removal was killed."""
    for row in session.db.rows("SELECT name, owner FROM build_mounts WHERE state != 'ready'"):
        if owners.is_gone(row["owner"]):
            with suppress(OSError):
                _remove_mount(session, row["name"])


def _forget_digests(session: Session) -> None:
    """Forget what is known of layers that are in the store no more, and of those not asked for in four weeks."""
    session.db.change("DELETE FROM build_files WHERE used_at_ns < ?", (time.time_ns() - _MONTH_NS,))
    session.db.change(
        "DELETE FROM build_digests WHERE used_at_ns < ? OR NOT EXISTS"
        " (SELECT 1 FROM layers WHERE layers.chain_id = build_digests.chain_id)",
        (time.time_ns() - _MONTH_NS,),
    )
