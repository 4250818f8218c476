"""Copying, reading and removing trees while a container swaps names under our hands: nothing outside is read or changed."""

from __future__ import annotations

import io
import os
import stat
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from pycman.containers.files.copy import _Side
from pycman.containers.files.copy_archive import ArchiveCopy
from pycman.containers.files.copy_entries import TreeCopy
from pycman.errors import PycmanError
from pycman.linux.attributes import open_regular
from pycman.linux.files import remove_tree
from pycman.linux.open_below import read_below
from pycman.spec.id_map import IdMap
from pycman.storage.changes import list_changes
from pycman.storage.copy_tree import copy_tree
from pycman.storage.diff import write_tree_tar
from pycman.storage.unpack import PlainStyle, unpack_tar
from pycman.volumes.use import own_volume

_REPLACE = """
import os, sys
folder, target = sys.argv[1:]
os.chdir(folder)
print("ready", flush=True)
while True:
    try:
        for name in os.listdir("."):
            try:
                if not os.path.islink(name):
                    os.unlink(name)
                    os.symlink(target, name)
            except OSError:
                pass
    except OSError:
        pass
"""
"""What a container does: whatever appears in a directory becomes a link to a file of the host."""
_EXCHANGE = """
import ctypes, os, sys
one, other = (os.fsencode(path) for path in sys.argv[1:])
exchange = ctypes.CDLL(None).renameat2
print("ready", flush=True)
while True:
    exchange(-100, one, -100, other, 2)
"""
"""What a container does: a directory or file and a link change places, at once and all the time."""


class Container:
    """A process that swaps names until it is ended."""

    def __init__(self, program: str, *words: str) -> None:
        self._child = subprocess.Popen([sys.executable, "-I", "-c", program, *words], stdout=subprocess.PIPE)
        assert self._child.stdout is not None
        self._child.stdout.readline()

    def __enter__(self) -> Container:
        return self

    def __exit__(self, *_error: object) -> None:
        self._child.kill()
        self._child.communicate()


@pytest.fixture
def host(tmp_path):
    """A file and a directory of the host that must stay as they are, with the place for a container's tree beside them."""
    secret = tmp_path / "host"
    secret.mkdir(mode=0o700)
    (secret / "file").write_text("of the host")
    (secret / "file").chmod(0o600)
    (tmp_path / "root").mkdir()
    before = [_status(path) for path in (secret, secret / "file")]
    yield secret
    assert [_status(path) for path in (secret, secret / "file")] == before
    assert os.listdir(secret) == ["file"]
    assert (secret / "file").read_text() == "of the host"


def _status(path: Path) -> tuple[object, ...]:
    found = path.lstat()
    return found.st_mode, found.st_uid, found.st_gid, found.st_mtime_ns, os.listxattr(path)


def _nodes(folder: Path, count: int) -> None:
    folder.mkdir()
    for number in range(count):
        os.mkfifo(folder / f"fifo{number}")
        os.chmod(folder / f"fifo{number}", 0o4777)
        os.utime(folder / f"fifo{number}", (1, 1))


def test_cp_of_fifos_never_changes_what_a_link_in_their_place_leads_to(host, tmp_path):
    _nodes(tmp_path / "source", 300)
    replaced = 0
    with Container(_REPLACE, str(tmp_path / "root"), str(host / "file")):
        for _ in range(20):
            target = os.open(tmp_path / "root", os.O_RDONLY | os.O_DIRECTORY)
            source = os.open(tmp_path / "source", os.O_RDONLY | os.O_DIRECTORY)
            for name in sorted(os.listdir(source)):
                try:
                    TreeCopy(target, owner=lambda _: (7, 7), overwrite=True, nodes=True).entry(source, name, name)
                except PycmanError:
                    replaced += 1
            os.close(target)
            os.close(source)
    assert replaced


