"""The processes that a store's networks need, by their pid files: slirp4netns, the port relay, the name server."""

from __future__ import annotations

import os

from pycman.contexts import suppress
from pycman.linux.files import read_text
from pycman.linux.processes import command_line, is_ending, start_time

_PID_FILES = ("uplink.pid", "relay.pid")


def has_dead_helper(folder: str) -> bool:
    """Say whether a process has ended whose pid file is there: a reconciliation that ends one removes its file."""
    return any(not lives for _, lives in _recorded(folder))


def living_helpers(folder: str) -> list[int]:
    """Return the pids of the processes that run."""
    return [pid for pid, lives in _recorded(folder) if lives]


def end_unrecorded(folder: str) -> None:
    """End the processes that a killed command had started and not recorded yet. They are known by what they were told."""
    from pycman.linux.orphans import end_told  # only after a command was killed or failed

    domains = {os.path.dirname(name) for name in _name_servers(folder)} | {"names"}
    end_told(
        *(("--config", f"{folder}/{name}") for name in domains),
        ("--netns-type=path", f"{folder}/netns"),
        ("__relay", folder),
        spare=lambda: living_helpers(folder),
    )


def _recorded(folder: str) -> list[tuple[int, bool]]:
    """Return the pid in each pid file, and whether the process that was meant still runs and was not killed just now."""
    found = []
    for name in (*_PID_FILES, *_name_servers(folder)):
        fields = read_text(f"{folder}/{name}").split()
        if fields and fields[0].isdigit():
            pid = int(fields[0])
            started = start_time(pid)
            # a name server writes its pid alone, and is known by the folder that it was told
            served = os.path.dirname(f"{folder}/{name}")
            is_it = str(started) == fields[1] if len(fields) == 2 else served in command_line(pid)
            found.append((pid, started != 0 and is_it and not is_ending(pid)))
    return found


def _name_servers(folder: str) -> list[str]:
    """Return the pid files of name servers: of that for all networks, and of those for networks with a domain of their own."""
    with suppress(FileNotFoundError):
        return [f"{name}/aardvark.pid" for name in os.listdir(folder) if name == "names" or name.startswith("names-")]
    return []
