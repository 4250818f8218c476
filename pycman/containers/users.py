"""Resolve `--user` and `--group-add` with a container's own /etc/passwd and /etc/group (docker's grammar).

    USER [":" GROUP]     each a name or a number of at most 2^31 - 1

A name must be in the files, a number need not be. Without GROUP the process gets the user's primary group (0 if passwd
does not have the user) and every group that lists the user as a member.
"""

from __future__ import annotations

from pycman.errors import InvalidInput, NotFound
from pycman.linux.open_below import read_below
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pycman.spec.container import ContainerSpec
    from pycman.state.session import Session

_MOST_DIGITS = 10
"""The length of the highest id; longer numbers are refused before they are converted."""
_HIGHEST_ID = 2**31 - 1


class UserIds(Record):
    """The user of a process, in ids of the container; `name` is "" if passwd does not have the uid."""

    uid: int
    gid: int
    extra_gids: tuple[int, ...] = ()
    home: str = "/"
    name: str = ""


class UnknownUser(NotFound):
    """A user or group name that the container's files do not have."""

    reference = "unknown-user"

    def describe(self) -> str:
        """Return docker's message."""
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


def process_user(session: Session, spec: ContainerSpec) -> str:
    """Return the user of a container's processes as `lookup_user` takes it ("USER:GROUP").

    It is --user, or with keep-id the ids that the caller has in the container.
    """
    if spec.user or spec.user_mode.kind != "keep-id" or not session.rootless:
        return spec.user
    options = dict(part.partition("=")[::2] for part in spec.user_mode.value.split(",") if part)
    return f"{options.get('uid', session.user.uid)}:{options.get('gid', session.user.gid)}"


def lookup_user(root: str, text: str, group_add: Sequence[str] = (), groups_policy: str = "") -> UserIds:
    """Return the ids that `text` ("USER" or "USER:GROUP", "" is root) has in the root file system `root`.

    `groups_policy` is Kubernetes' supplementalGroupsPolicy, "Merge" (groups that list the user are added even if GROUP
    is given) or "Strict" (they are never added), or "" (docker: they are added unless GROUP is given). A missing file
    counts as empty. Raises UnknownUser for a name the files do not have, InvalidInput for a number out of range.
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
    extra += [_find_group(groups, group) for group in group_add if group != "keep-groups"]
    return UserIds(
        uid=entry.uid, gid=gid, extra_gids=tuple(dict.fromkeys(extra)), home=entry.home or "/", name=entry.name
    )


def parse_passwd(content: bytes) -> list[PasswdEntry]:
    """Return the entries of a passwd file; malformed lines are skipped, as the C library does."""
    entries = []
    for fields in _lines(content):
        if len(fields) >= 4 and _is_id(fields[2]) and _is_id(fields[3]):
            home = fields[5] if len(fields) > 5 else ""
            entries.append(PasswdEntry(name=fields[0], uid=int(fields[2]), gid=int(fields[3]), home=home))
    return entries


def parse_group(content: bytes) -> list[GroupEntry]:
    """Return the entries of a group file; malformed lines are skipped."""
    entries = []
    for fields in _lines(content):
        if len(fields) >= 3 and _is_id(fields[2]):
            members = tuple(filter(None, fields[3].split(","))) if len(fields) > 3 else ()
            entries.append(GroupEntry(name=fields[0], gid=int(fields[2]), members=members))
    return entries


def _lines(content: bytes) -> list[list[str]]:
    text = content.decode("utf-8", "surrogateescape")
    return [
        [field.strip() for field in line.split(":")]
        for line in text.split("\n")
        if line.strip() and not line.lstrip().startswith("#")
    ]


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS and int(text) <= _HIGHEST_ID


def _find_user(users: list[PasswdEntry], text: str) -> PasswdEntry:
    """Return the entry of a name or a number. A number is never a name, or an image could say who 1000 is (CVE-2016-3697)."""
    number = _number(text)
    for entry in users:
        if entry.uid == number if number >= 0 else entry.name == text:
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
    if number >= 0:
        return number
    for entry in groups:
        if entry.name == text:
            return entry.gid
    raise UnknownUser(
        "no matching entries in group file",
        subject=f"group {text}",
        hint="use a numeric id, or add the group to the image's /etc/group",
    )


def _number(text: str) -> int:
    """Return the number in `text`, -1 if it is a name. Raises InvalidInput for a number that cannot be an id."""
    digits = text.removeprefix("-")
    if not digits.isascii() or not digits.isdigit():
        return -1
    if text != digits or len(digits) > _MOST_DIGITS or int(digits) > _HIGHEST_ID:
        raise InvalidInput(f"user and group ids must be from 0 to {_HIGHEST_ID}", subject=text[:80])
    return int(digits)
