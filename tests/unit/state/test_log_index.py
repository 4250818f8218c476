"""The index of the write-ahead log is kept on a full disk only if it is of this boot."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

from pycman.linux.files import share_range
from pycman.state import log_index
from pycman.state.log_index import NOT_KEPT, LogIndex


@pytest.fixture
def database(tmp_path: Path) -> str:
    """A database whose last connection left its log and index, as a command does that ends."""
    path = str(tmp_path / "state.sqlite")
    pid = os.fork()
    if pid == 0:
        connection = sqlite3.connect(path)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE t (a)")
        connection.commit()
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0
    return path


def test_an_index_of_this_boot_is_kept(database: str) -> None:
    assert LogIndex(database).keep() == NOT_KEPT  # nobody has noted it
    LogIndex(database).note()
    with open(f"{database}-shm", "ab") as file:
        file.write(b"kept")
    kept = LogIndex(database).keep()
    with sqlite3.connect(database) as connection:
        connection.execute("INSERT INTO t VALUES (1)")
    os.close(kept)
    assert Path(f"{database}-shm").read_bytes().endswith(b"kept")
    connection.close()


@pytest.mark.parametrize("what", ["boot", "inode", "none"])
def test_another_index_is_not_kept_for_a_moment(database: str, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    LogIndex(database).note()
    index = f"{database}-shm"
    if what == "boot":
        monkeypatch.setattr(log_index, "boot_id", lambda: "another")
    elif what == "inode":
        os.rename(index, f"{index}.old")
        Path(index).write_bytes(Path(f"{index}.old").read_bytes())
    else:
        os.unlink(index)
    asked: list[str] = []

    def share(path: str, start: int, length: int) -> int:
        asked.append(path)
        return share_range(path, start, length)

    monkeypatch.setattr(log_index, "share_range", share)
    assert LogIndex(database).keep() == NOT_KEPT
    assert asked == []


def test_an_index_that_somebody_makes_at_this_moment_is_not_kept(database: str) -> None:
    LogIndex(database).note()
    pid = os.fork()
    if pid == 0:  # a lock of another process
        import fcntl

        descriptor = os.open(f"{database}-shm", os.O_RDWR)
        fcntl.lockf(descriptor, fcntl.LOCK_EX, 1, 128)
        status = LogIndex(database).keep()
        os._exit(0 if status == NOT_KEPT else 1)
    assert os.waitpid(pid, 0)[1] == 0
