"""Events are kept to a number: what goes is what nobody reads any more."""

from __future__ import annotations

import pytest

from pycman.state import events
from pycman.state.database import Database


@pytest.fixture
def database(tmp_path, monkeypatch):
    monkeypatch.setattr(events, "HISTORY", 400)
    made = Database(str(tmp_path / "state.sqlite"))
    yield made
    made.close()


def test_events_do_not_grow_without_end(database) -> None:
    with database.transaction():
        for number in range(3000):
            events.append(database, "container", "died", f"{number}")
    assert 400 <= database.value("SELECT count(*) FROM events") <= 600
    assert [event.actor_id for event in events.read_after(database, 0)][-400:] == [str(n) for n in range(2600, 3000)]


def test_many_old_events_go_a_part_at_a_time(database) -> None:
    with database.transaction():
        for number in range(30_000):
            database.change(
                "INSERT INTO events (time_ns, type, action, actor_id) VALUES (1, 'pod', 'stop', ?)", (number,)
            )
        for number in range(200):
            events.append(database, "volume", "create", f"{number}")
    assert database.value("SELECT count(*) FROM events") == 30_200 - 2000


def test_the_last_event_of_each_kind_of_what_is_there_stays(database) -> None:
    with database.transaction():
        database.change(
            "INSERT INTO images (id, manifest_digest, media_type, manifest, config, created_at_ns) VALUES ('i', '', '', '', '', 0)"
        )
        for name in ("a", "b", "a"):
            events.append(database, "image", "tag", "i", name=name)
        for status in ("1", "2"):
            events.append(database, "image", "pull", "i", name="a", attributes={"n": status})
        for number in range(1195):
            events.append(database, "container", "died", f"{number}")
    assert [(event.action, event.actor_name) for event in events.of_actor(database, "i")] == [
        ("tag", "b"), ("tag", "a"), ("pull", "a"),
    ]  # fmt: skip
    assert events.of_actor(database, "i", "pull")[0].attributes == {"n": "2"}
