"""What is at the path of a server's socket: only a socket that nobody serves any more gives way."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from pycman.errors import AlreadyExists
from pycman.linux.stale_socket import remove_stale_socket


def _link(path: Path) -> None:
    path.with_name("target").write_text("kept")
    path.symlink_to("target")


KINDS: dict[str, Callable[[Path], object]] = {
    "file": lambda path: path.write_text("kept"),
    "directory": Path.mkdir,
    "link": _link,
    "dangling-link": lambda path: path.symlink_to("nowhere"),
    "fifo": os.mkfifo,
}


@pytest.mark.parametrize("make", KINDS.values(), ids=KINDS)
def test_what_is_no_socket_stays(make: Callable[[Path], object], tmp_path: Path) -> None:
    path = tmp_path / "s"
    make(path)
    with pytest.raises(AlreadyExists, match="no socket"):
        remove_stale_socket(str(path), hint="")
    assert os.path.lexists(path)


def test_a_socket_stays_as_long_as_somebody_listens(tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    remove_stale_socket(path, hint="")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen()
        with pytest.raises(AlreadyExists, match="another server"):
            remove_stale_socket(path, hint="stop it")
        assert os.path.exists(path)
    remove_stale_socket(path, hint="")
    assert not os.path.exists(path)
