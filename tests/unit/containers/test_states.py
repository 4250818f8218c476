"""The end of a run is known when its exit status is known: from conmon's exit file until a cleanup has written it into the row."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pycman.containers import states
from pycman.containers.catalogue import change_row, get_container, get_row
from pycman.containers.end.exit_status import wait_for_status
from pycman.containers.events import append_event
from pycman.jsontext import format_json
from pycman.linux.processes import boot_id, start_time
from pycman.spec.container import ContainerSpec
from pycman.spec.health import RestartPolicy
from tests.support.sessions import insert_container, open_session

ROOT = Path(__file__).resolve().parents[3]
ID = "c" * 64
HOUR_NS = 3600 * 10**9


@pytest.fixture
def session(tmp_path):
    with open_session(tmp_path) as session:
        yield session


@pytest.fixture
def monitor():
    """A process that lives, in conmon's place."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    yield process
    process.kill()
    process.communicate()


def gone() -> tuple[int, int]:
    """Give pid and start time of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    found = process.pid, start_time(process.pid)
    process.kill()
    process.communicate()
    return found


def insert_run(session, conmon_pid: int, restart: RestartPolicy | None = None, **columns) -> None:
    """Write the row of a container that was started an hour ago and whose process is gone."""
    pid, pid_start = gone()
    spec = ContainerSpec(name="x", restart=restart or RestartPolicy())
    insert_container(session, ID, **{
        "name": "x", "spec": format_json(spec.to_dict()), "restart_policy": spec.restart.name, "boot_id": boot_id(), "pid": pid,
        "pid_start": pid_start, "conmon_pid": conmon_pid, "conmon_start": start_time(conmon_pid),
        "started_at_ns": time.time_ns() - HOUR_NS, **columns,
    })  # fmt: skip


def write_exit_file(session, text: str) -> int:
    path = Path(session.paths.exit_file(ID))
    path.write_text(text, encoding="ascii")
    return path.stat().st_mtime_ns


def test_it_runs_until_its_monitor_has_written_how_it_ended(session, monitor) -> None:
    insert_run(session, monitor.pid)
    container = get_container(session, "x")
    assert (container.state, container.running, container.finished_at_ns) == ("running", True, 0)
    at_ns = write_exit_file(session, "5")
    container = get_container(session, "x")
    assert (container.state, container.exit_status, container.finished_at_ns) == ("exited", 5, at_ns)
    assert (container.pid, container.term_signal, container.oom_killed) == (0, 0, False)


def test_signal_and_memory_are_known_with_the_status(session, monitor) -> None:
    insert_run(session, monitor.pid)
    write_exit_file(session, "137")
    bundle = Path(session.paths.bundle(ID))
    bundle.mkdir(parents=True)
    (bundle / "oom").touch()
    container = get_container(session, "x")
    assert (container.state, container.exit_status, container.term_signal, container.oom_killed) == (
        "exited",
        137,
        9,
        True,
    )


def test_of_a_killed_monitor_nobody_knows_the_status(session) -> None:
    before_ns = time.time_ns()
    insert_run(session, gone()[0])
    container = get_container(session, "x")
    assert (container.state, container.exit_status, container.term_signal) == ("exited", 255, 0)
    assert before_ns <= container.finished_at_ns <= time.time_ns()


def test_a_reboot_ended_it_when_the_host_was_booted(session, monitor) -> None:
    insert_run(session, monitor.pid, boot_id="of another boot", started_at_ns=1)
    write_exit_file(session, "0")
    container = get_container(session, "x")
    booted_ns = time.time_ns() - time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    assert (container.state, container.exit_status) == ("exited", 255)
    assert abs(container.finished_at_ns - booted_ns) < 10**9


def test_one_that_was_only_initialized_has_not_run(session, monitor) -> None:
    insert_run(session, monitor.pid, started_at_ns=0)
    write_exit_file(session, "7")
    assert get_container(session, "x").state == "initialized"  # a command may be about to record that it has started it
    os.unlink(session.paths.exit_file(ID))
    change_row(session, ID, conmon_pid=gone()[0])
    assert get_container(session, "x").state == "created"


@pytest.mark.parametrize(
    ("policy", "columns", "state"),
    [
        (RestartPolicy(name="always"), {}, "restarting"),
        (RestartPolicy(name="always"), {"stopped_by_user": 1}, "exited"),
        (RestartPolicy(name="on-failure"), {}, "restarting"),
        (RestartPolicy(name="on-failure", maximum_retries=2), {"restart_count": 2}, "exited"),
        (RestartPolicy(name="no"), {}, "exited"),
    ],
)
def test_its_restart_policy_decides_what_it_is_afterwards(session, monitor, policy, columns, state) -> None:
    insert_run(session, monitor.pid, restart=policy, **columns)
    write_exit_file(session, "5")
    container = get_container(session, "x")
    assert (container.state, container.exit_status) == (state, 5)


def test_a_row_read_before_the_cleanup_is_read_again(session, monitor) -> None:
    insert_run(session, monitor.pid)
    before = get_row(session, "x")
    change_row(session, ID, boot_id="", pid=0, pid_start=0, exit_status=3, finished_at_ns=time.time_ns())
    state, row = states.observe(session, before)
    assert (state, row["exit_status"]) == ("exited", 3)
    session.db.change("DELETE FROM containers")
    assert states.state_of(session, before) == "removing"


def test_columns_of_other_tables_stay_in_the_row(session, monitor) -> None:
    insert_run(session, monitor.pid)
    write_exit_file(session, "5")
    row = session.db.row("SELECT c.*, 'mine' AS extra FROM containers c")
    assert states.observe(session, row)[1]["extra"] == "mine"


def test_the_columns_named_are_enough_while_it_runs_and_afterwards(session, monitor) -> None:
    insert_run(session, monitor.pid, pid=os.getpid(), pid_start=start_time(os.getpid()))
    query = f"SELECT {', '.join(states.STATE_COLUMNS)} FROM containers"
    assert states.state_of(session, session.db.row(query)) == "running"
    change_row(session, ID, pid=0, pid_start=0)
    assert states.state_of(session, session.db.row(query)) == "exited"


def test_the_status_of_a_run_is_that_run_s(session) -> None:
    insert_run(session, gone()[0])
    row = get_row(session, "x")
    append_event(session, row, "died", exit_status="4")
    append_event(session, row, "died", exit_status="6")
    change_row(session, ID, started_at_ns=time.time_ns(), boot_id="", pid=0, exit_status=6)
    assert wait_for_status(session, row) == 4  # it was started again and has ended again
    session.db.change("DELETE FROM containers")
    assert wait_for_status(session, row) == 4  # it was removed
    session.db.change("DELETE FROM events")
    assert wait_for_status(session, row) == 255  # and forgotten


END_COLUMNS = {"exit_status", "finished_at_ns", "term_signal", "oom_killed"}
MAY_READ_THEM = {
    "pycman/containers/states.py",  # where it is put into a row
    "pycman/containers/restart_policy.py", "pycman/containers/catalogue.py",  # of the row that `observe` returned
    "pycman/containers/inspect/container.py", "pycman/containers/diagnose/why.py", "cri_server/queries.py",
    "pycman/containers/diagnose/kubelet.py",
    "pycman/containers/cleanup/termination_message.py", "pycman/containers/end/exit_status.py",
    "pycman/containers/end/wait.py", "pycman/containers/end/service_end.py",
    "pycman/containers/inspect/health_log.py",  # of checks, not of runs
    "pycman/containers/end/finish.py", "pycman/containers/start/run_process.py",  # under the lock, after the cleanup
    "kube_yaml/play/jobs.py", "kube_yaml/play/readiness.py", "pods/init_containers.py",  # of rows that have been cleaned up only
    "pycman/errors.py",
    "api_server/streams/wait.py", "api_server/libpod/streams/wait.py",  # of the row that `observe` returned, and of the run before
    "api_server/verbs/execs.py", "pycman/system/docker_event.py",  # not of rows
    "pycman/runtime/shim/start_shim.py", "pycman/runtime/shim/exec_command.py", "pycman/runtime/shim/ask_exit.py",
    "pycman/runtime/shim/publish.py",
    "pycman/runtime/shim/container_streams.py",  # of a shim's answers
}  # fmt: skip


def test_nobody_else_reads_the_end_of_a_run_from_the_row() -> None:
    """Between an exit and its cleanup these columns are of the run before: `states.observe` returns a row that is true."""
    found = set()
    for folder in ("pycman", "pods", "kube_yaml", "cri_server", "api_server", "cli"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                key = node.slice if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load) else None
                if isinstance(key, ast.Constant) and key.value in END_COLUMNS:
                    found.add(str(path.relative_to(ROOT)))
    assert found == MAY_READ_THEM
