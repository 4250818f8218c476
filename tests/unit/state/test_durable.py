"""Which commits wait for the disk."""

from pathlib import Path

from pycman.state.database import Database

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
