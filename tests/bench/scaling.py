"""What commands cost with many objects in the store: `python tests/bench/scaling.py [PYCMAN]`. It reports and asserts nothing.

Containers, images, networks and pods are copies of one that pycman made, put into the database row by row, as making a thousand would
take minutes. What removes or recovers all of them is done once, at the end. A figure is processor time (user and system) of the command in ms, the least of some runs, which other work on the
machine disturbs least.
"""

from __future__ import annotations

import hashlib
import json
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

from tests.support.busybox import write_busybox_archive  # noqa: E402

ROUNDS = int(os.environ.get("ROUNDS", "5"))
SIZES = tuple(int(size) for size in os.environ.get("SIZES", "1,100,1000").split(","))
IMAGE = "localhost/busybox:1"


class Store:
    """A store with `size` of everything, but half as many networks and a fifth as many pods."""

    def __init__(self, program: str, folder: Path, size: int) -> None:
        self._argv = [program, "--root", f"{folder}/root", "--runroot", f"{folder}/run"]
        self("load", "-q", "-i", str(write_busybox_archive(folder / "busybox.tar")))
        self("create", "--name", "one", "--network", "none", IMAGE, "true")
        self("network", "create", "first")
        self("pod", "create", "--name", "pod")
        self.database = folder / "root/state.sqlite"
        with sqlite3.connect(self.database) as database:
            for number in range(1, size):
                _copy(database, "containers", number, name=f"c{number}")
                (folder / "root/containers" / _id("containers", number)).mkdir(parents=True)
                _copy(database, "images", number)
                image = _id("images", number)
                database.execute("INSERT INTO image_names VALUES (?, ?, 1)", (f"localhost/i{number}:1", image))
                database.execute(
                    "INSERT INTO image_layers SELECT ?, position, chain_id, diff_id, blob_digest, blob_media_type,"
                    " blob_size_bytes FROM image_layers WHERE image_id = (SELECT image_id FROM image_names WHERE name = ?)",
                    (image, IMAGE),
                )
                if number < size // 5:
                    _copy(database, "pods", number, name=f"p{number}")
                if number < size // 2:
                    spec = {"subnets": [{"subnet": f"10.{200 + number // 250}.{number % 250}.0/24"}]}
                    _copy(database, "networks", number, name=f"n{number}", interface=f"pyc{number}", merge=spec)
        database.close()

    def forget_boot(self) -> None:
        """Let all containers have run when the host went down."""
        with sqlite3.connect(self.database) as database:
            database.execute(
                "UPDATE containers SET boot_id = 'earlier', pid = 1, pid_start = 1, started_at_ns = created_at_ns + 1"
                " WHERE is_infra = 0"
            )
        database.close()

    def __call__(self, *words: str) -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run([*self._argv, *words], stdin=subprocess.DEVNULL, capture_output=True, check=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if done.returncode:
            raise SystemExit(f"{' '.join(words)}: {done.stderr.decode()}")
        return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000


def _id(table: str, number: int) -> str:
    return hashlib.sha256(f"{table} {number}".encode()).hexdigest()


def _copy(database: sqlite3.Connection, table: str, number: int, merge: dict | None = None, **values: object) -> None:
    """Insert a copy of the first row of a table with another id and other `values`; `merge` goes into its spec."""
    database.row_factory = sqlite3.Row
    row = dict(database.execute(f"SELECT * FROM {table} ORDER BY rowid LIMIT 1").fetchone())
    row |= {"id": _id(table, number), **values}
    if merge is not None:
        row["spec"] = json.dumps({**json.loads(row["spec"]), **merge, "name": values["name"]})
    marks = ", ".join("?" * len(row))
    database.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", tuple(row.values()))


COMMANDS = (
    ("ps -a", ("ps", "-a")),
    ("ps", ("ps",)),
    ("images", ("images",)),
    ("network ls", ("network", "ls")),
    ("pod ps", ("pod", "ps")),
    ("system df", ("system", "df")),
    ("events", ("events", "--stream=false", "--since", "1h")),
    ("inspect one", ("inspect", "one")),
    ("TAB: names of containers", ("__complete", "rm", "")),
    ("TAB: names of images", ("__complete", "rmi", "")),
    ("create", ("create", "--network", "none", IMAGE, "true")),
    ("run --rm --network none", ("run", "--rm", "--network", "none", IMAGE, "true")),
    ("run --rm on a bridge", ("run", "--rm", "--network", "first", IMAGE, "true")),
    ("rm", ("rm", "NAME")),
    ("rmi", ("rmi", "NAME")),
)
ONCE = (
    ("ps -a, first after a reboot with all of them running", ("ps", "-a")),
    ("network prune", ("network", "prune", "-f")),
    ("rm -af", ("rm", "-af")),
    ("pod rm -af", ("pod", "rm", "-af")),
    ("image prune -a", ("image", "prune", "-af")),
)


def main() -> None:
    program = sys.argv[1] if len(sys.argv) > 1 else str(ROOT / ".venv/bin/pycman")
    print(f"{'processor time in ms':<56}" + "".join(f"{size:>10}" for size in SIZES), flush=True)
    figures: dict[str, list[float]] = {title: [] for title, _ in (*COMMANDS, *ONCE)}
    for size in SIZES:
        folder = Path(tempfile.mkdtemp(prefix="pycman-scaling-"))
        try:
            store = Store(program, folder, size)
            for title, words in COMMANDS:
                figures[title].append(min(_each(store, words) for _ in range(ROUNDS)))
            store.forget_boot()
            for title, words in ONCE:
                figures[title].append(store(*words))
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    for title, found in figures.items():
        print(f"{title:<56}" + "".join(f"{figure:>10.0f}" for figure in found), flush=True)


def _each(store: Store, words: tuple[str, ...]) -> float:
    """Run a command; one that removes something removes what was made for it."""
    if "NAME" not in words:
        return store(*words)
    if words[0] == "rm":
        store("create", "--name", "gone", "--network", "none", IMAGE, "true")
        return store("rm", "gone")
    store("tag", IMAGE, "localhost/gone:1")
    return store("rmi", "localhost/gone:1")


if __name__ == "__main__":
    main()
