"""The process that forks for the server: results, errors, time limits, and its end."""

from __future__ import annotations

import os
import socket
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from cri_server.zygote import Zygote
from pycman.errors import Cancelled, NotFound, TimedOut, Unavailable


def perform(verb: str, arguments: dict[str, Any]) -> Any:
    if verb == "add":
        return sum(arguments["numbers"])
    if verb == "pid":
        return [os.getpid(), os.getppid(), os.getsid(0)]
    if verb == "missing":
        raise NotFound("no such thing", subject="x", hint="look elsewhere")
    if verb == "bug":
        raise KeyError("oops")
    if verb == "sleep":
        time.sleep(1000)
    if verb == "die":
        os._exit(9)
    return "x" * arguments["size"]


def converse(connection: socket.socket) -> None:
    connection.sendall(f"{os.getpid()} {connection.recv(100).decode()}".encode())


@pytest.fixture
def zygote():
    listener = socket.create_server(("127.0.0.1", 0))
    made = Zygote(lambda: perform, listener, converse)
    yield made
    made.close()


def test_connections_are_served_by_processes_of_their_own() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    address = listener.getsockname()
    zygote = Zygote(lambda: perform, listener, converse)
    with (
        socket.create_connection(address, timeout=20) as first,
        socket.create_connection(address, timeout=20) as second,
    ):
        second.sendall(b"second")  # the first has said nothing yet
        pid, said = second.recv(100).split()
        assert said == b"second"
        first.sendall(b"first")
        other, said = first.recv(100).split()
        assert said == b"first"
        assert len({int(pid), int(other), zygote.pid, os.getpid()}) == 4
    zygote.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address, timeout=20)


def test_verbs_are_done_in_processes_of_their_own(zygote: Zygote) -> None:
    assert zygote.run("add", {"numbers": [1, 2, 3]}, timeout_s=10) == 6
    first, parent, session = zygote.run("pid", {}, timeout_s=10)
    assert parent == zygote.pid
    assert session == first
    assert first not in (zygote.pid, os.getpid())


def test_large_requests_and_answers_pass(zygote: Zygote) -> None:
    assert len(zygote.run("text", {"size": 3_000_000, "ballast": "y" * 3_000_000}, timeout_s=20)) == 3_000_000


def test_errors_come_through_as_the_kind_they_are(zygote: Zygote) -> None:
    with pytest.raises(NotFound, match="look elsewhere"):
        zygote.run("missing", {}, timeout_s=10)
    with pytest.raises(Unavailable, match="KeyError"):
        zygote.run("bug", {}, timeout_s=10)
    with pytest.raises(Unavailable, match="was killed"):
        zygote.run("die", {}, timeout_s=10)


def test_a_worker_that_is_late_or_not_wanted_any_more_is_killed(zygote: Zygote) -> None:
    with pytest.raises(TimedOut):
        zygote.run("sleep", {}, timeout_s=0.3)
    with pytest.raises(Cancelled):
        zygote.run("sleep", {}, timeout_s=100, is_cancelled=lambda: True)
    children = f"/proc/{zygote.pid}/task/{zygote.pid}/children"
    deadline = time.monotonic() + 5
    while len(Path(children).read_text().split()) > 1:  # one is always there
        assert time.monotonic() < deadline, "a worker lives on"
        time.sleep(0.01)


def test_many_threads_may_ask_at_once(zygote: Zygote) -> None:
    found: list[int] = []

    def ask(number: int) -> None:
        found.append(zygote.run("add", {"numbers": [number, 1]}, timeout_s=20))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == list(range(1, 21))


def test_what_preparing_fails_with_is_told_and_a_killed_spare_is_replaced(zygote: Zygote) -> None:
    for pid in Path(f"/proc/{zygote.pid}/task/{zygote.pid}/children").read_text().split():
        os.kill(int(pid), 9)
    assert zygote.run("add", {"numbers": [1, 2]}, timeout_s=20) == 3

    def fail() -> Any:
        raise NotFound("no such store", subject="x")

    listener = socket.create_server(("127.0.0.1", 0))
    broken = Zygote(fail, listener, converse)
    with pytest.raises(NotFound, match="no such store"):
        broken.run("add", {"numbers": []}, timeout_s=20)
    broken.close()


def test_a_worker_does_one_thing_after_the_other_and_a_killed_one_is_missed_at_once(zygote: Zygote) -> None:
    first = zygote.run("pid", {}, timeout_s=20)[0]
    deadline = time.monotonic() + 20
    while first not in {zygote.run("pid", {}, timeout_s=20)[0] for _ in range(3)}:
        assert time.monotonic() < deadline, "every call has a worker of its own"
    seen = {zygote.run("pid", {}, timeout_s=20)[0] for _ in range(120)}
    assert len(seen) > 1  # but none for ever
    began = time.monotonic()
    with pytest.raises(Unavailable):
        zygote.run("die", {}, timeout_s=100)
    assert time.monotonic() - began < 50
    children = Path(f"/proc/{zygote.pid}/task/{zygote.pid}/children")
    while len(children.read_text().split()) > 5:
        assert time.monotonic() < deadline, "workers gather"


def test_with_nothing_to_do_one_fresh_worker_is_left(zygote: Zygote) -> None:
    used = {zygote.run("pid", {}, timeout_s=20)[0] for _ in range(4)}
    children = Path(f"/proc/{zygote.pid}/task/{zygote.pid}/children")
    deadline = time.monotonic() + 30
    while len(left := children.read_text().split()) != 1 or int(left[0]) in used:
        assert time.monotonic() < deadline, "used workers stay"
        time.sleep(0.05)
    assert zygote.run("add", {"numbers": [2, 2]}, timeout_s=20) == 4
