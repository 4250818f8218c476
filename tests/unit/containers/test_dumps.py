"""An end by a checkpoint is told apart from a crash: by whoever records it, also after the command that made it was killed."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from pycman.containers import dumps, states
from pycman.containers.catalogue import get_row
from pycman.containers.checkpoint.checkpoint import _refuse_user_namespace
from pycman.containers.restart_policy import planned_restart
from pycman.containers.run_end import read_end
from pycman.errors import Unsupported
from pycman.jsontext import format_json
from pycman.linux.processes import boot_id, start_time
from pycman.spec.container import ContainerSpec
from pycman.spec.health import RestartPolicy
from pycman.spec.network_attachment import NetworkMode
from tests.support.sessions import insert_container, open_session

ID = "d" * 64


@pytest.fixture
def session(tmp_path):
    with open_session(tmp_path) as session:
        yield session


@pytest.fixture
def killed(session, tmp_path):
    """A container with --restart always whose process was killed, as CRIU does at the end of a dump; its images' directory."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    pid, pid_start = process.pid, start_time(process.pid)
    process.kill()
    process.communicate()
    spec = ContainerSpec(name="x", restart=RestartPolicy(name="always"))
    insert_container(
        session, ID, name="x", spec=format_json(spec.to_dict()), restart_policy="always", boot_id=boot_id(), pid=pid,
        pid_start=pid_start, started_at_ns=time.time_ns() - 10**9,
    )  # fmt: skip
    with open(session.paths.exit_file(ID), "w") as file:
        file.write("137")
    images = tmp_path / "images"
    images.mkdir()
    return images


def test_a_crash_is_restarted_and_has_its_status(session, killed) -> None:
    state, row = states.observe(session, get_row(session, "x"))
    assert (state, row["exit_status"]) == (states.RESTARTING, 137)


def test_a_complete_dump_ends_with_status_0_and_no_policy_restarts_it(session, killed) -> None:
    dumps.begin_dump(session, get_row(session, "x"), str(killed))
    (killed / "inventory.img").touch()
    end = read_end(session, get_row(session, "x"))
    assert end is not None
    assert (end.exit_status, end.dumped, end.term_signal) == (0, True, 0)
    state, row = states.observe(session, get_row(session, "x"))
    assert (state, row["exit_status"]) == (states.EXITED, 0)


def test_a_process_that_is_killed_before_its_dump_is_complete_has_crashed(session, killed) -> None:
    dumps.begin_dump(session, get_row(session, "x"), str(killed))
    assert states.observe(session, get_row(session, "x"))[0] == states.RESTARTING


def test_the_dump_of_an_earlier_run_says_nothing_of_this_one(session, killed) -> None:
    row = dict(get_row(session, "x"))
    dumps.begin_dump(session, {**row, "pid_start": row["pid_start"] - 1}, str(killed))
    (killed / "inventory.img").touch()
    assert states.observe(session, get_row(session, "x"))[0] == states.RESTARTING
    assert planned_restart(session, {**row, "exit_status": 137, "finished_at_ns": time.time_ns()}) is not None


def test_facts_follow_the_life_of_a_container(session, killed) -> None:
    assert dumps.facts(session, ID) is None
    dumps.record_dumped(session, ID)
    found = dumps.facts(session, ID)
    assert (found["checkpointed"], found["restored"]) == (1, 0)
    dumps.record_restored(session, ID)
    found = dumps.facts(session, ID)
    assert (found["checkpointed"], found["restored"]) == (0, 1)
    assert found["checkpointed_at_ns"] > 0
    dumps.forget_checkpoint(session, ID)
    assert dumps.facts(session, ID)["restored"] == 0
    session.db.change("DELETE FROM containers WHERE id = ?", (ID,))
    assert dumps.facts(session, ID) is None


def test_a_network_that_belongs_to_a_user_namespace_is_refused_before_anything_ends(session, killed) -> None:
    ids = format_json({"uids": [{"container_id": 0, "host_id": 100000, "size": 65536}]})
    spec = ContainerSpec(name="x", network=NetworkMode(kind="bridge"))
    session.db.change("UPDATE containers SET id_map = ?, spec = ?", (ids, format_json(spec.to_dict())))
    with pytest.raises(Unsupported, match="user namespace"):
        _refuse_user_namespace(get_row(session, "x"))
    on_host = format_json(spec.replace(network=NetworkMode(kind="host")).to_dict())
    session.db.change("UPDATE containers SET spec = ?", (on_host,))
    _refuse_user_namespace(get_row(session, "x"))
