"""Connections to a pool: who is given a worker, who waits, and who has to go."""

from __future__ import annotations

import os
import resource
import signal
import socket
import time
from pathlib import Path

import pytest

from pycman.errors import Unavailable
from pycman.pool import waiting
from pycman.pool.pool import Pool
from pycman.pool.waiting import MOST_WAITING
from tests.support import pool_work


class Server:
    """A pool with a listener, and clients that are closed with it."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=1000)
        self.address = self.listener.getsockname()
        self.pool = Pool(pool_work.entry(greeting="hello "), self.listener)
        self.pool.wait_ready(30)
        self.clients: list[socket.socket] = []

    def connect(self, data: bytes = b"") -> socket.socket:
        client = socket.create_connection(self.address, timeout=30)
        self.clients.append(client)
        client.sendall(data)
        return client

    def children(self) -> list[str]:
        return Path(f"/proc/{self.pool.pid}/task/{self.pool.pid}/children").read_text().split()

    def descriptors(self) -> int:
        return len(os.listdir(f"/proc/{self.pool.pid}/fd"))

    def close(self) -> None:
        self.pool.close()
        for client in self.clients:
            client.close()


@pytest.fixture
def server():
    made = Server()
    yield made
    made.close()


def said(client: socket.socket) -> bytes:
    """Return all that a client is sent."""
    data = b""
    while piece := client.recv(4096):
        data += piece
    return data


def test_connections_are_served_by_processes_of_their_own(server: Server) -> None:
    first, second = server.connect(), server.connect()
    second.sendall(b"second\n")  # the first has said nothing yet
    greeting, pid, line = said(second).split()
    assert (greeting, line) == (b"hello", b"second")
    first.sendall(b"first\n")
    _, other, line = said(first).split()
    assert line == b"first"
    assert len({int(pid), int(other), server.pool.pid, os.getpid()}) == 4


def test_no_process_is_forked_for_clients_that_say_nothing_and_others_get_through(server: Server) -> None:
    before = set(server.children())
    silent = [server.connect() for _ in range(5 * MOST_WAITING)]
    _, pid, line = said(server.connect(b"real\n")).split()
    assert line == b"real"
    assert set(server.children()) - {pid.decode()} <= before
    assert server.descriptors() < MOST_WAITING + 30
    for each in silent[: 4 * MOST_WAITING]:  # the oldest had to go
        assert said(each) == b""
    silent[-1].sendall(b"still there\n")
    assert b"still there" in said(silent[-1])


def test_first_bytes_may_come_one_by_one(server: Server) -> None:
    client = server.connect()
    for byte in b"slow":
        client.sendall(bytes([byte]))
    client.sendall(b"\n")
    assert said(client).endswith(b" slow\n")


def test_who_is_refused_is_told_why_though_it_goes_on_sending(server: Server) -> None:
    before = set(server.children())
    client = server.connect(b"no\n" + b"x" * 100_000)
    client.sendall(b"x" * 100_000)
    assert said(client) == b"refused\n"
    client.close()
    assert set(server.children()) == before


def test_a_fault_in_what_one_client_says_ends_nobody_elses_connection(server: Server) -> None:
    other = server.connect()
    client = server.connect(b"bug\n")
    assert said(client) == b""
    other.sendall(b"still there\n")
    assert b"still there" in said(other)


def test_who_takes_too_long_has_to_go_however_much_it_says(monkeypatch) -> None:
    monkeypatch.setattr(waiting, "FIRST_BYTES_S", 0.5)  # the pool process is forked with it
    server = Server()
    try:
        silent, slow = server.connect(), server.connect()
        slow.settimeout(0.05)
        deadline = time.monotonic() + 30
        while True:
            assert time.monotonic() < deadline, "it may go on for ever"
            try:
                slow.sendall(b"x")
                if slow.recv(10) == b"":
                    break
            except TimeoutError:
                continue
            except OSError:
                break
        assert said(silent) == b""
    finally:
        server.close()


def test_the_next_pool_process_takes_the_connections_when_one_was_killed(server: Server) -> None:
    killed = server.pool.pid
    server.connect()
    os.kill(killed, signal.SIGKILL)
    assert said(server.connect(b"again\n")).endswith(b" again\n")
    assert server.pool.pid != killed


def leave_free(pid: int, count: int) -> tuple[int, int]:
    """Leave a process so many descriptors more; return its limits before."""
    taken = {int(name) for name in os.listdir(f"/proc/{pid}/fd")}
    limit = 0
    while count or limit in taken:
        count -= limit not in taken
        limit += 1
    usual = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (limit, usual[1]))
    return usual


def test_with_few_descriptors_the_oldest_client_goes(server: Server) -> None:
    usual = leave_free(server.pool.pid, 4)
    silent = [server.connect() for _ in range(40)]
    assert said(server.connect(b"real\n")).endswith(b" real\n")
    assert said(silent[0]) == b""
    resource.prlimit(server.pool.pid, resource.RLIMIT_NOFILE, usual)


def test_with_no_descriptors_callers_get_an_error_and_clients_wait(server: Server) -> None:
    pid = server.pool.pid
    usual = leave_free(pid, 0)
    client = server.connect(b"real\n")
    with pytest.raises(Unavailable, match="try again"):
        server.pool.call("add", {"numbers": [1, 2]}, timeout_s=30)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, usual)
    assert server.pool.call("add", {"numbers": [1, 2]}, timeout_s=30) == 3
    assert said(client).endswith(b" real\n")
    assert server.pool.pid == pid


def test_with_the_pool_the_listener_goes(server: Server) -> None:
    server.pool.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(server.address, timeout=30)
    server.close = lambda: None  # type: ignore[method-assign]
