"""The processes that a store's networks need, by their pid files: slirp4netns, the port relay, the name server."""

from __future__ import annotations

import os

from pycman.contexts import suppress
from pycman.linux.files import read_text
from pycman.linux.processes import start_time

_PID_FILES = ("uplink.pid", "relay.pid")


def has_dead_helper(folder: str) -> bool:
    """Say whether a process has ended whose pid file is there: a reconciliation that ends one removes its file."""
    for name in (*_PID_FILES, *_name_servers(folder)):
        fields = read_text(f"{folder}/{name}").split()
        started = start_time(int(fields[0])) if fields and fields[0].isdigit() else -1
        if started == 0 or (len(fields) == 2 and str(started) != fields[1]):
            return True
    return False


def _name_servers(folder: str) -> list[str]:
    """Return the pid files of name servers: of that for all networks, and of those for networks with a domain of their own."""
    with suppress(FileNotFoundError):
        return [f"{name}/aardvark.pid" for name in os.listdir(folder) if name == "names" or name.startswith("names-")]
    return []
