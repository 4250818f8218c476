"""A pool of workers: results, errors, time limits, many callers, and what is left when something is killed."""

from __future__ import annotations

import os
import select
import signal
import socket
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from pycman.errors import Cancelled, NotFound, TimedOut, Unavailable
from pycman.linux.processes import start_time
from pycman.pool.pool import Pool
from pycman.pool.worker import MOST_REQUESTS
from tests.support import pool_work
from tests.support.waiting import wait_until


@pytest.fixture
def pool():
    made = Pool(pool_work.entry())
    yield made
    made.close()


def children(pool: Pool) -> list[int]:
    return [int(pid) for pid in Path(f"/proc/{pool.pid}/task/{pool.pid}/children").read_text().split()]


def wait_ended(pid: int) -> None:
    """Wait until a process that is not ours has ended."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        poller = select.poll()
        poller.register(descriptor, select.POLLIN)
        assert poller.poll(120_000), f"process {pid} lives on"
    finally:
        os.close(descriptor)


def in_threads(count: int, work) -> list[Any]:
    """Return what `work` returned in each thread; an error is a result."""
    found: list[Any] = []

    def run(number: int) -> None:
        try:
            found.append(work(number))
        except Exception as error:
            found.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_requests_are_done_in_processes_of_their_own(pool: Pool) -> None:
    assert pool.call("add", {"numbers": [1, 2, 3]}, timeout_s=60) == 6
    first, parent, session = pool.call("pid", {}, timeout_s=60)
    assert parent == pool.pid
    assert session == first
    assert first not in (pool.pid, os.getpid())


def test_large_requests_and_replies_pass(pool: Pool) -> None:
    assert len(pool.call("text", {"size": 3_000_000, "ballast": "y" * 3_000_000}, timeout_s=60)) == 3_000_000
    data = os.urandom(5_000_000)
    assert pool.call("bytes", {"data": data}, timeout_s=60) == {"data": data[::-1], "size": len(data)}


def test_errors_come_through_as_the_kind_they_are(pool: Pool) -> None:
    with pytest.raises(NotFound, match="look elsewhere"):
        pool.call("missing", {}, timeout_s=60)
    with pytest.raises(Unavailable, match="KeyError"):
        pool.call("bug", {}, timeout_s=60)
    with pytest.raises(Unavailable, match="KeyError"):
        pool.call("no such request", {}, timeout_s=60)
    with pytest.raises(Unavailable, match="was killed"):
        pool.call("die", {}, timeout_s=60)
    assert pool.call("add", {"numbers": [2]}, timeout_s=60) == 2


def test_a_worker_that_is_late_or_not_wanted_any_more_is_killed(pool: Pool) -> None:
    with pytest.raises(TimedOut):
        pool.call("sleep", {}, timeout_s=0.3)
    with pytest.raises(Cancelled):
        pool.call("sleep", {}, timeout_s=100, is_cancelled=lambda: True)
    wait_until(lambda: len(children(pool)) <= 1, "a worker lives on")  # one is always there


def test_at_the_deadline_a_worker_is_killed_with_what_it_started(pool: Pool, tmp_path) -> None:
    there = tmp_path / "child"
    with pytest.raises(Cancelled):
        pool.call("sleep_with_child", {"folder": str(tmp_path)}, timeout_s=60, is_cancelled=there.exists)
    wait_ended(int(there.read_text()))
    wait_until(lambda: len(children(pool)) <= 1, "a worker lives on")


def test_what_nobody_waits_for_any_more_is_not_begun(pool: Pool, tmp_path) -> None:
    pool.wait_ready(60)
    os.kill(pool.pid, signal.SIGSTOP)
    try:
        with pytest.raises(TimedOut):
            pool.call("touch", {"path": str(tmp_path / "late")}, timeout_s=0.1)
    finally:
        os.kill(pool.pid, signal.SIGCONT)
    # requests are taken in their order, and this one is done by the same worker or a later one
    assert pool.call("touch", {"path": str(tmp_path / "now")}, timeout_s=30) is None
    wait_until(lambda: len(children(pool)) >= 1, "no worker is left")
    assert not (tmp_path / "late").exists()


def test_many_threads_may_call_at_once(pool: Pool) -> None:
    found = in_threads(20, lambda number: pool.call("add", {"numbers": [number, 1]}, timeout_s=60))
    assert sorted(found) == list(range(1, 21))


def test_what_preparing_fails_with_is_reported_and_a_killed_spare_is_replaced(pool: Pool) -> None:
    pool.wait_ready(60)
    for pid in children(pool):
        os.kill(pid, signal.SIGKILL)
    assert pool.call("add", {"numbers": [1, 2]}, timeout_s=60) == 3
    broken = Pool(pool_work.entry("load_broken"))
    for _ in range(2):
        with pytest.raises(NotFound, match="no such store"):
            broken.call("add", {"numbers": []}, timeout_s=60)
    broken.close()


def test_a_worker_is_used_again_for_some_dozens_of_requests_and_then_ends(pool: Pool) -> None:
    counts: list[int] = []
    while counts.count(MOST_REQUESTS) < 2:
        counts.append(pool.call("count", {}, timeout_s=60))
        assert len(counts) < 200 * MOST_REQUESTS, "no worker is used again"
    assert max(counts) == MOST_REQUESTS
    wait_until(lambda: len(children(pool)) <= 5, "workers gather")


def test_a_killed_worker_is_missed_at_once(pool: Pool) -> None:
    with pytest.raises(Unavailable):  # and not TimedOut
        pool.call("die", {}, timeout_s=100)


def test_with_nothing_to_do_one_fresh_worker_is_left(pool: Pool) -> None:
    used = {pool.call("pid", {}, timeout_s=60)[0] for _ in range(4)}
    wait_until(lambda: len(left := children(pool)) == 1 and left[0] not in used, "used workers stay")
    assert pool.call("add", {"numbers": [2, 2]}, timeout_s=60) == 4


def test_a_killed_pool_process_is_started_again_and_callers_get_a_clean_error_or_their_reply(pool: Pool) -> None:
    pool.wait_ready(60)
    assert pool.problem == ""
    for _ in range(2):
        killed, errors = pool.pid, []

        def ask(number: int, killed: int = killed, errors: list[Any] = errors) -> int:
            while True:  # until a worker of the next pool process has done one
                try:
                    _, parent, _ = pool.call("pid", {}, timeout_s=60)
                except Unavailable as error:
                    errors.append(error.hint)
                    time.sleep(0.01)
                    continue
                if parent == pool.pid != killed:
                    return number

        results: list[Any] = []
        callers = threading.Thread(target=lambda results=results, ask=ask: results.extend(in_threads(8, ask)))
        callers.start()
        os.kill(killed, signal.SIGKILL)
        callers.join()
        assert sorted(results) == list(range(8))
        assert set(errors) <= {"try again"}


def test_a_request_that_finds_the_pool_process_killed_is_done_by_the_next_one(pool: Pool) -> None:
    pool.wait_ready(60)
    for _ in range(3):
        killed = pool.pid
        os.kill(killed, signal.SIGKILL)
        assert pool.problem or pool.pid != killed  # though it may not be dead yet
        pool._socket.shutdown(socket.SHUT_RDWR)  # as if it was: what is sent meets nobody
        _, parent, _ = pool.call("pid", {}, timeout_s=120)
        assert parent == pool.pid != killed


def test_while_the_pool_process_is_not_there_that_is_the_problem(tmp_path: Path) -> None:
    go = tmp_path / "go"
    go.touch()
    pool = Pool(pool_work.entry("load_when", path=str(go)))
    pool.wait_ready(60)
    assert not pool.problem
    go.unlink()  # the next pool process is not ready before the file is there again
    os.kill(pool.pid, signal.SIGKILL)
    wait_until(lambda: "being started again" in pool.problem, "it is ready though nothing can be done")
    go.touch()
    wait_until(lambda: not pool.problem, "it is not ready again")
    pool.close()


def test_what_a_worker_had_begun_is_finished_without_the_pool_process(pool: Pool, tmp_path) -> None:
    there = tmp_path / "child"
    results: list[Any] = []

    def call() -> None:
        try:
            pool.call("sleep_with_child", {"folder": str(tmp_path)}, timeout_s=100, is_cancelled=stop.is_set)
        except Exception as error:
            results.append(error)

    stop = threading.Event()
    caller = threading.Thread(target=call)
    caller.start()
    wait_until(there.exists, "it has not begun")
    killed = pool.pid
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: pool.pid != killed and not pool.problem, "it is not ready again")
    child = int(there.read_text())
    assert start_time(child)  # still at work
    assert pool.call("add", {"numbers": [5]}, timeout_s=30) == 5
    stop.set()  # and still the caller's to end
    caller.join()
    assert [type(result) for result in results] == [Cancelled]
    wait_ended(child)


def test_closing_leaves_no_process() -> None:
    pool = Pool(pool_work.entry())
    in_threads(4, lambda _number: pool.call("pid", {}, timeout_s=30))
    left = [pool.pid, *children(pool)]
    pool.close()
    for each in left:
        wait_ended(each)
    assert pool.problem
    with pytest.raises(Unavailable):
        pool.call("add", {"numbers": []}, timeout_s=60)


def test_a_pool_process_that_was_started_again_ends_with_its_server_too() -> None:
    pool = Pool(pool_work.entry())
    pool.wait_ready(60)
    first = pool.pid
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: pool.pid != first and not pool.problem, "it is not ready again")
    assert pool.call("add", {"numbers": [1]}, timeout_s=30) == 1
    left = [pool.pid, *children(pool)]
    pool.close()
    for each in left:
        wait_ended(each)


def test_a_pool_may_be_closed_while_its_process_is_being_started_again() -> None:
    for pause_s in (0, 0.001, 0.01, 0.1):
        pool = Pool(pool_work.entry())
        pool.wait_ready(60)
        os.kill(pool.pid, signal.SIGKILL)
        threading.Event().wait(pause_s)  # each time at another step
        pool.close()
        wait_ended(pool.pid)


def test_a_pool_that_cannot_load_its_work_says_so_and_can_be_closed() -> None:
    pool = Pool(pool_work.entry("load_never"))
    with pytest.raises(NotFound, match="no such module"):
        pool.wait_ready(60)
    first = pool.pid
    assert "no such module" in pool.problem
    wait_until(lambda: pool.pid != first, "it is not tried again")
    pool.close()
