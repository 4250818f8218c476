"""What a directory becomes as a tar: deterministic, whole, and readable for others."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile

import pytest

from pycman.digest import digest_bytes
from pycman.errors import Unsupported
from pycman.linux.files import remove_tree
from pycman.spec.id_map import IdMap, IdRange
from pycman.storage.changes import list_changes
from pycman.storage.diff import write_diff_tar, write_tree_tar
from pycman.storage.unpack import PlainStyle, unpack_tar
from pycman.storage.usage import tree_size


def packed(root, write=write_tree_tar, **options):
    sink = io.BytesIO()
    digest, size = write(str(root), sink, **options)
    assert (digest, size) == (digest_bytes(sink.getvalue()), len(sink.getvalue()))
    return sink.getvalue()


def unpacked(data, into):
    into.mkdir()
    top = os.open(into, os.O_RDONLY | os.O_DIRECTORY)
    unpack_tar(io.BytesIO(data), top, style=PlainStyle(), keep_ids=False)
    os.close(top)
    return into


@pytest.fixture
def tree(tmp_path):
    root = tmp_path / "tree"
    (root / "dir" / "deep").mkdir(parents=True)
    (root / "dir" / "file").write_bytes(os.urandom(70_000))
    os.link(root / "dir" / "file", root / "hard")
    (root / "link").symlink_to("dir/file")
    os.mkfifo(root / "fifo", 0o622)
    (root / ("n" * 200)).write_text("long name")
    (root / b"caf\xe9".decode("utf-8", "surrogateescape")).write_text("no text")
    with open(root / "sparse", "wb") as file:
        file.truncate(1 << 20)
        file.seek(500_000)
        file.write(b"middle")
    os.setxattr(root / "dir" / "file", "user.binary", b"\x00\xff\n=")
    os.chmod(root / "dir" / "file", 0o4711)
    for folder, names, files in os.walk(root):
        for name in (*names, *files):
            os.utime(f"{folder}/{name}", (1_600_000_000, 1_600_000_000), follow_symlinks=False)
    return root


def test_a_tree_comes_back_as_it_was_and_packs_to_the_same_bytes(tree, tmp_path):
    data = packed(tree)
    again = unpacked(data, tmp_path / "again")
    assert packed(again) == data
    assert os.stat(again / "hard").st_ino == os.stat(again / "dir" / "file").st_ino
    assert os.getxattr(again / "dir" / "file", "user.binary") == b"\x00\xff\n="
    assert (again / "sparse").read_bytes() == (tree / "sparse").read_bytes()


def test_gnu_tar_and_python_read_what_is_written(tree, tmp_path):
    data = packed(tree)
    (tmp_path / "gnu").mkdir()
    command = [
        "tar",
        "--extract",
        "--preserve-permissions",
        "--xattrs",
        "--xattrs-include=*",
        "--directory",
        tmp_path / "gnu",
        "--file",
        "-",
    ]
    subprocess.run(command, input=data, check=True, capture_output=True)
    assert packed(tmp_path / "gnu") == data
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        assert len(archive.getnames()) == 9


@pytest.mark.parametrize("form", ["gnu", "oldgnu", "pax", "posix", "ustar"])
def test_what_gnu_tar_writes_is_unpacked_the_same(tree, tmp_path, form):
    sparse = ["--sparse"] if form != "ustar" else []
    if form == "ustar":
        os.unlink(tree / ("n" * 200))
    options = [f"--format={form}", *sparse, "--sort=name", "--create", "--directory", tree, "--file", "-"]
    if form in ("pax", "posix"):
        options.insert(0, "--xattrs")
    else:
        os.removexattr(tree / "dir" / "file", "user.binary")
    data = subprocess.run(["tar", *options, "."], check=True, capture_output=True).stdout
    assert packed(unpacked(data, tmp_path / "again")) == packed(tree)
    if sparse:
        assert os.stat(tmp_path / "again" / "sparse").st_blocks < 200


@pytest.mark.parametrize("version", ["0.0", "0.1", "1.0"])
def test_gnu_tars_sparse_formats_are_unpacked_the_same(tree, tmp_path, version):
    command = ["tar", "--format=pax", "--sparse", f"--sparse-version={version}", "-C", tree, "-cf", "-", "sparse"]
    data = subprocess.run(command, check=True, capture_output=True).stdout
    assert (unpacked(data, tmp_path / "again") / "sparse").read_bytes() == (tree / "sparse").read_bytes()


def test_ids_are_told_as_the_container_sees_them(tmp_path):
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "f").write_text("")
    mine = os.getuid()
    ranges = (IdRange(container_id=500, host_id=mine, size=1),)
    data = packed(
        tmp_path / "tree", id_map=IdMap(uids=ranges, gids=(IdRange(container_id=7, host_id=os.getgid(), size=1),))
    )
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        member = archive.getmember("f")
    assert (member.uid, member.gid, member.uname) == (500, 7, "")


def test_a_file_cut_short_while_it_is_read_leaves_a_whole_tar(tmp_path):
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "a").write_bytes(b"x" * 2_000_000)

    class Cutting(io.BytesIO):
        def write(self, data):
            os.truncate(tmp_path / "tree" / "a", 100)
            return super().write(data)

    sink = Cutting()
    write_tree_tar(str(tmp_path / "tree"), sink)
    with tarfile.open(fileobj=io.BytesIO(sink.getvalue())) as archive:
        assert archive.getmember("a").size == 2_000_000


def test_changes_are_told_against_a_stack(tmp_path):
    for path in ("low/dir/a", "low/same", "high/dir/b", "upper/dir/a", "upper/dir/c", "upper/new/x"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("")
    found = list_changes(f"{tmp_path}/upper", [f"{tmp_path}/high", f"{tmp_path}/low"])
    assert [f"{change.kind} {change.path}" for change in found] == [
        "C /dir", "C /dir/a", "A /dir/c", "A /new", "A /new/x",
    ]  # fmt: skip


@pytest.fixture
def deep(tmp_path):
    """A directory with 1,500 nested directories: pytest itself could not remove them."""
    here = os.open(tmp_path, os.O_RDONLY | os.O_DIRECTORY)
    for _ in range(1500):
        os.mkdir("d", dir_fd=here)
        below = os.open("d", os.O_RDONLY | os.O_DIRECTORY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    yield str(tmp_path)
    remove_tree(f"{tmp_path}/d")


def test_trees_too_deep_are_refused_and_never_end_the_interpreter(deep):
    for refused in (
        lambda: write_diff_tar(deep, io.BytesIO()),
        lambda: write_tree_tar(deep, io.BytesIO()),
        lambda: list_changes(deep, []),
    ):
        with pytest.raises(Unsupported) as caught:
            refused()
        assert caught.value.problem == "more than 256 nested directories"
    assert tree_size(deep) == 0
