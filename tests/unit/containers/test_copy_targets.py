"""A device, FIFO or socket that is named as the target of a copy stays what it is."""

from __future__ import annotations

import os
import socket
import stat
from types import SimpleNamespace

import pytest

from pycman.containers.files.copy import CopyOptions, _copy, _Side
from pycman.containers.files.copy_rules import parse_copy_path
from pycman.errors import InvalidInput
from pycman.linux.syscalls import RESOLVE_IN_ROOT


@pytest.fixture
def side(tmp_path):
    (tmp_path / "file").write_text("new")
    (tmp_path / "link").symlink_to("file")
    os.mkfifo(tmp_path / "fifo")
    os.mknod(tmp_path / "device", stat.S_IFCHR | 0o600, os.makedev(1, 3))
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(tmp_path / "socket"))
    top = os.open(tmp_path, os.O_PATH | os.O_DIRECTORY)
    yield _Side(top, RESOLVE_IN_ROOT)
    os.close(top)


def copy(side: _Side, source: str, target: str, *, follow_links: bool = False) -> None:
    _copy(
        side,
        parse_copy_path(source),
        side,
        parse_copy_path(target),
        owner=lambda _found: (0, 0),
        options=CopyOptions(follow_links=follow_links),
        session=SimpleNamespace(rootless=False),  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("source", ["/file", "/link"])
@pytest.mark.parametrize("target", ["/fifo", "/device", "/socket"])
def test_a_special_file_is_not_replaced(side, tmp_path, source: str, target: str) -> None:
    before = os.lstat(f"{tmp_path}{target}")
    with pytest.raises(InvalidInput, match="not a regular file") as caught:
        copy(side, source, target)
    assert caught.value.code == "copy-target-not-a-file"
    after = os.lstat(f"{tmp_path}{target}")
    assert (before.st_ino, before.st_mode) == (after.st_ino, after.st_mode)


def test_a_file_is_replaced_and_a_new_one_made(side, tmp_path) -> None:
    (tmp_path / "old").write_text("old")
    copy(side, "/file", "/old")
    copy(side, "/file", "/other")
    assert ((tmp_path / "old").read_text(), (tmp_path / "other").read_text()) == ("new", "new")
