"""Volumes as rows and directories: create, find, filter, fill, remove, and recover after a kill."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from pycman.errors import AlreadyExists, InUse, InvalidInput, NotFound, Unsupported
from pycman.linux.processes import boot_id
from pycman.volumes.catalogue import create_volume, find_volume, get_volume, list_volumes, recover_volumes
from pycman.volumes.inspect import inspect_volume
from pycman.volumes.remove import mark_anonymous, prune_volumes, remove_anonymous, remove_volume
from pycman.volumes.use import copy_up, mount_volume, own_volume, unmount_volume, use_volume
from pycman.volumes.volume import VolumeSpec
from tests.support.sessions import insert_container, open_session


@pytest.fixture
def session(tmp_path):
    with open_session(tmp_path) as opened:
        yield opened


def read(path):
    with open(path, "rb") as file:
        return file.read()


def names(session, *filters):
    return [volume.name for volume in list_volumes(session, filters)]


def test_a_volume_is_a_directory_with_mode_0755_whatever_the_umask(session):
    before = os.umask(0o077)
    try:
        create_volume(session, VolumeSpec(name="data", labels={"a": "b"}))
    finally:
        os.umask(before)
    volume = get_volume(session, "data")
    assert os.stat(volume.mountpoint).st_mode & 0o777 == 0o755
    assert volume.mountpoint.endswith("/volumes/data/_data")
    assert volume.labels == {"a": "b"}


def test_a_volume_without_a_name_gets_64_hexadecimal_digits(session):
    name = create_volume(session, VolumeSpec(anonymous=True))
    assert len(name) == 64
    assert int(name, 16) >= 0
    assert get_volume(session, name[:10]).anonymous


@pytest.mark.parametrize("name", ["../x", "a/b", "-x", ".", "..", "a b", "x" * 256])
def test_a_name_that_could_be_a_path_is_refused(session, name):
    with pytest.raises(InvalidInput):
        create_volume(session, VolumeSpec(name=name))
    assert os.listdir(session.paths.volumes) == []


def test_a_name_is_taken_once_unless_ignored(session):
    create_volume(session, VolumeSpec(name="v"))
    with pytest.raises(AlreadyExists, match="v"):
        create_volume(session, VolumeSpec(name="v"))
    assert create_volume(session, VolumeSpec(name="v"), ignore=True) == "v"


def test_other_drivers_and_wrong_options_leave_nothing_behind(session):
    with pytest.raises(Unsupported):
        create_volume(session, VolumeSpec(name="v", driver="nfs-plugin"))
    with pytest.raises(InvalidInput):
        create_volume(session, VolumeSpec(name="v", options={"what": "ever"}))
    assert find_volume(session, "v") is None
    assert os.listdir(session.paths.volumes) == []


def test_names_are_found_by_unique_prefix_only(session):
    for name in ("abc", "abd", "b"):
        create_volume(session, VolumeSpec(name=name))
    assert get_volume(session, "abc").name == "abc"
    for name in ("ab", "", "zzz"):
        with pytest.raises(NotFound):
            get_volume(session, name)
    assert find_volume(session, "ab") is None


def test_filters_of_one_key_are_alternatives_and_labels_must_all_hold(session):
    create_volume(session, VolumeSpec(name="one", labels={"x": "1", "y": "2"}))
    create_volume(session, VolumeSpec(name="two", labels={"x": "1"}, options={"type": "tmpfs"}))
    create_volume(session, VolumeSpec(anonymous=True, name="f" * 64))
    insert_container(session, "a" * 64, volumes=["one"])
    assert names(session, ("name", "one"), ("name", "two")) == ["one", "two"]
    assert names(session, ("label", "x=1"), ("label", "y")) == ["one"]
    assert names(session, ("label!", "y"), ("label", "x")) == ["two"]
    assert names(session, ("dangling", "true")) == ["f" * 64, "two"]
    assert names(session, ("dangling", "0")) == ["one"]
    assert names(session, ("name", "^t")) == ["two"]
    assert names(session, ("opt", "type=tmpfs")) == ["two"]
    assert names(session, ("since", "one"), ("anonymous", "false")) == ["two"]
    assert names(session, ("driver", "local"), ("scope", "global")) == []
    assert names(session, ("until", "1h")) == []
    for key, value in (("colour", "red"), ("dangling", "maybe"), ("name", "(")):
        with pytest.raises(InvalidInput):
            names(session, (key, value))


def test_a_volume_in_use_is_not_removed_and_the_error_names_the_container(session):
    create_volume(session, VolumeSpec(name="v"))
    insert_container(session, "a" * 64, name="web", volumes=["v"])
    with pytest.raises(InUse, match="web"):
        remove_volume(session, "v", force=True)
    assert mark_anonymous(session, ["v"]) == []
    remove_anonymous(session, "v")
    assert find_volume(session, "v") is not None


def test_a_marked_volume_goes_with_whoever_comes_next(session, monkeypatch):
    create_volume(session, VolumeSpec(name="v"))
    assert mark_anonymous(session, ["v", "never-made"]) == ["v"]
    assert find_volume(session, "v") is None
    assert list_volumes(session) == []
    assert os.listdir(session.paths.volumes) == ["v"], "its remover lives"
    monkeypatch.setattr("pycman.state.owners.is_gone", lambda _owner: True)
    assert list_volumes(session) == []
    assert os.listdir(session.paths.volumes) == []


def test_removing_takes_the_directory_and_the_row(session):
    create_volume(session, VolumeSpec(name="v"))
    path = use_volume(session, "v")
    os.mkdir(f"{path}/closed", 0)
    assert remove_volume(session, "v") == "v"
    assert os.listdir(session.paths.volumes) == []
    with pytest.raises(NotFound):
        remove_volume(session, "v")


def test_a_volume_mounted_by_the_user_is_in_use_until_unmounted(session):
    create_volume(session, VolumeSpec(name="v"))
    mount_volume(session, "v")
    mount_volume(session, "v")
    unmount_volume(session, "v")
    assert inspect_volume(session, "v")["MountCount"] == 1
    with pytest.raises(InUse, match="mounted"):
        remove_volume(session, "v")
    unmount_volume(session, "v")
    unmount_volume(session, "v")
    remove_volume(session, "v")


def test_a_mount_of_another_boot_counts_nothing(session):
    create_volume(session, VolumeSpec(name="v"))
    mount_volume(session, "v")
    session.db.change("UPDATE volumes SET boot_id = 'another'")
    assert get_volume(session, "v").mount_count == 0
    mount_volume(session, "v")
    assert get_volume(session, "v").mount_count == 1


def test_prune_removes_volumes_that_no_container_uses(session):
    create_volume(session, VolumeSpec(name="used"))
    create_volume(session, VolumeSpec(name="named"))
    anonymous = create_volume(session, VolumeSpec(anonymous=True))
    insert_container(session, "a" * 64, volumes=["used"])
    with open(use_volume(session, anonymous) + "/file", "wb") as file:
        file.write(b"x" * 1000)
    assert prune_volumes(session, all=False) == ([anonymous], 1000)
    assert prune_volumes(session) == (["named"], 0)
    assert names(session) == ["used"]


def test_copy_up_fills_an_empty_volume_once_with_owner_and_mode(session, tmp_path):
    image = tmp_path / "image"
    image.mkdir(mode=0o750)
    os.chmod(image, 0o1750)
    (image / "sub").mkdir()
    (image / "sub/file").write_text("from the image")
    os.symlink("/etc/passwd", image / "link")
    create_volume(session, VolumeSpec(name="v"))
    path = use_volume(session, "v")
    copy_up(session, "v", str(image))
    assert (image / "sub/file").read_bytes() == read(f"{path}/sub/file")
    assert os.readlink(f"{path}/link") == "/etc/passwd"
    assert os.stat(path).st_mode & 0o7777 == 0o1750
    os.unlink(f"{path}/link")
    os.unlink(f"{path}/sub/file")
    os.rmdir(f"{path}/sub")
    copy_up(session, "v", str(image))
    assert os.listdir(path) == []
    assert os.listdir(os.path.dirname(path)) == ["_data"]


def test_copy_up_does_not_change_a_volume_with_content(session, tmp_path):
    (tmp_path / "image").mkdir()
    (tmp_path / "image/file").write_text("image")
    create_volume(session, VolumeSpec(name="v"))
    path = use_volume(session, "v")
    open(f"{path}/mine", "w").close()
    copy_up(session, "v", str(tmp_path / "image"))
    assert os.listdir(path) == ["mine"]


def test_copy_up_does_not_write_where_another_running_container_could_swap_links(session, tmp_path):
    (tmp_path / "image").mkdir()
    (tmp_path / "image/file").write_text("image")
    create_volume(session, VolumeSpec(name="v"))
    insert_container(session, "a" * 64, volumes=["v"], boot_id=boot_id())
    insert_container(session, "b" * 64, volumes=["v"], boot_id=boot_id())
    path = use_volume(session, "v", "b" * 64)
    copy_up(session, "v", str(tmp_path / "image"), container_id="b" * 64)
    assert os.listdir(path) == []
    session.db.change("UPDATE containers SET boot_id = '' WHERE id = ?", ("a" * 64,))
    copy_up(session, "v", str(tmp_path / "image"), container_id="b" * 64)
    assert os.listdir(path) == ["file"]


def test_using_a_missing_volume_is_an_error(session):
    with pytest.raises(NotFound, match="volume is gone"):
        use_volume(session, "v", "a" * 64)


def test_own_volume_changes_no_target_of_a_link_and_refuses_the_system_s_directories(session, tmp_path):
    outside = tmp_path / "outside"
    outside.write_text("")
    tree = tmp_path / "tree"
    (tree / "sub").mkdir(parents=True)
    os.symlink(outside, tree / "link")
    os.symlink("/", tree / "sub/up")
    own_volume(str(tree), os.getuid(), os.getgid())
    for path in ("/", "/etc", "/usr"):
        with pytest.raises(InvalidInput):
            own_volume(path, os.getuid(), os.getgid())


_KILLED = """
import sys
from tests.support.sessions import open_session
from pycman.volumes.catalogue import VolumeSpec, create_volume
from pycman.volumes.remove import remove_volume
from pycman.volumes.use import copy_up
with open_session(sys.argv[1]) as session:
    create_volume(session, VolumeSpec(name="v"))
    copy_up(session, "v", sys.argv[1] + "/image")
    remove_volume(session, "v")
