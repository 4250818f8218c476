"""`--user` and `--group-add` against a container's own /etc/passwd and /etc/group (docker's grammar).

    USER [":" GROUP]     each a name or a number of at most 2^31 - 1

A number need not be in the files, a name must be. Without a group the user's own one is taken (0 if the user is not in
the file), and all groups that list the user are added.
"""

from __future__ import annotations

from pycman.errors import InvalidInput, NotFound
from pycman.linux.open_below import read_below
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_DIGITS = 10
"""What the highest id has; numbers of thousands of digits are not even read."""
_HIGHEST_ID = 2**31 - 1


class UserIds(Record):
    """Who a process is, in ids of the container; `name` is "" for a number that is in no file."""

    uid: int
    gid: int
    extra_gids: tuple[int, ...] = ()
    home: str = "/"
    name: str = ""


class UnknownUser(NotFound):
    """A user or group name that the container's files do not have."""

    reference = "unknown-user"

    def describe(self) -> str:
        """Return docker's words."""
        return f"unable to find {self.subject}: {self.problem}"


class PasswdEntry(Record):
    """One line of passwd(5)."""

    name: str
    uid: int
    gid: int
    home: str


class GroupEntry(Record):
    """One line of group(5)."""

    name: str
    gid: int
    members: tuple[str, ...]


def lookup_user(root: str, text: str, group_add: Sequence[str] = (), groups_policy: str = "") -> UserIds:
    """Return the ids that `text` means in the root file system `root`. Files that are missing are empty.

    `groups_policy` is Kubernetes' "Merge" (groups that list the user are added also where a group is given), "Strict" (they
    are never added) or "" (docker's: they are added where no group is given). Raises UnknownUser for names that are not there, InvalidInput for numbers out of range.
    """
    user_text, colon, group_text = text.partition(":")
    if colon and not group_text:
        raise InvalidInput("a group must follow the colon", subject=text, hint="write USER or USER:GROUP")
    users = parse_passwd(read_below(root, "etc/passwd") or b"")
    groups = parse_group(read_below(root, "etc/group") or b"")
    entry = _find_user(users, user_text or "0")
    gid = entry.gid
    extra: list[int] = []
    if group_text:
        gid = _find_group(groups, group_text)
    if entry.name and groups_policy != "Strict" and (groups_policy == "Merge" or not group_text):
        extra = [group.gid for group in groups if entry.name in group.members]
    extra += [_find_group(groups, each) for each in group_add if each != "keep-groups"]
    return UserIds(
        uid=entry.uid, gid=gid, extra_gids=tuple(dict.fromkeys(extra)), home=entry.home or "/", name=entry.name
    )


def parse_passwd(content: bytes) -> list[PasswdEntry]:
    """Return the entries of a passwd file; lines that are none are left out, as the C library does."""
    found = []
    for fields in _lines(content):
        if len(fields) >= 4 and _is_id(fields[2]) and _is_id(fields[3]):
            home = fields[5] if len(fields) > 5 else ""
            found.append(PasswdEntry(name=fields[0], uid=int(fields[2]), gid=int(fields[3]), home=home))
    return found


def parse_group(content: bytes) -> list[GroupEntry]:
    """Return the entries of a group file; lines that are none are left out."""
    found = []
    for fields in _lines(content):
        if len(fields) >= 3 and _is_id(fields[2]):
            members = tuple(filter(None, fields[3].split(","))) if len(fields) > 3 else ()
            found.append(GroupEntry(name=fields[0], gid=int(fields[2]), members=members))
    return found


def _lines(content: bytes) -> list[list[str]]:
    text = content.decode("utf-8", "surrogateescape")
    return [
        [field.strip() for field in line.split(":")]
        for line in text.split("\n")
        if line.strip() and not line.lstrip().startswith("#")
    ]


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _DIGITS and int(text) <= 2**32 - 1


def _find_user(users: list[PasswdEntry], text: str) -> PasswdEntry:
    number = _number(text)
    for entry in users:  # a name wins over an equal number only by its place in the file, as in docker
        if entry.name == text or entry.uid == number:
            return entry
    if number < 0:
        raise UnknownUser(
            "no matching entries in passwd file",
            subject=f"user {text}",
            hint="use a numeric id, or add the user to the image's /etc/passwd",
        )
    return PasswdEntry(name="", uid=number, gid=0, home="/")


def _find_group(groups: list[GroupEntry], text: str) -> int:
    number = _number(text)
    for entry in groups:
        if entry.name == text or entry.gid == number:
            return entry.gid
    if number < 0:
        raise UnknownUser(
            "no matching entries in group file",
            subject=f"group {text}",
            hint="use a numeric id, or add the group to the image's /etc/group",
        )
    return number


def _number(text: str) -> int:
    """Return the number in `text`; -1 if it is a name. Raises InvalidInput for one that is no possible id."""
    digits = text.removeprefix("-")
    if not digits.isascii() or not digits.isdigit():
        return -1
    if text != digits or len(digits) > _DIGITS or int(digits) > _HIGHEST_ID:
        raise InvalidInput(f"user and group ids must be from 0 to {_HIGHEST_ID}", subject=text[:80])
    return int(digits)
