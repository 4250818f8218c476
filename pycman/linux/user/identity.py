"""The user who runs pycman: root of the host, an ordinary user, or root of a user namespace."""

from __future__ import annotations

import os

from pycman.linux.files import read_text

ROOTLESS_UID_VARIABLE = "PYCMAN_ROOTLESS_UID"
ROOTLESS_GID_VARIABLE = "PYCMAN_ROOTLESS_GID"


class CurrentUser:
    """`uid`, `gid`: ids on the host. `rootless`: not root of the host. `joined`: already in the user's namespaces."""

    def __init__(self, uid: int, gid: int, *, rootless: bool, joined: bool) -> None:
        self.uid = uid
        self.gid = gid
        self.rootless = rootless
        self.joined = joined


def current_user() -> CurrentUser:
    """Return the user by effective ids, the id map of the user namespace, and the variables that `enter_user_namespaces` sets."""
    uid, gid = os.geteuid(), os.getegid()
    if uid != 0:
        return CurrentUser(uid, gid, rootless=True, joined=False)
    if not in_user_namespace():
        return CurrentUser(0, 0, rootless=False, joined=False)
    outside = os.environ.get(ROOTLESS_UID_VARIABLE, "")
    if outside.isdigit():
        gid_text = os.environ.get(ROOTLESS_GID_VARIABLE, "")
        return CurrentUser(int(outside), int(gid_text or outside), rootless=True, joined=True)
    return CurrentUser(0, 0, rootless=True, joined=True)


def in_user_namespace() -> bool:
    """Say whether this process is in a user namespace other than the host's first (user_namespaces(7))."""
    return read_text("/proc/self/uid_map").split() not in (["0", "0", "4294967295"], [])


def home_directory(uid: int) -> str:
    """Return $HOME, else the home directory in the password database, else "/"."""
    home = os.environ.get("HOME", "")
    if home:
        return home
    import pwd  # a built-in module: free

    try:
        return pwd.getpwuid(uid).pw_dir
    except KeyError:
        return "/"
