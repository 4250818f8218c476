"""Which commits wait for the disk."""

import sqlite3
from pathlib import Path

import pytest

from pods.side_by_side import try_side_by_side
from pycman.linux.files import remove_tree, sync_data
from pycman.state import database as state_database
from pycman.state.database import Database
from pycman.state.leases import lease
from pycman.state.session import Options, Session, User
from pycman.storage import gc
from tests.support.sessions import open_session

_FULL, _NORMAL = 2, 1


def _waits(database: Database) -> int:
    return database.value("PRAGMA synchronous")


def test_a_transaction_waits_for_the_disk_unless_it_says_otherwise(tmp_path: Path) -> None:
    database = Database(str(tmp_path / "state.sqlite"))
    with database.transaction():
        assert _waits(database) == _FULL
    with database.transaction(durable=False):
        assert _waits(database) == _NORMAL
        with database.transaction():  # a part of the outer one
            assert _waits(database) == _NORMAL
    with database.transaction(durable=False):
        assert _waits(database) == _NORMAL
    with database.transaction():
        assert _waits(database) == _FULL
    database.close()


def test_a_single_change_waits_too(tmp_path: Path) -> None:
    database = Database(str(tmp_path / "state.sqlite"))
    with database.transaction(durable=False):
        database.change("CREATE TABLE here (number)")
    assert database.change("INSERT INTO here VALUES (1)") == 1
    assert _waits(database) == _FULL
    database.close()


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that were waited for, which are waited for all the same."""
    found: list[str] = []

    def note(path: str) -> None:
        found.append(path)
        sync_data(path)

    monkeypatch.setattr(state_database, "sync_data", note)
    return found


def test_changes_that_wait_together_wait_at_the_end_and_where_files_follow(tmp_path: Path, synced: list[str]) -> None:
    database = Database(str(tmp_path / "state.sqlite"))
    log = str(tmp_path / "state.sqlite-wal")
    database.change("CREATE TABLE here (number)")
    database.settle()
    assert synced == []  # it has waited already
    with database.waiting_together():
        database.change("INSERT INTO here VALUES (1)")
        with database.transaction():
            database.change("INSERT INTO here VALUES (2)")
            assert _waits(database) == _NORMAL
            database.settle()  # nothing is committed yet
        assert synced == []
        database.settle()
        database.settle()
        assert synced == [log]
        with database.waiting_together():
            database.change("INSERT INTO here VALUES (3)")
        assert synced == [log]
    assert synced == [log, log]
    with database.waiting_together(), database.transaction(durable=False):
        database.change("INSERT INTO here VALUES (4)")
    assert synced == [log, log]
    database.change("INSERT INTO here VALUES (5)")
    assert _waits(database) == _FULL
    database.close()


def test_changes_that_wait_together_wait_after_an_error_too(tmp_path: Path, synced: list[str]) -> None:
    database = Database(str(tmp_path / "state.sqlite"))
    database.change("CREATE TABLE here (number)")
    with pytest.raises(KeyError), database.waiting_together():
        database.change("INSERT INTO here VALUES (1)")
        raise KeyError
    assert len(synced) == 1
    database.close()


def test_a_connection_that_is_closed_meanwhile_has_waited(tmp_path: Path, synced: list[str]) -> None:
    database = Database(str(tmp_path / "state.sqlite"))
    with database.waiting_together():
        database.change("CREATE TABLE here (number)")
        database.close()  # as before a fork
        assert len(synced) == 1
    assert len(synced) == 1


def test_a_failed_one_is_taken_back_and_the_next_waits(tmp_path: Path) -> None:
    database = Database(str(tmp_path / "state.sqlite"))
    database.change("CREATE TABLE here (number)")
    try:
        with database.transaction(durable=False):
            database.change("INSERT INTO here VALUES (1)")
            raise KeyError
    except KeyError:
        pass
    with database.transaction():
        assert _waits(database) == _FULL
    assert database.rows("SELECT * FROM here") == []
    database.close()


def test_a_command_that_ends_leaves_its_log_to_the_next(tmp_path: Path) -> None:
    user = User(uid=0, gid=0, home=str(tmp_path), rootless=False)
    session = Session(Options(root=f"{tmp_path}/root", run_root=f"{tmp_path}/run"), user)
    log = Path(f"{session.paths.database}-wal")
    session.db.change("CREATE TABLE here (number)")
    session.close(process_ends=True)
    assert log.stat().st_size > 0
    following = Session(session.options, user)
    assert following.db.rows("SELECT * FROM here") == []
    following.close()
    session.close()
    assert not log.exists()


def test_the_log_does_not_grow_with_the_number_of_commits(tmp_path: Path) -> None:
    database = Database(str(tmp_path / "state.sqlite"))
    database.change("CREATE TABLE here (text)")
    for _ in range(1000):
        with database.transaction(durable=False):
            database.change("INSERT INTO here VALUES (?)", ("x" * 4000,))
    assert (tmp_path / "state.sqlite-wal").stat().st_size < 2_000_000
    database.close()


def test_a_command_that_forks_children_leaves_its_log_to_them_and_to_itself(tmp_path: Path) -> None:
    user = User(uid=0, gid=0, home=str(tmp_path), rootless=False)
    session = Session(Options(root=f"{tmp_path}/root", run_root=f"{tmp_path}/run"), user)
    log = Path(f"{session.paths.database}-wal")
    session.db.change("CREATE TABLE here (number)")

    def insert(number: str) -> str:
        session.db.change("INSERT INTO here VALUES (?)", (number,))
        return number

    assert try_side_by_side(session, ["1", "2"], insert) == ({"1": "1", "2": "2"}, {})
    file = sqlite3.connect(f"file:{session.paths.database}?immutable=1", uri=True)  # without the log
    assert file.execute("SELECT name FROM sqlite_master WHERE name = 'here'").fetchall() == []
    file.close()
    assert log.stat().st_size > 0
    assert sorted(row["number"] for row in session.db.rows("SELECT number FROM here")) == ["1", "2"]
    session.close()
    assert not log.exists()


def test_nothing_to_do_side_by_side_leaves_the_database_open(tmp_path: Path) -> None:
    user = User(uid=0, gid=0, home=str(tmp_path), rootless=False)
    with Session(Options(root=f"{tmp_path}/root", run_root=f"{tmp_path}/run"), user) as session:
        database = session.db
        assert try_side_by_side(session, [], str) == ({}, {})
        assert session.db is database


def test_a_lease_waits_for_no_disk_as_no_boot_outlives_it(tmp_path: Path) -> None:
    database = Database(str(tmp_path / "state.sqlite"))
    with lease(database) as leased:
        leased.add("blob", "sha256:1")
        assert _waits(database) == _NORMAL
        database.change("CREATE TABLE here (number)")
        assert _waits(database) == _FULL
    assert _waits(database) == _NORMAL
    assert database.value("SELECT COUNT(*) FROM leases") == 0
    database.close()


def test_a_layers_directory_is_removed_once_the_disk_has_it_that_it_is(
    tmp_path: Path, synced: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_session(tmp_path) as session:
        session.db.change(
            "INSERT INTO layers (name, chain_id, diff_id, state, created_at_ns) VALUES ('abc', 'c', 'd', 'ready', 1)"
        )
        path = session.paths.layer("abc")
        Path(path).mkdir()
        waited: dict[str, int] = {}

        def remove(path: str) -> None:
            waited[path] = len(synced)
            remove_tree(path)

        monkeypatch.setattr(gc, "remove_tree", remove)
        with session.db.waiting_together():
            gc.collect_garbage(session)
        assert waited[path] == 1
        assert not Path(path).exists()
