"""Terminals that another process hands over."""

from __future__ import annotations

import os
import select
import subprocess
import sys

import pytest

from pycman.errors import Unavailable
from pycman.linux.terminals import ConsoleSocket, drain_in_background, set_window_size

SEND = (
    "import os, pty, socket, sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); m, t = pty.openpty();"
    " socket.send_fds(s, [b'console'], [m if sys.argv[2] == 'terminal' else os.open(sys.argv[2], os.O_RDONLY)]); os.write(t, b'hello')"
)


def received(console: ConsoleSocket, *words: str) -> int:
    child = subprocess.Popen([sys.executable, *words])
    pidfd = os.pidfd_open(child.pid)
    try:
        return console.receive(child.pid, pidfd)
    finally:
        child.wait()
        os.close(pidfd)


@pytest.mark.parametrize("folder", ["short", "long" * 40])
def test_a_terminal_comes_with_its_size_and_what_was_written(tmp_path, folder: str) -> None:
    (tmp_path / folder).mkdir()
    console = ConsoleSocket(str(tmp_path / folder))
    assert os.stat(console.path).st_mode & 0o777 == 0o600
    terminal = received(console, "-c", SEND, console.path, "terminal")
    assert not os.get_inheritable(terminal)
    assert os.read(terminal, 100) == b"hello"
    set_window_size(terminal, 12, 345)
    assert os.get_terminal_size(terminal) == (345, 12)
    os.close(terminal)
    console.close()
    assert not os.path.exists(console.path)


@pytest.mark.parametrize("other", ["/etc/hostname", "/dev/null", "/"])
def test_what_is_no_terminal_is_refused(tmp_path, other: str) -> None:
    console = ConsoleSocket(str(tmp_path))
    with pytest.raises(Unavailable):
        received(console, "-c", SEND, console.path, other)
    console.close()


def test_a_process_that_ends_without_one_is_not_waited_for(tmp_path) -> None:
    console = ConsoleSocket(str(tmp_path))
    assert received(console, "-c", "pass") == -1
    console.close()


def test_another_process_is_not_listened_to(tmp_path) -> None:
    console = ConsoleSocket(str(tmp_path))
    stranger = subprocess.Popen([sys.executable, "-c", SEND, console.path, "terminal"])
    stranger.wait()
    assert received(console, "-c", "pass") == -1
    console.close()


def test_what_is_left_behind_is_read_to_its_end() -> None:
    read, write = os.pipe()
    drain_in_background(read)
    os.close(read)
    view = memoryview(bytes(1_000_000))
    while view:
        view = view[os.write(write, view) :]
    poller = select.poll()
    poller.register(write, 0)
    assert not poller.poll(0)
    os.close(write)