"""


def killed_at(tmp_path, point):
    (tmp_path / "image").mkdir(exist_ok=True)
    (tmp_path / "image/file").write_text("image")
    env = {**os.environ, "PYCMAN_TEST_CRASH_AT": point, "PYTHONPATH": os.getcwd()}
    finished = subprocess.run([sys.executable, "-c", _KILLED, str(tmp_path)], env=env, check=False)
    assert finished.returncode == -9


@pytest.mark.parametrize("point", ["volume-create:row", "volume-create:directory"])
def test_a_killed_creation_is_no_volume_and_the_name_is_free(session, tmp_path, point):
    killed_at(tmp_path, point)
    assert find_volume(session, "v") is None
    assert names(session) == []
    create_volume(session, VolumeSpec(name="v"))
    assert names(session) == ["v"]


@pytest.mark.parametrize("point", ["volume-remove:marked", "volume-create:row"])
def test_recovery_discards_unfinished_volumes(session, tmp_path, point):
    killed_at(tmp_path, point)
    assert len(recover_volumes(session)) == 1
    assert recover_volumes(session) == []
    assert os.listdir(session.paths.volumes) == []


@pytest.mark.parametrize("point", ["volume-copy-up:copied", "volume-copy-up:renamed"])
def test_a_killed_copy_leaves_the_volume_empty_or_complete(session, tmp_path, point):
    killed_at(tmp_path, point)
    path = get_volume(session, "v").mountpoint
    assert os.listdir(path) in ([], ["file"])
    copy_up(session, "v", str(tmp_path / "image"))
    assert os.listdir(path) == ["file"]
    assert os.listdir(os.path.dirname(path)) == ["_data"]


def test_fifty_volumes_are_listed_in_no_time(session):
    for number in range(50):
        session.db.change(
            "INSERT INTO volumes (name, state, created_at_ns) VALUES (?, 'ready', ?)", (f"v{number}", time.time_ns())
        )
    began = time.process_time()
    assert len(list_volumes(session)) == 50
    assert time.process_time() - began < 0.1
