"""The host's file for a time zone (tzfile(5))."""

from __future__ import annotations

import os

from pycman.contexts import suppress
from pycman.errors import NotFound
from pycman.linux.open_below import directory_below, read_below
from pycman.linux.processes import how_to_install

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
        raise NotFound("no such time zone on this host", subject=f"--tz {zone}", hint=how_to_install("tzdata"))
    return path


def link_zone(root: str, zone: str) -> bool:
    """Make /etc/localtime of a container a link to the zone that its image has, as the zone's name is read from it (localtime(5)).

    Returns False where the image has no such zone, or no /etc that can be written.
    """
    if zone == "local" or read_below(root, f"{_ZONES}/{zone}") is None:
        return False
    folder = directory_below(root, "etc")
    if folder is None:
        return False
    try:
        with suppress(FileNotFoundError):
            os.unlink("localtime", dir_fd=folder)
        os.symlink(f"..{_ZONES}/{zone}", "localtime", dir_fd=folder)
    except OSError:
        return False
    finally:
        os.close(folder)
    return True


def _is_zone(path: str) -> bool:
    """Say whether a file has rules: zone.tab and others lie beside them."""
    with open(path, "rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC
