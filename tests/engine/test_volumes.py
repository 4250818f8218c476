"""Volumes in real containers: content, ownership, devices, subpaths, and users."""

from __future__ import annotations

import contextlib
import io
import os
import tarfile

import pytest

from pycman.errors import InUse, InvalidInput, NotFound, PycmanError
from pycman.linux.mounts import is_mounted
from pycman.spec.mount import Mount
from pycman.volumes.volume import VolumeSpec
from tests.support.engines import create, finish, run


def volume(source, target="/data", **more):
    return Mount(kind="volume", source=source, target=target, **more)


def test_a_new_volume_gets_the_image_s_files_owner_and_mode(engine):
    finish(engine, "sh", "-c", "test -f /data/sub/deep && echo mine > /data/mine", mounts=(volume("v"),))
    path = engine.volumes.get("v").mountpoint
    found = os.stat(path)
    assert sorted(os.listdir(path)) == ["file", "mine", "sub"]
    assert (found.st_uid, found.st_gid, found.st_mode & 0o7777) == (1000, 1001, 0o750)
    finish(engine, "sh", "-c", "test -f /data/mine", mounts=(volume("v"),))


def test_a_new_volume_of_a_container_that_is_only_created_is_filled(engine):
    container = create(engine, mounts=(volume("v"),))
    create(engine, mounts=(volume("w", options=("nocopy",)),))
    path = engine.volumes.get("v").mountpoint
    assert sorted(os.listdir(path)) == ["file", "sub"]
    assert os.listdir(engine.volumes.get("w").mountpoint) == []
    assert not is_mounted(engine.session.paths.merged(container))
    os.unlink(f"{path}/file")
    create(engine, mounts=(volume("v"),))
    assert os.listdir(path) == ["sub"]


def test_nocopy_leaves_it_empty(engine):
    finish(engine, "true", mounts=(volume("v", options=("nocopy",)),))
    assert os.listdir(engine.volumes.get("v").mountpoint) == []


def test_a_volume_without_files_in_the_image_is_owned_by_the_containers_user(engine):
    finish(engine, "touch", "/new/file", user="web", mounts=(volume("v", "/new"),))
    found = os.stat(engine.volumes.get("v").mountpoint)
    assert (found.st_uid, found.st_gid) == (1000, 1001)


def test_the_option_u_gives_all_of_it_to_the_container_s_user(engine):
    engine.volumes.create(VolumeSpec(name="v"))
    path = engine.volumes.get("v").mountpoint
    os.makedirs(f"{path}/a/b")
    os.symlink("/etc/shadow", f"{path}/a/link")
    before = os.stat("/etc/shadow")
    finish(engine, "touch", "/data/a/b/file", user="web", mounts=(volume("v", options=("U",)),))
    assert {os.lstat(f"{path}/{name}").st_uid for name in ("", "a", "a/b", "a/link", "a/b/file")} == {1000}
    assert os.stat("/etc/shadow") == before


def test_a_tmpfs_volume_is_mounted_while_a_container_uses_it(engine):
    engine.volumes.create(VolumeSpec(name="v", options={"type": "tmpfs", "device": "tmpfs", "o": "size=1m,uid=7"}))
    path = engine.volumes.get("v").mountpoint
    one = run(engine, mounts=(volume("v", "/new"),))
    two = run(engine, mounts=(volume("v", "/new"),))
    assert is_mounted(path)
    assert os.stat(path).st_uid == 7
    assert os.statvfs(path).f_blocks * os.statvfs(path).f_frsize == 1 << 20
    assert engine.volumes.inspect("v")["MountCount"] == 2
    engine.containers.stop(one, timeout_s=0)
    assert is_mounted(path)
    engine.containers.stop(two, timeout_s=0)
    assert not is_mounted(path)


