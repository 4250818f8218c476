"""What a container sees of a directory does not depend on the umask of pycman's caller."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pycman.linux import mount_view, open_below
from pycman.linux.files import make_directory
from pycman.linux.folder import Folder


@pytest.fixture(autouse=True)
def strict_umask() -> Iterator[None]:
    before = os.umask(0o077)
    yield
    os.umask(before)


def _folder(path: str) -> None:
    with Folder(f"{path}/made") as folder:
        folder.write("inside/file", b"")


def _mount_target(path: str) -> None:
    top = os.open(path, os.O_PATH)
    try:
        os.close(mount_view.make_below(top, "made/inside", directory=True))
    finally:
        os.close(top)


MAKERS: list[Callable[[str], None]] = [
    lambda path: make_directory(f"{path}/made/inside"),
    _folder,
    lambda path: open_below.make_below(path, "made/inside"),
    _mount_target,
]


@pytest.mark.parametrize("make", MAKERS, ids=["make_directory", "folder", "subpath", "mount_target"])
def test_directories_of_containers_have_their_mode_whatever_the_umask_is(
    make: Callable[[str], None], tmp_path: Path
) -> None:
    make(str(tmp_path))
    modes = [os.stat(tmp_path / name).st_mode & 0o7777 for name in ("made", "made/inside")]
    assert modes == [0o755, 0o755]


def test_directories_of_the_caller_are_as_closed_as_the_caller_wants(tmp_path: Path) -> None:
    make_directory(str(tmp_path / "made/inside"), by_umask=True)
    assert os.stat(tmp_path / "made/inside").st_mode & 0o7777 == 0o700


def test_the_group_of_a_set_group_id_directory_goes_on(tmp_path: Path) -> None:
    tmp_path.chmod(0o2755)
    make_directory(str(tmp_path / "made"))
    assert os.stat(tmp_path / "made").st_mode & 0o7777 == 0o2755


def test_a_closed_directory_stays_closed(tmp_path: Path) -> None:
    make_directory(str(tmp_path / "made"), 0o700)
    assert os.stat(tmp_path / "made").st_mode & 0o7777 == 0o700
