"""A container's own /dev/null, or nothing."""

from __future__ import annotations

import os
import stat

import pytest

from pycman.linux.open_below import null_below


@pytest.fixture
def root(tmp_path):
    (tmp_path / "dev").mkdir()
    return tmp_path


def test_it_is_the_one_below_and_can_be_read_and_written(root) -> None:
    os.mknod(root / "dev/null", stat.S_IFCHR | 0o666, os.makedev(1, 3))
    descriptor = null_below(str(root))
    assert descriptor is not None
    assert os.path.samestat(os.fstat(descriptor), os.stat(root / "dev/null"))
    assert (os.read(descriptor, 1), os.write(descriptor, b"x")) == (b"", 1)
    os.close(descriptor)


@pytest.mark.parametrize("kind", ["nothing", "file", "fifo", "zero", "link out"])
def test_anything_else_is_not_opened(root, kind: str) -> None:
    path = root / "dev/null"
    if kind == "file":
        path.write_text("x")
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind == "zero":
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 5))
    elif kind == "link out":
        path.symlink_to("../../../../../../../../dev/null")
        (root / "dev/null-of-the-host").symlink_to("/dev/null")
    assert null_below(str(root)) is None
