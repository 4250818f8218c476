"""Why a container's user may not use a mount, and the one flag that fixes it."""

from __future__ import annotations

import stat

import pytest

from pycman.containers.diagnose.mount_ownership import MountSource, Viewer, explain, may_use
from pycman.containers.users import UserIds
from pycman.spec.id_map import IdMap, IdRange

DIRECTORY = stat.S_IFDIR


def ranges(*parts):
    return tuple(IdRange(container_id=inside, host_id=outside, size=size) for inside, outside, size in parts)


def both(*parts):
    return IdMap(uids=ranges(*parts), gids=ranges(*parts))


BASE = both((0, 1000, 1), (1, 100000, 65536))
"""What a rootless user with uid 1000 has."""


def source(uid, gid=None, mode=0o755, **more):
    gid = uid if gid is None else gid
    return MountSource(target="/data", path="/home/me/data", uid=uid, gid=gid, mode=DIRECTORY | mode, **more)


def rootless(uid, gid=None, id_map=None):
    user = UserIds(uid=uid, gid=uid if gid is None else gid)
    return Viewer(user=user, id_map=id_map or IdMap(), base=BASE, rootless=True, host_uid=1000, host_gid=1000)


def test_a_rootless_container_s_root_owns_what_the_user_owns():
    assert explain(source(0), rootless(0)) is None


def test_a_rootless_user_inside_gets_keep_id_with_its_own_numbers():
    finding = explain(source(0), rootless(999, 998))
    assert finding.reference == "mount-ownership"
    assert "you (uid 1000 on the host), which is uid 0 in the container" in finding.text
    assert "uid 999 may not write to /data" in finding.text
    assert finding.fix == "add --userns=keep-id:uid=999,gid=998"


def test_the_same_numbers_inside_and_outside_need_only_keep_id():
    assert explain(source(0), rootless(1000, 1000)).fix == "add --userns=keep-id"


def test_with_keep_id_nothing_is_wrong():
    kept = both((0, 1, 1000), (1000, 0, 1), (1001, 1001, 64536))
    assert explain(source(0), rootless(1000, 1000, kept)) is None


def test_an_unmapped_owner_can_only_be_changed_on_the_host():
    viewer = rootless(0)
    viewer = viewer.replace(base=both((0, 1000, 1), (1, 100000, 1000)))
    assert explain(source(65534), viewer).text == explain(source(-1), viewer).text
    finding = explain(source(-1), viewer)
    assert "an owner outside of your subordinate ids, which has no id in the container" in finding.text
    assert finding.fix == "take ownership of it on the host: sudo chown -R 1000:1000 /home/me/data"


def test_a_subordinate_owner_is_fixed_by_u():
    finding = explain(source(33), rootless(999))
    assert "uid 100032 on the host, which is uid 33 in the container" in finding.text
    assert finding.fix.endswith("-v /home/me/data:/data:U")


def test_a_volume_is_fixed_by_u_and_named_by_its_name():
    volume = source(0, is_volume=True).replace(path="/root/volumes/db/_data")
    assert explain(volume, rootless(999)).fix.endswith("-v db:/data:U")


def test_as_root_without_a_namespace_numbers_are_the_host_s():
    viewer = Viewer(user=UserIds(uid=999, gid=999, name="postgres"))
    finding = explain(source(1000), viewer)
    assert "postgres (uid 999)" in finding.text
    assert "uid 1000 on the host, which is uid 1000 in the container" in finding.text
    assert finding.fix.endswith(":U")


def test_as_root_with_a_namespace_idmap_keeps_the_files_owner():
    viewer = Viewer(user=UserIds(uid=1000, gid=1000), id_map=both((0, 500000, 65536)))
    finding = explain(source(1000), viewer)
    assert "uid 1000 on the host, which has no id in the container" in finding.text
    assert finding.fix == "add the option idmap: -v /home/me/data:/data:idmap"
    assert explain(source(4), viewer).fix.endswith(":U")


@pytest.mark.parametrize(
    ("mode", "gid", "needed", "may"),
    [
        (0o755, 0, 5, True),
        (0o755, 0, 7, False),
        (0o777, 0, 7, True),
        (0o770, 50, 7, True),
        (0o770, 60, 7, True),
        (0o770, 70, 7, False),
        (0o707, 50, 7, False),
    ],
)
def test_group_and_others_count_as_the_kernel_counts_them(mode, gid, needed, may):
    viewer = Viewer(user=UserIds(uid=9, gid=50, extra_gids=(60,)))
    assert may_use(source(1, gid, mode), viewer, needed) is may


def test_root_without_its_capability_is_an_ordinary_user():
    viewer = Viewer(user=UserIds(uid=0, gid=0), overrides=False)
    assert explain(source(5, mode=0o700), viewer) is not None
    assert explain(source(5, mode=0o700), viewer.replace(overrides=True)) is None


def test_a_read_only_mount_needs_no_write_permission_and_a_file_only_read():
    assert explain(source(0, read_only=True), rootless(999)) is None
    assert explain(source(0).replace(mode=stat.S_IFREG | 0o644), rootless(999)) is None
    assert "may not read" in explain(source(0).replace(mode=stat.S_IFREG | 0o600), rootless(999)).text


def test_a_directory_without_write_permission_for_its_owner_needs_chmod():
    assert (
        explain(source(0, mode=0o555), rootless(999)).fix == "give yourself write permission: chmod u+w /home/me/data"
    )