def test_a_tar_of_fifos_never_changes_what_a_link_in_their_place_leads_to(host, tmp_path):
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for number in range(300):
            member = tarfile.TarInfo(f"fifo{number}")
            member.type, member.mode, member.uid, member.mtime = tarfile.FIFOTYPE, 0o4777, 7, 1
            archive.addfile(member)
    replaced = 0
    with Container(_REPLACE, str(tmp_path / "root"), str(host / "file")):
        for _ in range(60):
            top = os.open(tmp_path / "root", os.O_RDONLY | os.O_DIRECTORY)
            try:
                unpack_tar(io.BytesIO(made.getvalue()), top, style=PlainStyle())
            except PycmanError:
                replaced += 1
            os.close(top)
    assert replaced


def _tree(tmp_path: Path, host: Path) -> tuple[Path, Path]:
    """Make root/d with a file, and root/link to the host's directory, which will change places."""
    (tmp_path / "root/d").mkdir()
    (tmp_path / "root/d/file").write_text("of the container")
    os.symlink(host, tmp_path / "root/link")
    return tmp_path / "root/d", tmp_path / "root/link"


def _until_both_were_seen(attack, seen: set[str], most: int = 4000) -> None:
    """Repeat an attack until the container has had its chances: it was seen before and after a change of places."""
    for number in range(most):
        attack()
        if number > 400 and len(seen) > 1:
            return


def test_trees_that_are_copied_while_a_directory_becomes_a_link_hold_nothing_of_the_host(host, tmp_path):
    one, other = _tree(tmp_path, host)
    seen: set[str] = set()

    def attack() -> None:
        remove_tree(str(tmp_path / "copy"))
        try:
            copy_tree(str(tmp_path / "root"), str(tmp_path / "copy"))
        except OSError:
            seen.add("refused")
            return
        for name in ("d", "link"):
            path = tmp_path / "copy" / name
            if path.is_dir() and not path.is_symlink():
                seen.add(name)
                assert (path / "file").read_text() == "of the container"

    with Container(_EXCHANGE, str(one), str(other)):
        _until_both_were_seen(attack, seen)


def test_trees_that_are_copied_into_while_a_directory_becomes_a_link_change_nothing_of_the_host(host, tmp_path):
    one, other = _tree(tmp_path, host)
    (tmp_path / "source/d").mkdir(parents=True)
    (tmp_path / "source/d/file").write_text("evil")
    (tmp_path / "source/d/more").write_text("evil")
    seen: set[str] = set()

    def attack() -> None:
        try:
            copy_tree(str(tmp_path / "source"), str(tmp_path / "root"))
            seen.add("copied")
        except OSError:
            seen.add("refused")
        if not one.exists() or not other.exists():
            remove_tree(str(one))
            remove_tree(str(other))
            one.mkdir()
            os.symlink(host, other)

    with Container(_EXCHANGE, str(one), str(other)):
        _until_both_were_seen(attack, seen)


def test_a_listing_of_changes_shows_no_name_of_the_host(host, tmp_path):
    one, other = _tree(tmp_path, host)
    (one / "file").rename(one / "own")
    seen: set[str] = set()

    def attack() -> None:
        paths = {change.path for change in list_changes(str(tmp_path / "root"), [])}
        seen.update(paths)
        assert not {"/d/file", "/link/file"} & paths

    with Container(_EXCHANGE, str(one), str(other)):
        _until_both_were_seen(attack, seen)


@pytest.mark.parametrize("writer", ["diff", "cp"])
def test_an_archive_of_a_changing_tree_holds_no_file_or_device_of_the_host(host, tmp_path, writer):
    """The file becomes a node of the host's disk or memory for a moment: it is not even opened."""
    (tmp_path / "root/file").write_text("of the container")
    os.mknod(tmp_path / "root/node", stat.S_IFCHR | 0o600, os.makedev(1, 5))  # /dev/zero

    def attack() -> None:
        made = io.BytesIO()
        top = os.open(tmp_path / "root", os.O_RDONLY | os.O_DIRECTORY)
        try:
            if writer == "diff":
                write_tree_tar(str(tmp_path / "root"), made)
            else:
                copy = ArchiveCopy(made, IdMap())
                copy.contents(top, "x")
                copy.close()
        except OSError:
            return
        finally:
            os.close(top)
        with tarfile.open(fileobj=io.BytesIO(made.getvalue())) as archive:
            for member in archive:
                if member.isreg() and member.size:
                    assert archive.extractfile(member).read() == b"of the container"

    with Container(_EXCHANGE, str(tmp_path / "root/file"), str(tmp_path / "root/node")):
        for _ in range(1500):
            attack()


