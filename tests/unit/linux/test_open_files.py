"""Open descriptors of processes."""

from __future__ import annotations

import os
import socket
import subprocess

from pycman.linux.open_files import open_files


def test_descriptors_and_sockets_of_a_process_are_counted() -> None:
    mine, theirs = socket.socketpair()
    read, write = os.pipe()
    with (
        mine,
        theirs,
        subprocess.Popen(
            ["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=(theirs.fileno(), read, write)
        ) as cat,
    ):
        cat.stdin.write(b"x")
        cat.stdin.flush()
        assert cat.stdout.read(1) == b"x"  # from now on it opens nothing
        descriptors, sockets = open_files(cat.pid)
        os.close(read)
        os.close(write)
    assert (descriptors, sockets) == (6, 1)
    assert open_files(2**22 + 5) == (0, 0)


def test_a_descriptor_that_is_closed_meanwhile_does_not_end_the_count() -> None:
    low = os.open("/dev/null", os.O_RDONLY)
    opened = [os.open("/dev/null", os.O_RDONLY) for _ in range(200)]
    os.close(low)  # the number that the listing itself gets, and has given back when links are read
    try:
        assert open_files(os.getpid())[0] >= len(opened)
    finally:
        for descriptor in opened:
            os.close(descriptor)
