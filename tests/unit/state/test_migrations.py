"""Stores of every earlier version are migrated to the newest, once."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from pycman.state import database
from pycman.state.database import LATEST, Database

FILES = sorted((Path(database.__file__).parent / "migrations").glob("*.sql"))


def schema(path: Path) -> list[str]:
    with sqlite3.connect(path) as connection:
        return [
            row[0] for row in connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name")
        ]


def test_the_newest_is_known_and_none_is_left_out() -> None:
    assert [int(path.name[:4]) for path in FILES] == list(range(1, LATEST + 1))


@pytest.mark.parametrize("version", range(1, LATEST))
def test_an_older_store_becomes_as_a_new_one(tmp_path: Path, version: int) -> None:
    with sqlite3.connect(tmp_path / "old") as old:
        for path in FILES[:version]:
            old.executescript(path.read_text())
        old.execute(f"PRAGMA user_version={version}")
    for name in ("old", "new", "old"):
        Database(str(tmp_path / name)).close()
    assert schema(tmp_path / "old") == schema(tmp_path / "new")


def test_many_connections_opened_to_a_new_store_at_once_all_get_it(tmp_path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    def open_it(path: str) -> int:
        database = Database(path)
        try:
            return int(database.value("PRAGMA user_version"))
        finally:
            database.close()

    with ThreadPoolExecutor(8) as pool:
        for number in range(40):
            path = str(tmp_path / f"{number}.sqlite")
            assert list(pool.map(open_it, [path] * 8)) == [LATEST] * 8
