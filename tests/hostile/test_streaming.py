"""The streaming server against clients without a ticket: many, silent, slow, and loud."""

from __future__ import annotations

import contextlib
import os
import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from cri_server.streaming.http_head import HEAD_BYTES
from pycman.pool.waiting import MOST_WAITING
from tests.support.cri import a_server
from tests.support.stream_clients import SpdyClient, SpdyCommand

SUCCESS = {"metadata": {}, "status": "Success"}
MANY = 400


@pytest.fixture
def server(root_networked):
    yield from a_server(root_networked)


@pytest.fixture
def sleeper(server):
    _, container = server.run(server.sandbox(), server.container("sleep", "1000"))
    return container


@pytest.fixture
def clients():
    opened: list[socket.socket] = []
    yield opened
    for each in opened:
        each.close()


def exec_url(server, container: str) -> str:
    return server.runtime("Exec", container_id=container, cmd=["echo", "there"], stdout=True, stderr=True).url


def run_command(server, container: str) -> None:
    client = SpdyCommand(server, exec_url(server, container), "stdout", "stderr")
    assert client.result() == SUCCESS
    assert client["stdout"] == b"there\n"


def memory(pids: set[int]) -> int:
    """Return the proportional set size of processes in bytes."""
    found = 0
    for pid in pids:
        with contextlib.suppress(OSError):  # a worker that has ended meanwhile
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
            found += next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    return found


def said(client: socket.socket) -> bytes:
    data = b""
    while piece := client.recv(4096):
        data += piece
    return data


def test_for_silent_clients_no_process_is_forked_and_real_ones_get_through(server, sleeper, clients) -> None:
    url = exec_url(server, sleeper)
    run_command(server, sleeper)
    main, pool, workers = server.tree()
    before = memory({main, pool, *workers})
    for _ in range(MANY):
        clients.append(server.connect(url))
        clients[-1].sendall(b"GET ")
    run_command(server, sleeper)
    assert server.runtime("ExecSync", container_id=sleeper, cmd=["true"], timeout=20).exit_code == 0
    now_main, now_pool, now_workers = server.tree()
    assert (now_main, now_pool) == (main, pool)
    assert len(now_workers) <= len(workers) + 2  # two calls were done since
    assert len(os.listdir(f"/proc/{pool}/fd")) < MOST_WAITING + 40
    assert memory({main, pool, *now_workers}) < before + (30 << 20)
    assert [said(client) for client in clients[: MANY - MOST_WAITING]] == [b""] * (MANY - MOST_WAITING)


def test_a_head_may_be_sent_byte_by_byte_while_others_call(server, sleeper) -> None:
    url = exec_url(server, sleeper)
    parts = urlsplit(url)
    head = (
        f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n"
        "X-Stream-Protocol-Version: v4.channel.k8s.io\r\n\r\n"
    ).encode()
    with server.connect(url) as slow:
        for place in range(len(head)):
            slow.sendall(head[place : place + 1])
            if place == len(head) // 2:
                run_command(server, sleeper)
        assert slow.recv(4096).startswith(b"HTTP/1.1 101 ")


def test_a_head_without_an_end_is_refused(server, sleeper) -> None:
    with server.connect(exec_url(server, sleeper)) as client:
        client.sendall(b"GET /exec/x HTTP/1.1\r\nHost: x\r\n" + b"X: " + b"y" * (HEAD_BYTES + 1))
        assert said(client).startswith(b"HTTP/1.1 431 ")
    run_command(server, sleeper)


@pytest.mark.parametrize("data", [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"\0" * 100, b"GET / SPDY\r\n\r\n"])
def test_what_is_no_request_is_refused(server, sleeper, data: bytes) -> None:
    with server.connect(exec_url(server, sleeper)) as client:
        client.sendall(data + b"\r\n\r\n")
        assert said(client).startswith(b"HTTP/1.1 400 ")
    run_command(server, sleeper)


def test_wrong_tickets_get_no_process_and_use_nothing_up(server, sleeper) -> None:
    url = exec_url(server, sleeper)
    base, _, token = url.rpartition("/")
    _, pool, workers = server.tree()
    for number in range(MANY):
        guess = f"{int(token, 16) ^ (number + 1):032x}"
        assert SpdyClient(server, f"{base}/{guess}", "v4.channel.k8s.io").status == 404
    for wrong in ("", "..", "%2e%2e", "x" * 10_000, f"../exec/{token}", f"{token}.new"):
        assert SpdyClient(server, f"{base}/{wrong}", "v4.channel.k8s.io").status == 404
    assert server.tree()[1] == pool
    assert len(server.tree()[2]) <= len(workers) + 1
    assert SpdyCommand(server, url, "stdout", "stderr").result() == SUCCESS
