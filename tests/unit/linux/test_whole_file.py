"""A file has its name when all of it is written, and nothing else is ever beside it."""

from __future__ import annotations

import errno
import os
import signal
from pathlib import Path

import pytest

from pycman.linux.whole_file import whole_file
from pycman.plan import CRASH_VARIABLE

BOTH_KINDS = pytest.mark.parametrize("nameless", [True, False], ids=["nameless", "named"])


@pytest.fixture
def file_system(monkeypatch: pytest.MonkeyPatch, nameless: bool) -> None:
    """As it is, or one that makes no files without a name."""
    real = os.open

    def refuse(path: str, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        if flags & os.O_TMPFILE == os.O_TMPFILE:
            raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))
        return real(path, flags, mode, dir_fd=dir_fd)

    if not nameless:
        monkeypatch.setattr(os, "open", refuse)


@BOTH_KINDS
@pytest.mark.usefixtures("file_system")
@pytest.mark.parametrize("there", ["", "file", "link"])
def test_it_replaces_what_is_there(tmp_path: Path, there: str) -> None:
    path, other = tmp_path / "made", tmp_path / "other"
    if there == "file":
        path.write_text("before")
    elif there == "link":
        other.write_text("other")
        path.symlink_to(other)
    with whole_file(str(path), mode=0o600) as file:
        file.write(b"whole")
    assert (path.read_text(), path.is_symlink(), path.stat().st_mode & 0o777) == ("whole", False, 0o600)
    assert other.read_text() == "other" if there == "link" else os.listdir(tmp_path) == ["made"]


@BOTH_KINDS
@pytest.mark.usefixtures("file_system")
def test_an_error_leaves_what_was_there_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "made"
    path.write_text("before")
    with pytest.raises(KeyError), whole_file(str(path)) as file:
        file.write(b"half")
        raise KeyError
    assert (path.read_text(), os.listdir(tmp_path)) == ("before", ["made"])


@BOTH_KINDS
@pytest.mark.usefixtures("file_system")
def test_what_appears_meanwhile_is_kept_where_nothing_may_be_replaced(tmp_path: Path) -> None:
    path = tmp_path / "made"
    with pytest.raises(FileExistsError), whole_file(str(path), replace=False) as file:
        file.write(b"late")
        path.write_text("first")
    assert (path.read_text(), os.listdir(tmp_path)) == ("first", ["made"])
    with pytest.raises(FileExistsError), whole_file(str(path), replace=False):
        pytest.fail("it was there")
    path.unlink()
    with whole_file(str(path), replace=False) as file:
        file.write(b"whole")
    assert (path.read_text(), os.listdir(tmp_path)) == ("whole", ["made"])


def test_a_killed_writer_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "made"
    child = os.fork()
    if child == 0:
        os.environ[CRASH_VARIABLE] = "whole-file:written"
        with whole_file(str(path)) as file:
            file.write(b"x" * 100_000)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    assert os.listdir(tmp_path) == []
