"""Clients that are slow, broken or greedy: each gets its answer or loses its connection, and nobody else notices."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

from tests.support.engine_api import EngineApi, UnixConnection

BUSYBOX = "localhost/busybox:1"
_STREAMS = 300


def threads_of(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("Threads:"))


def memory_of(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) << 10 for line in status.splitlines() if line.startswith("VmRSS:"))


def reply_to(api: EngineApi, data: bytes) -> bytes:
    with api.connect() as raw:
        raw.sendall(data)
        return raw.recv(4096)


def test_broken_requests_are_answered_and_others_go_on(root_api: EngineApi) -> None:
    api = root_api
    half = api.connect()
    half.sendall(b"POST /containers/create HTTP/1.1\r\nHost: d\r\nContent-Length: 100\r\n\r\n{")
    quiet = api.connect()
    assert reply_to(api, b"\x16\x03\x01 is this TLS?\r\n\r\n").startswith(b"HTTP/1.1 400 ")
    assert reply_to(api, b"GET /" + b"x" * (300 << 10)).startswith(b"HTTP/1.1 431 ")
    for method, path, body, status in (
        ("GET", "/nosuch", None, 404),
        ("PUT", "/info", None, 405),
        ("GET", "/v1.99/info", None, 400),
        ("GET", "/v1.12/info", None, 400),
        ("POST", "/containers/create", b"{", 400),
        ("POST", "/containers/create", b"[]", 400),
        ("POST", "/containers/create", b"[" * 100_000, 400),
        ("POST", "/containers/create?name=../x", {"Image": BUSYBOX}, 400),
        ("POST", "/containers/create", b'{"a": "' + b"x" * (9 << 20) + b'"}', 413),
        ("GET", "/containers/..%2f..%2fetc/json", None, 404),
        ("GET", "/exec/..%2Fx/json", None, 404),
        ("GET", "/exec/../json", None, 404),
        ("GET", "/volumes/..", None, 404),
        ("POST", "/volumes/create", {"Name": "../../x"}, 400),
        ("GET", "/containers/json?filters=%7B", None, 400),
        ("GET", "/containers/json?limit=x", None, 400),
        ("POST", "/networks/create", {"Name": "a/b"}, 400),
        ("POST", "/swarm/init", {}, 503),
        ("POST", "/session", None, 404),
        ("GET", "/images/nosuch/get", None, 404),
    ):
        found, answer = api(method, path, body)
        assert (found, list(answer)) == (status, ["message"]), (method, path, answer)
    answer = api("POST", "/images/load", b"not a tar at all")
    assert (answer[0], sorted(answer[1])) == (200, ["error", "errorDetail"])  # docker tells it in the stream
    two = b"GET /_ping HTTP/1.1\r\nHost: d\r\n\r\n"
    with api.connect() as raw:
        raw.sendall(two + two)
        data = b""
        while data.count(b"HTTP/1.1 200") < 2 or not data.endswith(b"OK"):
            piece = raw.recv(4096)
            assert piece
            data += piece
    head = api.open("HEAD", "/_ping")
    assert (head.status, head.headers["Builder-Version"], head.read()) == (200, "1", b"")
    half.close()
    quiet.close()


def test_idle_streams_cost_no_thread_and_unread_ones_no_memory(root_api: EngineApi) -> None:
    api = root_api
    assert api.process is not None
    pid = api.process.pid
    before = threads_of(pid)
    streams = [api.connect() for _ in range(_STREAMS)]
    for stream in streams:
        stream.sendall(b"GET /events HTTP/1.1\r\nHost: d\r\n\r\n")
        assert stream.recv(4096).startswith(b"HTTP/1.1 200 ")
    assert threads_of(pid) == before
    status, made = api(
        "POST", "/containers/create?name=loud", {"Image": BUSYBOX, "Cmd": ["dd", "if=/dev/zero", "bs=64k"]}
    )
    assert status == 201
    for stream in streams:
        assert b'"create"' in stream.recv(65536)
        stream.close()

    unread = api.connect()
    unread.sendall(f"POST /containers/{made['Id']}/attach?stream=1&stdout=1 HTTP/1.1\r\nHost: d\r\n\r\n".encode())
    assert unread.recv(20).startswith(b"HTTP/1.1 200")
    assert api("POST", "/containers/loud/start")[0] == 204
    at_first = memory_of(pid)
    for _ in range(20):
        assert api("GET", "/containers/loud/json")[1]["State"]["Running"]
    assert memory_of(pid) < at_first + (32 << 20)
    unread.close()
    assert api("DELETE", "/containers/loud?force=1")[0] == 204


def test_it_ends_when_idle_and_takes_the_socket_of_a_service_manager(root_pycman, tmp_path: Path) -> None:
    listener = socket.socket(socket.AF_UNIX)
    path = str(tmp_path / "passed.sock")
    listener.bind(path)
    listener.listen()
    starter = (
        "import os, sys\nos.dup2(int(sys.argv[1]), 3, True)\n"
        "os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='1')\nos.execv(sys.argv[2], sys.argv[2:])\n"
    )
    argv = root_pycman.argv("system", "service", "--time", "1")
    words = [sys.executable, "-c", starter, str(listener.fileno()), *argv]
    server = subprocess.Popen(words, pass_fds=[listener.fileno()], stdout=subprocess.PIPE, **root_pycman.options())
    listener.close()
    client = UnixConnection(path)
    client.request("GET", "/_ping")
    assert client.getresponse().read() == b"OK"
    assert server.wait(120) == 0  # the connection is open, but nothing is asked for
    assert os.path.exists(path)
    client.close()
    assert server.stdout is not None
    server.stdout.close()

    api = EngineApi(root_pycman)
    api.start()
    assert os.stat(api.path).st_mode & 0o777 == 0o660
    assert "another server listens there" in root_pycman.fails("system", "service", api.uri)
    assert api.end() == 0
    assert not os.path.exists(api.path)
    api.start()
    os.unlink(api.path)
    Path(api.path).touch()  # as the socket of another server, made while this one ends
    assert api.end() == 0
    os.unlink(api.path)
    assert root_pycman("system", "service", "--print-env", api.uri).split("\n")[:2] == [
        f"export DOCKER_HOST={api.uri}",
        "export DOCKER_BUILDKIT=0",
    ]
