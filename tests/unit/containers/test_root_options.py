"""What / of a container is mounted with, as the kernel says."""

from __future__ import annotations

from pycman.containers.start.root_options import root_options

INFO = """1 0 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
205 139 0:67 / / rw,nosuid,nodev,relatime - overlay overlay rw,lowerdir=/nosuid,/
206 205 0:68 / /proc rw,noexec - proc proc rw
"""


def test_the_last_mount_on_the_root_counts_and_only_its_own_options() -> None:
    assert root_options(INFO) == ["rw", "nosuid", "nodev", "relatime"]
    assert "noexec" not in root_options(INFO)
    assert root_options("") == []
