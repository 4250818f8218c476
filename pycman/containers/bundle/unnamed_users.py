"""Lines for users and groups that a container's /etc/passwd and /etc/group lack: the caller's own with --userns=keep-id, a
--user or its group that is a number nobody has, the host's users of --hostuser.

Without them the user has a number and no name there (`id`, `git`, `sudo` and `ssh` want one). As podman does it: what is missing is
appended in the container's own layer, so that its `useradd` can replace the files. An image without these files gets none, and
a directory of the user's (--rootfs) is not changed.
"""

from __future__ import annotations

import os

from pycman.containers.users import parse_group, parse_passwd, process_user
from pycman.errors import NotFound
from pycman.linux.attributes import reopen_regular
from pycman.linux.open_below import path_below, read_below

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from pycman.containers.users import UserIds
    from pycman.spec.container import ContainerSpec
    from pycman.state.session import Session


def add_keep_id_user(session: Session, spec: ContainerSpec, root: str) -> None:
    """Append the lines that the caller's ids lack to the files below `root`. Does nothing for other user namespaces."""
    if spec.user_mode.kind != "keep-id" or not session.rootless or spec.bare_root or not spec.passwd:
        return
    uid, _, gid = process_user(session, spec.replace(user="")).partition(":")
    user, group, home = _names(session.user.uid, session.user.gid)
    home = _home(spec, home)
    known = {"USERNAME": user, "UID": uid, "GID": gid, "NAME": user, "HOME": home}
    _add_user(root, user, int(uid), int(gid), home, entry=_filled(spec.passwd_entry, known))
    _add_group(root, group, int(gid))


def add_numbered_user(spec: ContainerSpec, user: UserIds, root: str) -> None:
    """Append a line for a --user that is a number without a name, and one for such a group. `user` is who it is without them.

    The home directory is /, which it is without a line, too. A group that is asked for by USER:GROUP has the user as its member
    (podman's generateUserGroupEntry); a user's alone has none, or the next start would give the process one group more.
    """
    if not spec.passwd or not spec.names_numbers or not spec.user or spec.bare_root:
        return
    wanted, _, group = spec.user.partition(":")
    if wanted.isdecimal():
        known = {
            "USERNAME": wanted,
            "UID": str(user.uid),
            "GID": str(user.gid),
            "NAME": "container user",
            "HOME": spec.workdir or "/",
        }
        entry = _filled(spec.passwd_entry, known) or f"{user.uid}:*:{user.uid}:{user.gid}:container user:/:/bin/sh"
        _add_user(root, wanted, user.uid, user.gid, "/", entry=entry)
    number, members = (group, wanted) if group else (wanted, "")
    if number.isdecimal():
        entry = _filled(spec.group_entry, {"GROUPNAME": number, "GID": number, "USERLIST": wanted})
        _add_group(root, number, int(number), entry=entry or f"{number}:x:{number}:{members}")


def _filled(template: str, known: Mapping[str, str]) -> str:
    """Return the template of a line with its variables replaced, without those that there are not."""
    if not template:
        return ""
    from string import Template  # only for --passwd-entry and --group-entry

    return Template(template).safe_substitute(known)


def add_host_users(spec: ContainerSpec, root: str) -> None:
    """Append lines for the host's users of --hostuser to /etc/passwd below `root`. Raises NotFound for one the host does not have."""
    import pwd  # a built-in module: free

    if spec.bare_root:
        return
    for name in spec.host_users:
        try:
            entry = pwd.getpwuid(int(name)) if name.isdecimal() else pwd.getpwnam(name)
        except (KeyError, OverflowError):
            raise NotFound("no such user on the host", subject=f"--hostuser {name}", hint="see /etc/passwd") from None
        home = entry.pw_dir if ":" not in entry.pw_dir else "/"
        _add_user(root, entry.pw_name, entry.pw_uid, entry.pw_gid, home)


def _add_user(root: str, name: str, uid: int, gid: int, home: str, *, entry: str = "") -> None:
    _append(root, "etc/passwd", passwd_line(read_below(root, "etc/passwd"), name, uid, gid, home, entry=entry))


def _add_group(root: str, name: str, gid: int, *, entry: str = "") -> None:
    _append(root, "etc/group", group_line(read_below(root, "etc/group"), name, gid, entry=entry))


def passwd_line(content: bytes | None, name: str, uid: int, gid: int, home: str, *, entry: str = "") -> bytes:
    """Return the line that a passwd file lacks for a uid, b"" if it has one or there is no file; `entry` in its place. Pure.

    A name that another uid has gets the uid behind it.
    """
    entries = parse_passwd(content or b"")
    if content is None or any(each.uid == uid for each in entries):
        return b""
    name = f"{name}-{uid}" if any(each.name == name for each in entries) else name
    return _line(content, entry or f"{name}:*:{uid}:{gid}:{name}:{home}:/bin/sh")


def group_line(content: bytes | None, name: str, gid: int, *, entry: str = "") -> bytes:
    """Return the line that a group file lacks for a gid, as `passwd_line` does."""
    entries = parse_group(content or b"")
    if content is None or any(each.gid == gid for each in entries):
        return b""
    name = f"{name}-{gid}" if any(each.name == name for each in entries) else name
    return _line(content, entry or f"{name}:x:{gid}:")


def _line(content: bytes, text: str) -> bytes:
    start = b"\n" if content and not content.endswith(b"\n") else b""
    return start + text.encode("utf-8", "surrogateescape") + b"\n"


def _home(spec: ContainerSpec, home: str) -> str:
    """Return the caller's home directory if it is mounted in the container, else its working directory (podman's rule)."""
    is_mounted = any(mount.target.rstrip("/") == home.rstrip("/") for mount in spec.mounts)
    wanted = home if is_mounted else spec.workdir or "/"
    return wanted if ":" not in wanted and "\n" not in wanted else "/"


def _names(uid: int, gid: int) -> tuple[str, str, str]:
    """Return the names of the caller's user and group on the host (else the numbers), and its home directory."""
    import pwd  # a built-in module: free

    from pycman.linux.files import read_text  # loaded already

    try:
        entry = pwd.getpwuid(uid)
        user, home = entry.pw_name, entry.pw_dir
    except KeyError:
        user, home = f"user{uid}", "/"
    groups = parse_group(read_text("/etc/group").encode("utf-8", "surrogateescape"))
    return user, next((group.name for group in groups if group.gid == gid), user), home


def _append(root: str, path: str, line: bytes) -> None:
    exactly = path_below(root, path) if line else None
    if exactly is None:
        return
    try:
        descriptor = reopen_regular(exactly, os.O_WRONLY | os.O_APPEND)
    finally:
        os.close(exactly)
    try:
        os.write(descriptor, line)
    finally:
        os.close(descriptor)
