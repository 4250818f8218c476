"""Directories are watched by their names, and what was lost is said."""

from __future__ import annotations

import os
import select
from pathlib import Path

import pytest

from pycman.linux.inotify import IN_CREATE, IN_MODIFY, IN_MOVED_TO, FolderWatch


def test_files_that_appear_or_are_written_are_named_once(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    watch = FolderWatch()
    watch.add(str(one), IN_MOVED_TO)
    watch.add(str(two), IN_CREATE | IN_MODIFY)
    (one / "half").write_text("7")
    assert watch.read() == (set(), False)
    os.rename(one / "half", one / "whole")
    (two / "file").write_text("1")
    (two / "file").write_text("2")
    assert select.select([watch], [], [], 10)[0] == [watch]
    assert watch.read() == ({(str(one), "whole"), (str(two), "file")}, False)
    with pytest.raises(FileNotFoundError, match="inotify_add_watch"):
        watch.add(str(tmp_path / "none"), IN_CREATE)
    watch.close()
