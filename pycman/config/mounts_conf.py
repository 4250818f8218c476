"""Default mounts of every container: the lines of mounts.conf, HOST[:CONTAINER] each (containers-mounts.conf(5)).

Hosts with subscriptions give their containers the entitlements this way.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

_FILES = ("/etc/containers/mounts.conf", "/usr/share/containers/mounts.conf")


def default_mounts(chosen: str, config_home: str) -> list[tuple[str, str]]:
    """Return (path on the host, path in the container) of each default mount whose host path exists.

    They are those of the file `chosen`, else of the first file there is: the user's (`config_home` is "" for root), /etc's, /usr's.
    """
    own = (f"{config_home}/containers/mounts.conf",) if config_home else ()
    for path in (chosen,) if chosen else (*own, *_FILES):
        if os.access(path, os.R_OK):
            with open(path, encoding="utf-8", errors="surrogateescape") as file:
                return [(source, target) for source, target in _lines(file) if os.path.exists(source)]
    return []


def _lines(file: TextIO) -> list[tuple[str, str]]:
    found = []
    for line in file:
        source, _, target = line.strip().partition(":")
        if source.startswith("/"):
            found.append((source, target or source))
    return found
