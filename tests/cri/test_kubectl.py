"""kubectl's exec, attach and port-forward against the streaming server: SPDY always, WebSocket where this kubectl speaks it."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import urllib.request

import pytest

from tests.support.api_server import ApiServer

SPDY = {"KUBECTL_REMOTE_COMMAND_WEBSOCKETS": "false", "KUBECTL_PORT_FORWARD_WEBSOCKETS": "false"}
WEBSOCKET = {"KUBECTL_REMOTE_COMMAND_WEBSOCKETS": "true", "KUBECTL_PORT_FORWARD_WEBSOCKETS": "true"}


@pytest.fixture(params=[SPDY, WEBSOCKET], ids=["spdy", "websocket"])
def kubectl(server, request, tmp_path):
    """Give `start(*words)` of kubectl, for the pod p of the server, whose container runs `command`."""
    opened = []

    def make(*command: str, tty: bool = False, stdin: bool = False):
        pod, container = server.run(server.sandbox(), server.container(*command, tty=tty, stdin=stdin))
        api = ApiServer(server, pod, container, tty=tty, stdin=stdin)
        opened.append(api)

        def start(*words: str, **how) -> subprocess.Popen:
            env = {**os.environ, **request.param, "HOME": str(tmp_path), "KUBECONFIG": str(tmp_path / "none")}
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **how}
            return subprocess.Popen(["kubectl", "--server", api.url, *words], env=env, **pipes)

        return start

    yield make
    for each in opened:
        each.close()


def test_exec(kubectl) -> None:
    start = kubectl("sleep", "1000")
    done = start("exec", "p", "--", "sh", "-c", "echo out; echo err >&2; exit 7", stdin=None)
    out, err = done.communicate(timeout=60)
    assert (out, done.returncode) == (b"out\n", 7), err
    assert b"err\n" in err
    data = os.urandom(2 << 20)
    done = start("exec", "-i", "p", "--", "cat")
    out, err = done.communicate(data, timeout=60)
    assert (out == data, done.returncode) == (True, 0), err
    done = start("exec", "p", "--", "/no/such", stdin=None)
    _, err = done.communicate(timeout=60)
    assert done.returncode
    assert b"/no/such" in err


def test_exec_with_a_terminal(kubectl) -> None:
    start = kubectl("sleep", "1000")
    ours, theirs = pty.openpty()
    done = start("exec", "-it", "p", "--", "sh", stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    text = b""
    os.write(ours, b"tty; exit 6\n")
    while b"/dev/pts" not in text:
        text += os.read(ours, 4096)
    assert done.wait(60) == 6
    os.close(ours)


def test_attach(kubectl) -> None:
    start = kubectl("sh", "-c", "while read line; do echo got $line; done", stdin=True)
    done = start("attach", "-i", "p")
    done.stdin.write(b"hello\n")
    done.stdin.flush()
    while b"got hello" not in (line := done.stdout.readline()):
        assert line, done.stderr.read()
    done.kill()
    done.communicate()


def test_port_forward(kubectl) -> None:
    start = kubectl("sh", "-c", "mkdir /w; echo page > /w/index.html; exec httpd -f -p 8080 -h /w")
    done = start("port-forward", "p", ":8080")
    line = done.stdout.readline().decode()
    port = re.search(r"127\.0\.0\.1:(\d+)", line)
    assert port, line + done.stderr.read().decode()
    for _ in range(3):
        with urllib.request.urlopen(f"http://127.0.0.1:{port[1]}/", timeout=20) as answer:
            assert answer.read() == b"page\n"
    done.kill()
    done.communicate()
