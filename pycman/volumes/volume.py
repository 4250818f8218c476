"""Volumes as values: what is asked for (VolumeSpec) and what is there (Volume)."""

from __future__ import annotations

from pycman.linux.processes import boot_id
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


class VolumeSpec(Record):
    """What `volume create` takes. `name` "" is a new one of 64 hexadecimal digits; `uid`, `gid` -1 are not set."""

    name: str = ""
    driver: str = "local"
    options: Mapping[str, str] = {}
    labels: Mapping[str, str] = {}
    anonymous: bool = False
    uid: int = -1
    gid: int = -1


class Volume(Record):
    """One volume. `mountpoint` is where its content is (when it is mounted, if it has a device)."""

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
    """Return how many `volume mount`s of this boot hold the volume of a row."""
    return int(row["mount_count"]) if row["mount_count"] and row["boot_id"] == boot_id() else 0
