"""cp with real containers, stopped and running: rules, ownership, mounts, and links that want out."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path

import pytest

from pycman.containers.files.copy import CopyOptions
from pycman.errors import Corrupt, InvalidInput, NotFound
from pycman.spec.mount import Mount
from pycman.volumes.volume import VolumeSpec
from tests.support.engines import create, run


@pytest.fixture(params=["stopped", "running"])
def container(engine, request):
    """Return a container in each of the two states."""
    made = create(engine, name="box")
    if request.param == "running":
        engine.containers.start(made)
    return made


@pytest.fixture
def source(tmp_path):
    tree = tmp_path / "tree"
    (tree / "sub").mkdir(parents=True)
    (tree / "file").write_text("hello")
    (tree / "file").chmod(0o640)
    (tree / "sub/below").write_text("below")
    os.link(tree / "file", tree / "again")
    os.symlink("/etc/passwd", tree / "link")
    os.mkfifo(tree / "pipe")
    os.utime(tree / "file", (1000000000, 1000000000))
    return tree


def back(engine, path, tmp_path):
    """Return a file of the container as bytes."""
    target = tmp_path / "back"
    engine.containers.copy_to_host("box", path, str(target))
    return target.read_bytes()


def members(archive):
    archive.seek(0)
    with tarfile.open(fileobj=archive) as opened:
        return opened.getmembers()


def test_a_tree_goes_in_and_comes_back_the_same(engine, container, source, tmp_path):
    report = engine.containers.copy_from_host(str(source), "box", "/new")
    assert (report.files, report.skipped) == (5, ())
    engine.containers.copy_to_host(container, "/new", str(tmp_path / "back"))
    found = tmp_path / "back"
    assert sorted(os.listdir(found)) == ["again", "file", "link", "pipe", "sub"]
    assert os.readlink(found / "link") == "/etc/passwd"
    status = os.stat(found / "file")
    assert (status.st_mode & 0o7777, status.st_mtime, status.st_nlink) == (0o640, 1000000000, 2)
    assert (found / "sub/below").read_text() == "below"


def test_where_a_file_lands(engine, container, source, tmp_path):
    file = str(source / "file")
    engine.containers.copy_from_host(file, "box", "/tmp")
    engine.containers.copy_from_host(file, "box", "/tmp/other")
    engine.containers.copy_from_host(str(source / "sub/below"), "box", "/tmp/other")
    engine.containers.copy_from_host(file, "box", "relative")
    assert back(engine, "/tmp/file", tmp_path) == b"hello"
    assert back(engine, "/tmp/other", tmp_path) == b"below"
    assert back(engine, "/relative", tmp_path) == b"hello"


def test_slash_dot_copies_what_is_in_it(engine, container, source, tmp_path):
    engine.containers.copy_from_host(f"{source}/.", "box", "/tmp")
    engine.containers.copy_from_host(str(source), "box", "/tmp")
    assert back(engine, "/tmp/sub/below", tmp_path) == b"below"
    assert back(engine, "/tmp/tree/sub/below", tmp_path) == b"below"
    (tmp_path / "out").mkdir()
    engine.containers.copy_to_host("box", "/data/.", str(tmp_path / "out"))
    assert sorted(os.listdir(tmp_path / "out")) == ["file", "sub"]


def test_what_cannot_be_says_why(engine, container, source, tmp_path):
    (tmp_path / "plain").write_text("")
    for host_path, path, kind in (
        ("/nosuch/file", "/tmp", NotFound),
        (str(source / "file"), "/no/such/dir", NotFound),
        (str(source / "file"), "/no/", NotFound),
        (str(source), "/etc/passwd", InvalidInput),
        (f"{source}/file/", "/tmp", InvalidInput),
        ("", "/tmp", InvalidInput),
    ):
        with pytest.raises(kind):
            engine.containers.copy_from_host(host_path, "box", path)
    for path, host_path, kind in (
        ("/nosuch", str(tmp_path), NotFound),
        ("/data", str(tmp_path / "plain"), InvalidInput),
        ("/data/file", str(tmp_path / "no/file"), NotFound),
    ):
        with pytest.raises(kind):
            engine.containers.copy_to_host("box", path, host_path)
    with pytest.raises(NotFound):
        engine.containers.copy_to_host("nobody", "/", str(tmp_path))


def test_a_file_replaces_a_directory_only_with_overwrite(engine, container, tmp_path):
    (tmp_path / "data").write_text("no directory")
    with pytest.raises(InvalidInput, match="directory"):
        engine.containers.copy_from_host(str(tmp_path / "data"), "box", "/")
    engine.containers.copy_from_host(str(tmp_path / "data"), "box", "/", CopyOptions(overwrite=True))
    assert back(engine, "/data", tmp_path) == b"no directory"


def test_ownership_is_root_s_the_user_s_or_the_source_s(engine, tmp_path):
    create(engine, name="box", user="web")
    file = tmp_path / "file"
    file.write_text("")
    os.chown(file, 4321, 1234)
    for ownership, expected in (("root", (0, 0)), ("user", (1000, 1001)), ("source", (4321, 1234))):
        engine.containers.copy_from_host(str(file), "box", f"/tmp/{ownership}", CopyOptions(ownership=ownership))
        archive = io.BytesIO()
        engine.containers.copy_out("box", f"/tmp/{ownership}", archive)
        assert [(member.uid, member.gid) for member in members(archive)] == [expected]
    engine.containers.copy_to_host("box", "/tmp/source", str(tmp_path / "mine"))
    engine.containers.copy_to_host("box", "/tmp/source", str(tmp_path / "its"), CopyOptions(ownership="source"))
    assert os.stat(tmp_path / "mine").st_uid == os.geteuid()
    assert os.stat(tmp_path / "its").st_uid == 4321
    with pytest.raises(InvalidInput):
        engine.containers.copy_to_host("box", "/tmp", str(tmp_path), CopyOptions(ownership="mine"))


def test_links_are_copied_as_links_or_followed_inside_the_container(engine, container, tmp_path):
    os.symlink("/etc/passwd", tmp_path / "link")
    engine.containers.copy_from_host(str(tmp_path / "link"), "box", "/tmp/passwd")
    engine.containers.copy_to_host("box", "/tmp/passwd", str(tmp_path / "as-link"))
    assert os.readlink(tmp_path / "as-link") == "/etc/passwd"
    engine.containers.copy_to_host("box", "/tmp/passwd", str(tmp_path / "followed"), CopyOptions(follow_links=True))
    assert (tmp_path / "followed").read_bytes().startswith(b"root:x:0:0:root:/root:/bin/sh\nweb:")
    engine.containers.copy_from_host(str(tmp_path / "link"), "box", "/tmp/real", CopyOptions(follow_links=True))
    assert back(engine, "/tmp/real", tmp_path) == Path("/etc/passwd").read_bytes()


def test_a_destination_that_is_a_link_is_resolved_inside_the_container(engine, container, source, tmp_path):
    (tmp_path / "links").mkdir()
    for name, target in (("dir", "/data"), ("out", str(tmp_path)), ("passwd", "/etc/passwd")):
        os.symlink(target, tmp_path / "links" / name)
    engine.containers.copy_from_host(f"{tmp_path}/links/.", "box", "/tmp")
    engine.containers.copy_from_host(str(source / "file"), "box", "/tmp/dir/new")
    assert back(engine, "/data/new", tmp_path) == b"hello"
    with pytest.raises(NotFound):
        engine.containers.copy_from_host(str(source / "file"), "box", "/tmp/out/new")
    engine.containers.copy_from_host(str(source / "file"), "box", "/tmp/passwd")
    assert back(engine, "/etc/passwd", tmp_path) == b"hello"
    assert Path("/etc/passwd").read_bytes() != b"hello"
    assert not (tmp_path / "new").exists()


def test_a_dangling_link_at_the_destination_stays_and_what_it_names_is_made(engine, source, tmp_path):
    run(engine, name="box")
    links = {"/tmp/abs": "/tmp/made", "/tmp/rel": "sub/../there", "/tmp/two": "abs2", "/tmp/abs2": "/../tmp/end",
             "/tmp/deep": "/no/such/dir", "/tmp/a": "b", "/tmp/b": "a", "/tmp/tree": "newtree"}  # fmt: skip
    for name, target in links.items():
        (tmp_path / "l").unlink(missing_ok=True)
        os.symlink(target, tmp_path / "l")
        engine.containers.copy_from_host(str(tmp_path / "l"), "box", name, CopyOptions())
    for name, made in (("/tmp/abs", "/tmp/made"), ("/tmp/rel", "/tmp/there"), ("/tmp/two", "/tmp/end")):
        engine.containers.copy_from_host(str(source / "file"), "box", name)
        assert back(engine, made, tmp_path) == b"hello"
    engine.containers.copy_from_host(str(source / "sub"), "box", "/tmp/tree")
    assert back(engine, "/tmp/newtree/below", tmp_path) == b"below"
    with pytest.raises(NotFound, match="/no/such"):
        engine.containers.copy_from_host(str(source / "file"), "box", "/tmp/deep")
    with pytest.raises(InvalidInput, match="too many levels"):
        engine.containers.copy_from_host(str(source / "file"), "box", "/tmp/a")
    os.symlink("outside", tmp_path / "out")
    engine.containers.copy_to_host("box", "/data/file", str(tmp_path / "out"))
    assert (tmp_path / "out").is_symlink()
    assert (tmp_path / "outside").read_bytes() == b"from the image\n"


def test_binds_and_volumes_are_seen_as_the_container_sees_them(engine, source, tmp_path):
    engine.volumes.create(VolumeSpec(name="v"))
    mounts = (
        Mount(kind="volume", source="v", target="/data"),
        Mount(kind="bind", source=str(source), target="/bound", read_only=True),
    )
    create(engine, name="box", mounts=mounts)
    for state in ("stopped", "running"):
        engine.containers.copy_from_host(str(source / "file"), "box", f"/data/{state}")
        assert back(engine, "/bound/sub/below", tmp_path) == b"below"
        with pytest.raises(InvalidInput, match="read-only"):
            engine.containers.copy_from_host(str(source / "file"), "box", "/bound/new")
        if state == "stopped":
            engine.containers.start("box")
    assert sorted(os.listdir(engine.volumes.get("v").mountpoint)) == ["file", "running", "stopped", "sub"]
    assert sorted(os.listdir(source)) == ["again", "file", "link", "pipe", "sub"]


def test_a_tar_stream_goes_out_and_into_another_container(engine, container):
    run(engine, name="other")
    archive = io.BytesIO()
    report = engine.containers.copy_out("box", "/data", archive)
    assert report.files == 2
    assert [member.name for member in members(archive)] == ["data", "data/file", "data/sub", "data/sub/deep"]
    archive.seek(0)
    engine.containers.copy_in("other", "/tmp", archive)
    engine.containers.copy_between("other", "/tmp/data/sub", "box", "/tmp/between")
    out = io.BytesIO()
    engine.containers.copy_out("box", "/tmp/between/.", out)
    assert [member.name for member in members(out)] == [".", "./deep"]


def test_a_tar_stream_needs_a_directory_and_must_be_whole(engine, container):
    archive = io.BytesIO()
    engine.containers.copy_out("box", "/bin/busybox", archive)
    for path, kind in (("/etc/passwd", InvalidInput), ("/nosuch", NotFound)):
        archive.seek(0)
        with pytest.raises(kind):
            engine.containers.copy_in("box", path, archive)
    with pytest.raises(Corrupt):
        engine.containers.copy_in("box", "/tmp", io.BytesIO(archive.getvalue()[:100_000]))


def test_a_container_that_swaps_links_never_gets_or_gives_a_file_of_the_host(engine, source, tmp_path):
    (tmp_path / "victim").mkdir()
    (tmp_path / "victim/secret").write_text("host")
    swap = f"while :; do mkdir /tmp/d; rm -rf /tmp/d; ln -s {tmp_path}/victim /tmp/d; rm /tmp/d; done 2>/dev/null"
    run(engine, "sh", "-c", swap, name="box")
    for _ in range(100):
        for verb in (
            lambda: engine.containers.copy_from_host(f"{source}/.", "box", "/tmp/d"),
            lambda: engine.containers.copy_to_host("box", "/tmp/d/secret", str(tmp_path / "stolen")),
        ):
            try:
                verb()
            except (NotFound, InvalidInput):
                continue
    assert os.listdir(tmp_path / "victim") == ["secret"]
    assert not (tmp_path / "stolen").exists()