def test_removing_a_tree_opens_up_directories_and_never_what_a_link_in_their_place_leads_to(
    host, tmp_path, monkeypatch
):
    """Only an ordinary user meets EACCES; the place where the mode is changed is the same."""
    (tmp_path / "root/d").mkdir(mode=0)
    os.symlink(host, tmp_path / "root/link")
    with Container(_EXCHANGE, str(tmp_path / "root/d"), str(tmp_path / "root/link")):
        for _ in range(300):
            child = os.fork()
            if child == 0:
                os._exit(_remove_as_user(tmp_path / "root"))
            os.waitpid(child, 0)


def _remove_as_user(root: Path) -> int:
    """Open up root/d as `remove_tree` does, with root's rights over modes but not over directories (capabilities(7))."""
    import ctypes

    from pycman.linux.files import remove_below

    overrides = (1, 2)  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    data = (ctypes.c_uint32 * 6)()
    libc.capget(header, data)
    for number in overrides:
        data[0] &= ~(1 << number)
    libc.capset(header, data)
    top = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    (root / "d").is_symlink()
    try:
        remove_below(top, "d")
    except OSError:
        return 1
    return 0


def test_a_volume_given_to_an_owner_changes_nothing_that_a_link_in_it_leads_to(host, tmp_path):
    one, other = _tree(tmp_path, host)
    with Container(_EXCHANGE, str(one), str(other)):
        for number in range(1500):
            own_volume(str(tmp_path / "root"), 1000 + number % 2, 7)


@pytest.mark.parametrize("copy", ["copy", "archive"])
def test_directories_without_end_are_refused_in_one_line(host, tmp_path, copy):
    del host
    here = os.open(tmp_path / "root", os.O_RDONLY | os.O_DIRECTORY)
    for _ in range(400):
        os.mkdir("d", dir_fd=here)
        below = os.open("d", os.O_RDONLY | os.O_DIRECTORY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    (tmp_path / "target").mkdir()
    source = os.open(tmp_path / "root", os.O_RDONLY | os.O_DIRECTORY)
    target = os.open(tmp_path / "target", os.O_RDONLY | os.O_DIRECTORY)
    try:
        with pytest.raises(PycmanError, match="more than 256 nested directories"):
            if copy == "copy":
                TreeCopy(target, owner=lambda _: (0, 0), overwrite=True, nodes=True).contents(source)
            else:
                ArchiveCopy(io.BytesIO(), IdMap()).contents(source, "x")
    finally:
        os.close(source)
        os.close(target)
        remove_tree(str(tmp_path / "root"))
        remove_tree(str(tmp_path / "target"))


@pytest.mark.parametrize("opened", ["cp", "read", "regular"])
def test_a_device_in_place_of_a_file_is_not_even_opened(tmp_path, opened):
    """Opening alone does something with some devices. This one cannot be opened at all, which would be told as ENXIO."""
    os.mknod(tmp_path / "device", stat.S_IFCHR | 0o666, os.makedev(4095, 7))
    os.symlink("device", tmp_path / "link")
    with pytest.raises(OSError, match="No such device"):
        os.open(tmp_path / "device", os.O_RDONLY)
    if opened == "read":
        assert read_below(str(tmp_path), "link") is None
        return
    with pytest.raises(OSError, match="not a regular file"):
        if opened == "cp":
            top = os.open(tmp_path, os.O_PATH | os.O_DIRECTORY)
            try:
                _Side(top, 0).open_regular("link", os.O_WRONLY)
            finally:
                os.close(top)
        else:
            open_regular(str(tmp_path / "device"))
