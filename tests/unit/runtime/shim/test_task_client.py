"""A shim that answers, one that refuses, and ones that do neither: what the client makes of them."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import threading

import pytest

from pycman.errors import Corrupt, RuntimeFailed
from pycman.runtime.failures import UnknownToRuntime
from pycman.runtime.shim.messages import TABLE
from pycman.runtime.shim.protobuf import encode
from pycman.runtime.shim.task_client import ShimAddress, ShimGone, ShimHung, TaskClient, process_id, refusal
from pycman.runtime.shim.ttrpc import MOST_BYTES, RESPONSE, Server, frame


@contextlib.contextmanager
def shim(tmp_path, answer, requests=None):
    """A socket whose peer gets `answer(stream)` for each request, and is closed where that is None."""
    path = str(tmp_path / "s")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(1)

    def serve():
        connection, _address = listener.accept()
        server = Server()
        with connection:
            while data := connection.recv(65536):
                for stream, request in server.feed(data):
                    if requests is not None:
                        requests.append(request)
                    said = answer(stream)
                    if said is None:
                        return
                    connection.sendall(said)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        with TaskClient(ShimAddress(address=f"unix://{path}", version=3), "ctr", "name") as task:
            yield task
    finally:
        listener.close()
        thread.join(120)
        assert not thread.is_alive()


def response(stream, **values):
    return frame(stream, RESPONSE, encode(TABLE, "Response", values))


def test_a_request_is_about_the_container_and_says_the_namespace(tmp_path):
    requests = []
    payload = encode(TABLE, "StateResponse", {"pid": 42, "status": 2})
    with shim(tmp_path, lambda stream: response(stream, payload=payload), requests) as task:
        assert task.call("State", exec_id="e")["pid"] == 42
    [request] = requests
    assert (request["service"], request["method"]) == ("containerd.task.v3.Task", "State")
    assert request["payload"] == encode(TABLE, "StateRequest", {"id": "ctr", "exec_id": "e"})
    assert request["metadata"] == [{"key": "containerd-namespace-ttrpc", "value": "pycman"}]


def test_answers_of_other_requests_are_not_taken_for_this_one(tmp_path):
    waited = []

    def answer(stream):
        if not waited:
            waited.append(stream)
            return b""
        return response(waited[0], payload=encode(TABLE, "WaitResponse", {"exit_status": 9})) + response(stream)

    with shim(tmp_path, answer) as task:
        task.send("Wait")
        assert task.call("Pause") == {}


def test_an_error_is_told_as_what_it_is(tmp_path):
    status = {"code": 5, "message": "task ctr: not found"}
    with shim(tmp_path, lambda stream: response(stream, status=status)) as task, pytest.raises(UnknownToRuntime):
        task.call("Kill", signal=9)


def test_a_shim_that_closes_the_connection_is_gone(tmp_path):
    with shim(tmp_path, lambda _stream: None) as task, pytest.raises(ShimGone):
        task.call("State")


def test_a_shim_that_says_nothing_has_hung(tmp_path):
    with shim(tmp_path, lambda _stream: b"") as task, pytest.raises(ShimHung):
        task.call("State", timeout_s=0.05)


@pytest.mark.parametrize(
    "said",
    [
        (MOST_BYTES + 1).to_bytes(4, "big") + bytes(6),
        frame(1, RESPONSE, b"\x12\xff"),
        frame(1, RESPONSE, b"\x12\x01\x08"),
    ],
    ids=["too long", "no response", "no answer"],
)
def test_a_shim_that_speaks_something_else_is_refused(tmp_path, said):
    with shim(tmp_path, lambda _stream: said) as task, pytest.raises(Corrupt):
        task.call("State")


def test_nobody_at_the_socket(tmp_path):
    with pytest.raises(ShimGone, match="does not run"):
        TaskClient(ShimAddress(address=f"unix://{tmp_path}/s"), "ctr", "name")


def test_an_abstract_socket_that_another_user_has_taken_is_no_shim():
    name = f"pycman-test-{os.getpid()}"
    listen = "import socket, sys; s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(1); print(flush=True); sys.stdin.read()"
    other = [sys.executable, "-I", "-S", "-c", listen.replace("sys.argv[1]", f"'\\0{name}'")]
    with subprocess.Popen(
        other, stdin=subprocess.PIPE, stdout=subprocess.PIPE, user=1, group=1, extra_groups=[]
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        with pytest.raises(ShimGone, match="the user 1's"):
            TaskClient(ShimAddress(address=f"unix://@{name}"), "ctr", "name")


@pytest.mark.parametrize("pid", [0, 1, (1 << 22) + 1, (1 << 64) - 1])
def test_what_can_be_no_process_of_a_shim_is_none(pid):
    with pytest.raises(RuntimeFailed, match="told no process"):
        process_id({"pid": pid}, "name")
    assert process_id({"shim_pid": 42}, "name", "shim_pid") == 42


def test_a_long_message_is_cut():
    assert len(str(refusal("name", "x" * 3_000_000))) < 5000
