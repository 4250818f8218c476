"""What is mounted below a directory that is removed is somebody else's, and stays as it is."""

from __future__ import annotations

import os

import pytest

from pycman.linux.files import remove_tree
from pycman.linux.mounts import bind, unmount


@pytest.fixture
def mounted(tmp_path):
    """Give a tree with the directory "precious" bound somewhere in it."""
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").write_text("kept")
    target = tmp_path / "tree/deep/mount"
    target.mkdir(parents=True)
    (tmp_path / "tree/other").mkdir()
    bind(str(precious), str(target))
    yield tmp_path
    unmount(str(target))


def test_a_tree_with_a_mount_below_is_refused_and_the_mount_untouched(mounted):
    with pytest.raises(OSError, match="mounted"):
        remove_tree(str(mounted / "tree"))
    assert (mounted / "precious/file").read_text() == "kept"


def test_a_mount_point_itself_is_refused(mounted):
    with pytest.raises(OSError, match="mounted"):
        remove_tree(str(mounted / "tree/deep/mount"))
    assert os.listdir(mounted / "precious") == ["file"]