def test_a_bind_volume_shows_the_directory_and_is_unmounted_after_use(engine, tmp_path):
    (tmp_path / "file").write_text("host")
    options = {"type": "none", "o": "bind,ro", "device": str(tmp_path)}
    engine.volumes.create(VolumeSpec(name="v", options=options))
    finish(engine, "sh", "-c", "test -f /data/file && ! touch /data/new", mounts=(volume("v"),))
    engine.volumes.remove("v", force=True)
    assert (tmp_path / "file").read_text() == "host"


def test_a_device_that_is_missing_stops_the_start_and_leaves_nothing(engine, tmp_path):
    engine.volumes.create(VolumeSpec(name="v", options={"o": "bind", "device": str(tmp_path / "gone")}))
    with pytest.raises(NotFound, match="gone"):
        run(engine, mounts=(volume("v"),))
    assert not is_mounted(engine.volumes.get("v").mountpoint)


def test_a_subpath_is_opened_inside_the_volume(engine, tmp_path):
    (tmp_path / "secret").write_text("host")
    engine.volumes.create(VolumeSpec(name="v"))
    path = engine.volumes.get("v").mountpoint
    os.mkdir(f"{path}/part")
    os.symlink(str(tmp_path), f"{path}/out")
    os.symlink("/part", f"{path}/in")
    finish(engine, "touch", "/data/here", mounts=(volume("v", subpath="in"),))
    assert os.listdir(f"{path}/part") == ["here"]
    for subpath in ("out", "missing"):
        with pytest.raises(NotFound):
            run(engine, mounts=(volume("v", subpath=subpath),))
    inside = "test ! -e /data/layers && test -d /data/part"
    finish(engine, "sh", "-c", inside, mounts=(volume("v", subpath="../../.."),))


def test_a_volume_of_a_stopped_container_is_in_use_and_force_takes_both(engine):
    container = create(engine, name="user", mounts=(volume("v"),))
    with pytest.raises(InUse, match="user"):
        engine.volumes.remove("v")
    assert engine.volumes.remove("v", force=True) == "v"
    assert engine.containers.find(container) is None


def test_anonymous_volumes_are_removed_by_rm_v_only(engine):
    for volumes, left in ((False, 1), (True, 0)):
        container = create(engine, mounts=(volume(""),))
        engine.containers.remove(container, volumes=volumes)
        assert len(engine.volumes.list()) == left
        assert engine.volumes.prune(all=False)[0] == [] if not left else engine.volumes.prune(all=False)[1] >= 0
    assert engine.volumes.list() == []


def test_export_and_import_carry_owners_and_links(engine):
    finish(engine, "true", mounts=(volume("v"),))
    archive = io.BytesIO()
    engine.volumes.export("v", archive)
    engine.volumes.create(VolumeSpec(name="w"))
    archive.seek(0)
    engine.volumes.import_tar("w", archive)
    path = engine.volumes.get("w").mountpoint
    assert sorted(os.listdir(path)) == ["file", "sub"]


def test_an_imported_tar_never_writes_outside(engine, tmp_path):
    (tmp_path / "victim").mkdir()
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        link = tarfile.TarInfo("out")
        link.type, link.linkname = tarfile.SYMTYPE, str(tmp_path / "victim")
        tar.addfile(link)
        member = tarfile.TarInfo("out/file")
        member.size = 1
        tar.addfile(member, io.BytesIO(b"x"))
    archive.seek(0)
    engine.volumes.create(VolumeSpec(name="v"))
    with contextlib.suppress(PycmanError):  # an error is as good as a file inside
        engine.volumes.import_tar("v", archive)
    assert os.listdir(tmp_path / "victim") == []


def test_volumes_from_shares_what_the_other_has(engine):
    run(engine, "sh", "-c", "echo shared > /data/new; sleep 1000", name="giver", mounts=(volume("v"),))
    finish(engine, "sh", "-c", "until test -f /data/new; do :; done", volumes_from=("giver:ro",))


def test_a_wrong_type_is_refused_before_anything_is_made(engine):
    with pytest.raises(InvalidInput):
        engine.volumes.create(VolumeSpec(name="v", options={"type": "ext4"}))
    assert engine.volumes.list() == []
