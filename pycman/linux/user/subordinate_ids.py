"""Subordinate ids: the ranges that a user may map into user namespaces (subuid(5), subgid(5), nsswitch.conf(5))."""

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

    If nsswitch.conf names another source than files, `getsubids` is run instead.
    """
    names = user_names(uid)
    source = _source()
    if source not in ("", "files"):
        return _run_getsubids(path, sorted(names - {str(uid)}) or [str(uid)])
    return parse_ranges(read_text(path), names)


def parse_ranges(text: str, names: Collection[str]) -> list[tuple[int, int]]:
    """Return the ranges of the lines NAME:FIRST:COUNT of one of `names`; malformed lines are ignored. Pure."""
    ranges = []
    for line in text.splitlines():
        parts = line.strip().split(":")
        if len(parts) == 3 and parts[0] in names and parts[1].isdigit() and parts[2].isdigit() and int(parts[2]):
            ranges.append((int(parts[1]), int(parts[2])))
    return ranges


def user_names(uid: int) -> set[str]:
    """Return the login names of a uid, and the uid as text."""
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
    """Return the source of subordinate ids in nsswitch.conf; "" if it names none."""
    for line in read_text("/etc/nsswitch.conf").splitlines():
        key, _, value = line.partition(":")
        if key.strip() == "subid":
            return value.strip()
    return ""


def _run_getsubids(path: str, names: list[str]) -> list[tuple[int, int]]:
    """Return the ranges that shadow's `getsubids` prints, in lines such as "0: alice 100000 65536"."""
    program = find_program("getsubids")
    if not program:
        return []
    groups = ["-g"] if os.path.basename(path) == "subgid" else []
    ranges = []
    for name in names:
        for line in run([program, *groups, name], timeout_s=20).stdout.decode("utf-8", "replace").splitlines():
            fields = line.split()
            if len(fields) == 4 and fields[2].isdigit() and fields[3].isdigit():
                ranges.append((int(fields[2]), int(fields[3])))
    return ranges
