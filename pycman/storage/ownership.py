"""Set the owners of unpacked files through an id map; the error for an unmapped id says which id and how to map it."""

from __future__ import annotations

import errno

from pycman.errors import Corrupt, InvalidInput, PycmanError, from_os_error
from pycman.linux.attributes import dress_opened
from pycman.spec.id_map import IdMap, IdRange, map_id


class Owners:
    """Translates the owners in a tar by an id map, and sets them; `fixed` is the owner (uid, gid) of all files instead."""

    def __init__(self, id_map: IdMap | None, *, rootless: bool, fixed: tuple[int, int] | None = None) -> None:
        self._fixed = fixed
        self._map = id_map or IdMap()
        self._always = rootless or bool(self._map.uids)
        self._known: dict[tuple[int, int], tuple[int, int]] = {}

    def outside(self, uid: int, gid: int, subject: str) -> tuple[int, int]:
        """Return the ids outside the map for a file `subject` of uid and gid. Raises InvalidInput for an unmapped id."""
        if self._fixed is not None:
            return self._fixed
        mapped = self._known.get((uid, gid))
        if mapped is None:
            mapped = _mapped(self._map.uids, uid, "user", subject), _mapped(self._map.gids, gid, "group", subject)
            self._known[uid, gid] = mapped
        return mapped

    def give(self, descriptor: int, uid: int, gid: int, subject: str) -> None:
        """Set the owner of an open file; the descriptor may be an O_PATH one. Raises InvalidInput for an unmapped id."""
        outside = self.outside(uid, gid, subject)
        if self._always or outside != (0, 0):
            try:
                dress_opened(descriptor, owner=outside)
            except OSError as error:
                raise _unmapped(error, uid, gid, subject) from error


def _mapped(ranges: tuple[IdRange, ...], inside: int, kind: str, subject: str) -> int:
    outside = map_id(ranges, inside)
    if outside is None:
        raise InvalidInput(
            f"its owner, {kind} id {inside}, is not mapped in the container's user namespace",
            subject=subject,
            hint=f"map at least {inside + 1} ids, for example --userns=auto:size={inside + 1}",
        )
    if not 0 <= outside < 0xFFFF_FFFF:
        raise Corrupt(f"its owner, {kind} id {inside}, is not a valid id", subject=subject)
    return outside


def _unmapped(error: OSError, uid: int, gid: int, subject: str) -> PycmanError:
    if error.errno != errno.EINVAL:
        return from_os_error(error, subject=subject, doing="cannot set its owner")
    return InvalidInput(
        f"its owner {uid}:{gid} is not among this user's ids",
        subject=subject,
        hint=f"give the user at least {max(uid, gid) + 1} ids in /etc/subuid and /etc/subgid",
    )
