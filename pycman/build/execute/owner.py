"""Owners of files in a stage: USER or --chown, by the stage's own /etc/passwd and /etc/group."""

from __future__ import annotations

from pycman.containers.users import lookup_user


def owner_of(root: str, text: str) -> tuple[int, int] | None:
    """Return the owner that "USER[:GROUP]" names, with the root's own passwd and group files; None for "".

    A user without a group has its own main group, a number the group of the same number. Raises NotFound, InvalidInput.
    """
    if not text:
        return None
    user, colon, group = text.partition(":")
    found = lookup_user(root, text if colon and group else user)
    if not group and user.isdigit():
        return found.uid, found.uid
    return found.uid, found.gid
