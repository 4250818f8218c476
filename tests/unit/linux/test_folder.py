"""A folder writes below itself and nowhere else, whatever the names are and whatever a container put there."""

from __future__ import annotations

import ctypes
import os
import stat
import threading

import pytest

from pycman.errors import InvalidInput
from pycman.linux.folder import Folder

LEADING_OUT = ("../out", "a/../../out", "/out", "..", ".", "", "a//b", "a/.", "nul\0", "x" * 300, "a/" * 3000 + "b")


def exchange(one, other) -> None:
    """Let two names change places at once (renameat2(2), RENAME_EXCHANGE)."""
    here, names = -100, [os.fsencode(path) for path in (one, other)]
    assert ctypes.CDLL(None).renameat2(here, names[0], here, names[1], 2) == 0


@pytest.fixture
def place(tmp_path):
    """Give an empty directory, with a directory beside it that holds one file."""
    (tmp_path / "in").mkdir()
    (tmp_path / "beside").mkdir()
    (tmp_path / "beside/file").write_text("kept")
    yield tmp_path
    assert (tmp_path / "beside/file").read_text() == "kept"
    assert os.listdir(tmp_path / "beside") == ["file"]


def test_files_have_content_mode_and_owner_and_replace_others(place):
    with Folder(str(place / "in")) as folder:
        assert folder.write("a/b", "one", mode=0o640, owner=(5, 6)) == f"{place}/in/a/b"
        folder.write("a/b", b"two", mode=0o4755, owner=(7, -1), sync=True)
        assert folder.read("a/b") == b"two"
        assert folder.names() == ["a"]
        assert folder.names("a") == ["b"]
    found = os.stat(place / "in/a/b")
    assert (stat.S_IMODE(found.st_mode), found.st_uid, found.st_gid) == (0o4755, 7, 0)


@pytest.mark.parametrize("path", LEADING_OUT, ids=lambda path: repr(path)[:20])
def test_no_name_leads_out(place, path):
    with Folder(str(place / "in")) as folder:
        for change in (
            lambda: folder.write(path, b"x"),
            lambda: folder.make_directory(path),
            lambda: folder.link(path, "x"),
            lambda: folder.remove(path),
            lambda: folder.rewrite(path, b"x"),
        ):
            with pytest.raises(InvalidInput):
                change()
    assert os.listdir(place / "in") == []


@pytest.mark.parametrize("link", ["../beside", "/proc/self/cwd", "/"])
def test_no_link_on_the_way_is_followed(place, link):
    os.symlink(link, place / "in/link")
    with Folder(str(place / "in")) as folder:
        for change in (
            lambda: folder.write("link/file", b"x"),
            lambda: folder.make_directory("link/new"),
            lambda: folder.link("link/file", "x"),
            lambda: folder.remove("link/file"),
            lambda: folder.rewrite("link/file", b"x"),
        ):
            with pytest.raises(InvalidInput):
                change()
        assert folder.read("link/file") is None
        assert folder.names("link") == []


def test_a_link_in_place_of_the_file_is_replaced_and_never_written_through(place):
    os.symlink("../beside/file", place / "in/file")
    with Folder(str(place / "in")) as folder:
        with pytest.raises(InvalidInput):
            folder.rewrite("file", b"x")
        assert folder.read("file") is None
        folder.write("file", b"x", mode=0o777)
    assert not (place / "in/file").is_symlink()


def test_a_fifo_is_neither_waited_for_nor_read(place):
    os.mkfifo(place / "in/fifo")
    with Folder(str(place / "in")) as folder:
        assert folder.read("fifo") is None
        with pytest.raises(OSError, match="not a regular file"):
            folder.open("fifo", os.O_WRONLY)


def test_a_folder_that_is_a_link_is_refused(place):
    os.symlink("beside", place / "link")
    with pytest.raises(InvalidInput):
        Folder(str(place / "link"))


def test_a_directory_that_is_swapped_for_a_link_while_files_are_written_leads_nowhere(place):
    """The container swaps, we write: each write lands in the folder or is refused."""
    ends = threading.Event()
    (place / "in/d").mkdir()
    os.symlink("../beside", place / "in/link")

    def swap() -> None:
        while not ends.is_set():
            exchange(place / "in/d", place / "in/link")

    other = threading.Thread(target=swap)
    other.start()
    written = refused = 0
    try:
        with Folder(str(place / "in")) as folder:
            for _ in range(3000):
                try:
                    folder.write("d/file", b"evil")
                    written += 1
                except InvalidInput:
                    refused += 1
    finally:
        ends.set()
        other.join()
    assert written
    assert refused
    assert (place / "beside/file").read_text() == "kept"
