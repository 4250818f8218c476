"""The host's file for a time zone (tzfile(5))."""

from __future__ import annotations

import os

from pycman.errors import NotFound

_ZONES = "/usr/share/zoneinfo"
_MAGIC = b"TZif"


def zone_file(zone: str) -> str:
    """Return the path of a zone's rules; "" for none, and for "local" on a host whose zone is UTC, the default of containers.

    Raises NotFound for a name that is no zone of this host.
    """
    if not zone:
        return ""
    if zone == "local":
        return "/etc/localtime" if os.path.exists("/etc/localtime") else ""
    path = f"{_ZONES}/{zone}"
    if ".." in zone.split("/") or zone.startswith("/") or not os.path.isfile(path) or not _is_zone(path):
        raise NotFound("no such time zone on this host", subject=f"--tz {zone}", hint="install the package tzdata")
    return path


def _is_zone(path: str) -> bool:
    """Say whether a file has rules: zone.tab and others lie beside them."""
    with open(path, "rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC
