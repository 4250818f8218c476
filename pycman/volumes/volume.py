"""Volumes as values: what a caller asks for (VolumeSpec) and what exists (Volume)."""

from __future__ import annotations

from pycman.linux.processes import boot_id
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


class VolumeSpec(Record):
    """What `volume create` takes. `name` "" generates one of 64 hexadecimal digits; `uid`, `gid` -1 are not set."""

    name: str = ""
    driver: str = "local"
    options: Mapping[str, str] = {}
    labels: Mapping[str, str] = {}
    anonymous: bool = False
    uid: int = -1
    gid: int = -1


class Volume(Record):
    """One volume. `mountpoint` is the directory of its content; with a device only while it is mounted."""

    name: str
    driver: str
    mountpoint: str
    options: Mapping[str, str] = {}
    labels: Mapping[str, str] = {}
    anonymous: bool = False
    uid: int = -1
    gid: int = -1
    needs_copy_up: bool = True
    mount_count: int = 0
    created_at_ns: int = 0
    scope: str = "local"


def mount_count(row: Any) -> int:
    """Return how often the volume of a row is mounted by `volume mount` in this boot."""
    return int(row["mount_count"]) if row["mount_count"] and row["boot_id"] == boot_id() else 0
