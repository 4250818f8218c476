"""Which containers of a pod are removed together, and which are left to be removed alone."""

from __future__ import annotations

import os

import pytest

from pycman.containers.end.remove_together import remove_together
from tests.support.sessions import insert_container, open_session

INFRA, FIRST, SECOND, OTHER = ("a1" + "0" * 62, "b1" + "0" * 62, "b2" + "0" * 62, "e1" + "0" * 62)
ALL = [FIRST, SECOND, INFRA]


@pytest.fixture
def session(tmp_path):
    with open_session(tmp_path) as opened:
        insert_container(opened, INFRA, is_infra=1)
        for member in (FIRST, SECOND):
            insert_container(opened, member)
            opened.db.change("INSERT INTO container_needs VALUES (?, ?)", (member, INFRA))
            os.makedirs(opened.paths.container(member))
        yield opened


def ids(session) -> list[str]:
    return [row["id"] for row in session.db.rows("SELECT id FROM containers ORDER BY id")]


def test_those_that_have_ended_go_with_the_sandbox_they_share(session) -> None:
    assert remove_together(session, ALL, volumes=True) == []
    assert ids(session) == []
    assert not any(os.path.exists(session.paths.container(member)) for member in ALL)
    assert os.listdir(os.path.dirname(session.paths.lock("container", FIRST))) == []
    removed = session.db.rows("SELECT actor_id FROM events WHERE action = 'remove' ORDER BY id")
    assert [row["actor_id"] for row in removed] == ALL


@pytest.mark.parametrize(
    "column", ["boot_id = 'x'", "mounted = 1", "row_state = 'creating'"], ids=["ran", "mounted", "creating"]
)
def test_one_that_needs_more_stays_and_so_does_its_sandbox(session, column: str) -> None:
    session.db.change(f"UPDATE containers SET {column} WHERE id = ?", (SECOND,))
    assert remove_together(session, ALL, volumes=True) == [SECOND, INFRA]
    assert ids(session) == [INFRA, SECOND]
    assert session.db.value("SELECT row_state FROM containers WHERE id = ?", (INFRA,)) == "ready"


def test_one_on_which_another_command_works_is_not_waited_for(session) -> None:
    with session.lock("container", FIRST):
        assert remove_together(session, ALL, volumes=True) == [FIRST, INFRA]
    assert ids(session) == [INFRA, FIRST]


def test_one_whose_namespaces_a_container_outside_uses_stays(session) -> None:
    insert_container(session, OTHER)
    session.db.change("INSERT INTO container_needs VALUES (?, ?)", (OTHER, FIRST))
    assert remove_together(session, ALL, volumes=True) == [FIRST, INFRA]
    assert ids(session) == [INFRA, FIRST, OTHER]


def test_a_failure_leaves_its_own_row_alone(session, monkeypatch) -> None:
    from pycman.containers.end import remove_together as module

    real = module.remove_directory

    def remove_directory(session, container_id: str) -> None:
        if container_id == FIRST:
            raise OSError(16, "device or resource busy")
        real(session, container_id)

    monkeypatch.setattr(module, "remove_directory", remove_directory)
    with pytest.raises(OSError, match="busy"):
        remove_together(session, ALL, volumes=True)
    assert FIRST in ids(session)
    assert SECOND not in ids(session)
    assert session.db.value("SELECT row_state FROM containers WHERE id = ?", (FIRST,)) == "removing"
