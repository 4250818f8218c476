"""Check that a directory can be trusted: no other user but root can write, or could have written, files in it (inode(7))."""

from __future__ import annotations

import os
import stat

from pycman.errors import Denied
from pycman.linux.user.identity import current_user, in_user_namespace

_OVERFLOW_ID = 65534
"""The id that a user namespace shows for unmapped ids (user_namespaces(7))."""


def refuse_untrusted(path: str, *, links: bool = False) -> None:
    """Raise Denied if the directory `path` belongs to another user, is a link or writable by others, or a directory above it is.

    A missing directory passes, because it is made in a directory that passes. With `links`, `path` itself may be a link
    to a directory that passes. Root's directories always pass.
    """
    where = os.path.realpath(path) if links else f"{os.path.realpath(os.path.dirname(path))}/{os.path.basename(path)}"
    try:
        found = os.lstat(where)
    except (FileNotFoundError, NotADirectoryError):
        found = None
    if found is not None:
        _check(where, found)
    while where != "/":
        where = os.path.dirname(where)
        try:
            found = os.lstat(where)
        except FileNotFoundError:
            continue
        if not _is_ours(found.st_uid, above=True):
            raise _untrusted(f"the directory {where} above it is another user's (uid {found.st_uid})", path)
        if found.st_mode & stat.S_IWOTH and not found.st_mode & stat.S_ISVTX:
            raise _untrusted(f"everybody may write in the directory {where} above it", path)


def _check(path: str, found: os.stat_result) -> None:
    if stat.S_ISLNK(found.st_mode):
        raise _untrusted("it is a link", path)
    if not stat.S_ISDIR(found.st_mode):
        raise _untrusted("it is no directory", path)
    if not _is_ours(found.st_uid, above=False):
        raise _untrusted(f"it is another user's (uid {found.st_uid})", path)
    if found.st_mode & stat.S_IWOTH or (found.st_mode & stat.S_IWGRP and not _is_group_of_one(found.st_gid)):
        raise _untrusted("others may write in it", path, hint=f"make sure of what is in it, then chmod go-w {path}")


def _is_group_of_one(gid: int) -> bool:
    """Return whether a group of a directory is this ordinary user's own, which has no other member.

    Where each user has such a group, the umask of a login is 0002 (pam_umask(8), usergroups), and `mkdir` makes what it may write in.
    """
    user = current_user()
    if not user.rootless or gid != os.getegid():
        return False
    import grp  # only for a directory that a group may write in
    import pwd  # the same

    gid = user.gid if user.joined else gid  # in the user's namespace it is another number
    try:
        name = pwd.getpwuid(user.uid).pw_name
        members = grp.getgrgid(gid).gr_mem
    except KeyError:
        return False
    return set(members) <= {name} and {other.pw_name for other in pwd.getpwall() if other.pw_gid == gid} == {name}


def _is_ours(uid: int, *, above: bool) -> bool:
    """Return whether an owner is root or this user; for directories `above`, in a user namespace also an unmapped owner."""
    return uid in (0, os.geteuid()) or (above and uid == _OVERFLOW_ID and in_user_namespace())


def _untrusted(problem: str, path: str, hint: str = "") -> Denied:
    return Denied(f"{problem}, so it is not trusted", subject=path, hint=hint or "use a directory of your own")
