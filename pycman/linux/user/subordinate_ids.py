"""Subordinate ids: which ranges the host's administrator gave a user (subuid(5), subgid(5), nsswitch.conf(5))."""

from __future__ import annotations

import os
import pwd

from pycman.linux.files import read_text
from pycman.linux.processes import find_program, run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection


def subordinate_ranges(path: str, uid: int) -> list[tuple[int, int]]:
    """Return (first id, count) of a user's ranges; `path` is /etc/subuid or /etc/subgid, lines are by name or number.

    Where nsswitch.conf names another source of them, that is asked instead (`getsubids`).
    """
    names = user_names(uid)
    source = _source()
    if source not in ("", "files"):
        return _ask(path, sorted(names - {str(uid)}) or [str(uid)])
    return parse_ranges(read_text(path), names)


def parse_ranges(text: str, names: Collection[str]) -> list[tuple[int, int]]:
    """Return the ranges of lines NAME:FIRST:COUNT that are of one of `names`; broken lines count for nothing. Pure."""
    found = []
    for line in text.splitlines():
        parts = line.strip().split(":")
        if len(parts) == 3 and parts[0] in names and parts[1].isdigit() and parts[2].isdigit() and int(parts[2]):
            found.append((int(parts[1]), int(parts[2])))
    return found


def user_names(uid: int) -> set[str]:
    """Return the names a user is known by, and the number as text."""
    names = {str(uid)}
    try:
        names.add(pwd.getpwuid(uid).pw_name)
    except KeyError:
        return names
    for line in read_text("/etc/passwd").splitlines():  # several names may share one number
        parts = line.split(":")
        if len(parts) > 2 and parts[2] == str(uid):
            names.add(parts[0])
    return names


def _source() -> str:
    for line in read_text("/etc/nsswitch.conf").splitlines():
        key, _, value = line.partition(":")
        if key.strip() == "subid":
            return value.strip()
    return ""


def _ask(path: str, names: list[str]) -> list[tuple[int, int]]:
    """Ask shadow's `getsubids`, which prints lines such as "0: alice 100000 65536"."""
    program = find_program("getsubids")
    if not program:
        return []
    groups = ["-g"] if os.path.basename(path) == "subgid" else []
    found = []
    for name in names:
        for line in run([program, *groups, name], timeout_s=20).stdout.decode("utf-8", "replace").splitlines():
            words = line.split()
            if len(words) == 4 and words[2].isdigit() and words[3].isdigit():
                found.append((int(words[2]), int(words[3])))
    return found
