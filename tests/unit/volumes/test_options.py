"""type, device and o of volume create -o."""

from __future__ import annotations

import pytest

from pycman.errors import InvalidInput
from pycman.volumes.options import LocalMount, parse_local_options


def test_no_options_is_a_plain_directory():
    assert parse_local_options({}).mount is None


def test_a_bind_keeps_mount_options_and_not_the_engines():
    found = parse_local_options({"type": "none", "o": "bind,ro,uid=5,nocopy", "device": "/data"})
    assert found.mount == LocalMount(kind="bind", device="/data", options=("bind", "ro"))
    assert (found.uid, found.gid, found.copy) == (5, -1, False)


def test_a_tmpfs_gets_size_and_ids_as_mount_data():
    found = parse_local_options({"type": "tmpfs", "device": "tmpfs", "o": "size=1m,uid=7,gid=8,noexec"})
    assert found.mount == LocalMount(kind="tmpfs", device="tmpfs", options=("size=1m", "uid=7", "gid=8", "noexec"))
    assert (found.uid, found.gid) == (7, 8)


def test_a_tmpfs_needs_no_device():
    assert parse_local_options({"type": "tmpfs", "size": "2m"}).mount == LocalMount(
        kind="tmpfs", device="tmpfs", options=("size=2m",)
    )


def test_other_types_keep_their_options():
    found = parse_local_options({"type": "nfs", "device": ":/export", "o": "addr=10.0.0.1,vers=4"})
    assert found.mount == LocalMount(kind="nfs", device=":/export", options=("addr=10.0.0.1", "vers=4"))


@pytest.mark.parametrize(
    "options",
    [
        {"typo": "tmpfs"},
        {"type": "nfs"},
        {"device": "/dev/sda1"},
        {"o": "bind"},
        {"o": "bind", "device": "relative"},
        {"o": "uid=me"},
        {"gid": "-1"},
    ],
)
def test_impossible_options_are_refused(options):
    with pytest.raises(InvalidInput):
        parse_local_options(options)
