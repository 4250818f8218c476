"""Outcomes of health checks: how many are kept, how much of each, and the file of a destination that is a directory."""

from __future__ import annotations

import json

import pytest

from pycman.containers.inspect.health_log import add_entry, health_state, write_file
from pycman.spec.health import HealthLog
from tests.support.sessions import insert_container, open_session

ID = "d" * 64


@pytest.fixture
def session(tmp_path):
    with open_session(tmp_path) as opened:
        insert_container(opened, ID, has_health=1, health_status="healthy")
        yield opened


def outputs(session) -> list[str]:
    return [check["Output"] for check in health_state(session, row(session))["Log"]]


def row(session):
    return session.db.row("SELECT * FROM containers WHERE id = ?", (ID,))


@pytest.mark.parametrize(
    ("log", "wanted"),
    [
        (HealthLog(max_count=2, max_size=3), ["n6 ", "n7 "]),
        (HealthLog(max_count=0, max_size=0), [f"n{number} long" for number in range(8)]),
    ],
    ids=["limited", "unlimited"],
)
def test_so_many_outcomes_are_kept_and_so_much_of_each(session, log, wanted) -> None:
    for number in range(8):
        add_entry(session, ID, log, (number + 1, number + 2, 0, f"n{number} long"))
    assert outputs(session) == wanted


def test_a_directory_has_them_in_a_file_and_one_that_is_gone_is_no_failure(session, tmp_path) -> None:
    log = HealthLog(destination=str(tmp_path))
    add_entry(session, ID, log, (1, 2, 7, "text"))
    write_file(session, row(session), log)
    state = json.loads((tmp_path / f"{ID}-healthcheck.log").read_text(encoding="utf-8"))
    assert (state["Status"], state["Log"][0]["ExitCode"]) == ("healthy", 7)
    write_file(session, row(session), HealthLog(destination=str(tmp_path / "gone")))
