"""Everything that a store leaves in the kernel and on the disk, as a set of lines, so that two moments can be compared."""

from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.torture.place import Place

_DEPTH = 3
_GROUPS = Path("/sys/fs/cgroup")
_UNCOUNTED = frozenset(("events", "sqlite_sequence", "address_pools"))
"""Tables that keep what has been: events are trimmed by the engine; where the search for a free address goes on is a row of its network."""
_PASSING = ("run/locks/", "run/cache/", "run/supervisor.lock", "root/state.sqlite", "root/.reserve")
"""Names of files that stay by design (paths.py) or come and go with the database."""


def look(place: Place) -> set[str]:
    """Return what there is now."""
    folder = str(place.folder / "store")
    return {
        *_files(folder), *_rows(f"{folder}/root/state.sqlite"), *_processes(folder), *_mounts("self", folder),
        *(f"machine: {line}" for line in place.interfaces()), *_groups(f"{folder}/root/state.sqlite"),
    }  # fmt: skip


def new_traces(place: Place, before: set[str], timeout_s: float = 30) -> set[str]:
    """Return what was not there before, once the last monitors have gone or `timeout_s` are over, and "lost: …" for what is missing."""
    deadline = time.monotonic() + timeout_s
    while (now := look(place)) != before and time.monotonic() < deadline:
        time.sleep(0.2)
    return (now - before) | {f"lost: {line}" for line in before - now}


def _files(folder: str) -> set[str]:
    found = set()
    for path, directories, files in os.walk(folder):
        inside = os.path.relpath(path, folder)
        names = {os.path.normpath(f"{inside}/{name}") for name in (*directories, *files)}
        found |= {f"file {name}" for name in names if not name.startswith(_PASSING)}
        if inside.count("/") >= _DEPTH - 1 or inside.startswith(("root/layers/", "root/volumes/")):
            directories.clear()
    return found


def _rows(database: str) -> set[str]:
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=30)
    try:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        counts = {
            name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]
            for name in names
            if name not in _UNCOUNTED
        }
    finally:
        connection.close()
    return {f"rows of {name}: {count}" for name, count in counts.items() if count}


def _processes(folder: str) -> set[str]:
    """Return processes that name the store or live in a root file system of it; their command, and how many have the same."""
    own = os.readlink("/proc/self/ns/mnt")
    found: list[str] = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        if int(name) == os.getpid():
            continue
        try:
            words = Path(f"/proc/{name}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
            if Path(f"/proc/{name}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                continue
            is_inside = os.readlink(f"/proc/{name}/ns/mnt") != own and bool(_mounts(name, folder))
        except OSError:
            continue
        if folder in words or is_inside:
            found.append(f"process {_stable(words.replace(folder, 'STORE').replace(os.path.dirname(folder), 'PLACE'))}")
    return {f"{line} ({found.count(line)})" for line in found}


def _stable(words: str) -> str:
    """Return a command without the ids in it, which differ from run to run."""
    return " ".join(word for word in words[:300].split() if not (len(word) > 60 or word.isdigit()))[:160]


def _mounts(process: str, folder: str) -> set[str]:
    lines = Path(f"/proc/{process}/mountinfo").read_text().splitlines()
    return {f"mount {line.split()[4]}" for line in lines if folder in line}


def _groups(database: str) -> set[str]:
    """Return the cgroups of containers and pods that the store ever had."""
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=30)
    try:
        ids = {actor for (actor,) in connection.execute("SELECT DISTINCT actor_id FROM events WHERE actor_id != ''")}
    finally:
        connection.close()
    found = set()
    for path, directories, _ in os.walk(_GROUPS):
        for name in directories:
            if any(part in ids for part in name.removesuffix(".slice").removesuffix(".scope").split("-")):
                found.add(f"cgroup {path}/{name}".replace(str(_GROUPS), ""))
    return found
