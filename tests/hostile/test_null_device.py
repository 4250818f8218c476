"""The host's /dev/null stays the host's: a container with a user namespace gets an empty pipe, which it may do with what it likes."""

from __future__ import annotations

import os
import stat

import pytest

CLOSE = "cat; chmod 600 /dev/stdin; stat -L -c '%F' /dev/stdin"


@pytest.fixture
def null_device():
    before = os.stat("/dev/null")
    assert stat.S_IMODE(before.st_mode) == 0o666

    def owner_and_mode():
        now = os.stat("/dev/null")
        return now.st_uid, now.st_gid, stat.S_IMODE(now.st_mode)

    yield owner_and_mode
    os.chown("/dev/null", before.st_uid, before.st_gid)
    os.chmod("/dev/null", 0o666)


def test_a_container_with_ids_of_its_own_cannot_close_it_to_everybody(root_pycman, null_device) -> None:
    mine = (0, 0, 0o666)
    seen = root_pycman("run", "--rm", "--userns=auto", "busybox:1", "sh", "-c", CLOSE)
    assert (null_device(), seen) == (mine, "fifo\n")
    assert root_pycman("run", "--rm", "-i", "--userns=auto", "busybox:1", "cat", stdin=b"hello") == "hello"
    assert root_pycman.run("run", "--rm", "-t", "--userns=auto", "busybox:1", "sh", "-c", "exit 7").returncode == 7
    assert null_device() == mine
    root_pycman("run", "-d", "--name", "c", "--uidmap=0:100000:1000", "busybox:1", "sh", "-c", f"{CLOSE}; sleep 1000")
    for words in (("exec", "c"), ("exec", "-d", "c"), ("exec", "-t", "c")):
        root_pycman.run(*words, "chmod", "600", "/dev/stdin")
    root_pycman("restart", "-t0", "c")
    assert null_device() == mine
    lost = root_pycman.run("run", "--rm", "--userns=auto", "busybox:1", "/nonexistent")
    assert (lost.returncode, null_device()) == (127, mine)
