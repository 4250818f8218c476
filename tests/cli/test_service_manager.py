"""A service manager is told when a container runs (sd_notify(3)), and passes it its sockets (sd_listen_fds(3))."""

from __future__ import annotations

import os
import select
import socket
import subprocess
import sys

import pytest

from tests.support.waiting import wait_until

IMAGE = "busybox:1"
SPLIT = () if os.path.exists("/sys/fs/cgroup/cgroup.controllers") else ("--cgroups=split",)
"""What services of Quadlet say: with cgroup v2 it would move the processes of this test."""


@pytest.fixture
def manager(pycman):
    """A socket on which messages to the service manager arrive, and its path in `pycman.folder`."""
    path = pycman.folder / "manager.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(path))
        os.chmod(path, 0o777)
        yield listener, str(path)
    path.unlink()


def message(listener, timeout=20):
    assert select.select([listener], [], [], timeout)[0], "no message came"
    return listener.recv(4096).decode()


def is_silent(listener):
    return not select.select([listener], [], [], 0)[0]


def conmon_of(pycman, name):
    return pycman("inspect", "--type", "container", "-f", "{{.State.ConmonPid}}", name).strip()


def test_conmon_is_the_main_process_and_the_container_is_ready_when_it_runs(pycman, manager):
    listener, path = manager
    pycman(
        "run",
        "-d",
        "--name",
        "c",
        *SPLIT,
        "--sdnotify=conmon",
        IMAGE,
        "sh",
        "-c",
        "echo ${NOTIFY_SOCKET:-none}; sleep 60",
        env={"NOTIFY_SOCKET": path},
    )
    assert message(listener) == f"MAINPID={conmon_of(pycman, 'c')}\nREADY=1"
    wait_until(lambda: pycman("logs", "c") == "none\n", "the container has a socket that is not its own")
    pycman("stop", "-t0", "c")
    pycman("start", "c")
    assert is_silent(listener)
    pycman("stop", "-t0", "c")
    pycman("start", "c", env={"NOTIFY_SOCKET": path})
    assert message(listener) == f"MAINPID={conmon_of(pycman, 'c')}\nREADY=1"
    pycman("rm", "-f", "c")


def test_what_the_container_says_is_passed_on(pycman, manager):
    listener, path = manager
    pycman(
        "run",
        "-d",
        "--name",
        "c",
        IMAGE,
        "sh",
        "-c",
        "test -S $NOTIFY_SOCKET && echo $NOTIFY_SOCKET; sleep 60",
        env={"NOTIFY_SOCKET": path},
    )
    assert message(listener) == f"MAINPID={conmon_of(pycman, 'c')}"
    wait_until(lambda: pycman("logs", "c"), "the container has no socket")
    assert pycman("logs", "c") == "/run/notify/notify.sock\n"
    assert is_silent(listener)
    where = next(each for each in (pycman.folder / "run").rglob("notify.sock"))
    folder = os.open(where.parent, os.O_PATH)  # its path is longer than a socket's address may be
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as container:
        container.sendto(b"READY=1\n", f"/proc/self/fd/{folder}/notify.sock")
    os.close(folder)
    assert message(listener).strip() == "READY=1"
    pycman("rm", "-f", "c")


def test_nobody_is_told_with_ignore_and_a_manager_that_is_gone_is_named(pycman, manager):
    listener, path = manager
    told = {"NOTIFY_SOCKET": path}
    assert (
        pycman("run", "--rm", "--sdnotify=ignore", IMAGE, "sh", "-c", "echo ${NOTIFY_SOCKET:-none}", env=told)
        == "none\n"
    )
    assert is_silent(listener)
    assert pycman("run", "--rm", IMAGE, "echo", "hello", env=told) == "hello\n"
    assert message(listener).startswith("MAINPID=")


def test_ready_means_healthy_when_that_is_asked(pycman, manager):
    listener, path = manager
    told = {"NOTIFY_SOCKET": path}
    line = pycman.fails("create", "--sdnotify=healthy", IMAGE, status=125)
    assert "--sdnotify healthy: there is no health check" in line
    health = ("--sdnotify=healthy", "--health-cmd", "test -e /ready", "--health-interval", "1s")
    starting = pycman.start("run", "-d", "--name", "c", *health, IMAGE, "sleep", "60", env=told)
    assert message(listener).startswith("MAINPID=")
    assert is_silent(listener) and starting.poll() is None
    pycman("exec", "c", "touch", "/ready")
    assert message(listener) == "READY=1"
    assert starting.wait(120) == 0
    pycman("rm", "-f", "c")


STARTER = """\
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1", LISTEN_FDNAMES="web")
os.execv(sys.argv[2], sys.argv[2:])
"""


def test_sockets_of_the_manager_are_passed_to_the_container(pycman):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        line = "echo $LISTEN_FDS $LISTEN_PID $LISTEN_FDNAMES; readlink /proc/self/fd/3"
        words = pycman.argv("run", "--rm", IMAGE, "sh", "-c", line)
        done = subprocess.run(
            [sys.executable, "-c", STARTER, str(listener.fileno()), *words],
            pass_fds=(listener.fileno(),), capture_output=True, text=True, check=True, **pycman.options(),
        )  # fmt: skip
    assert done.stdout.split("\n")[0] == "1 1 web"
    assert done.stdout.split("\n")[1].startswith("socket:")
