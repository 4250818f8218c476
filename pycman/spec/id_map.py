"""Id maps: which ids of a container are which ids outside (user_namespaces(7))."""

from __future__ import annotations

from pycman.record import Record


class IdRange(Record):
    """`size` ids from `container_id` inside, which are those from `host_id` in the parent namespace."""

    container_id: int
    host_id: int
    size: int


class IdMap(Record):
    """The uid and gid ranges of a user namespace. Empty means: the namespace pycman itself works in, unchanged."""

    uids: tuple[IdRange, ...] = ()
    gids: tuple[IdRange, ...] = ()

    @property
    def is_identity(self) -> bool:
        """Say whether ids are the same inside and outside."""
        return all(r.container_id == r.host_id for r in self.uids + self.gids)

    def key(self) -> str:
        """Return a short text that is equal for equal maps and "" for the identity; layers are kept by it."""
        if self.is_identity:
            return ""
        return "/".join(
            ",".join(f"{r.container_id}:{r.host_id}:{r.size}" for r in ranges) for ranges in (self.uids, self.gids)
        )


def parse_key(key: str) -> IdMap:
    """Return the map that `IdMap.key` wrote."""
    if not key:
        return IdMap()
    uids, gids = (tuple(_parse_range(entry) for entry in ranges.split(",") if entry) for ranges in key.split("/"))
    return IdMap(uids=uids, gids=gids)


def _parse_range(text: str) -> IdRange:
    container_id, host_id, size = (int(number) for number in text.split(":"))
    return IdRange(container_id=container_id, host_id=host_id, size=size)


def map_id(ranges: tuple[IdRange, ...], inside: int) -> int | None:
    """Return the outside id of `inside`; None if it is not mapped; itself if there are no ranges."""
    if not ranges:
        return inside
    for part in ranges:
        if part.container_id <= inside < part.container_id + part.size:
            return inside - part.container_id + part.host_id
    return None


def unmap_id(ranges: tuple[IdRange, ...], outside: int) -> int | None:
    """Return the inside id of `outside`; None if nothing inside maps to it."""
    if not ranges:
        return outside
    for part in ranges:
        if part.host_id <= outside < part.host_id + part.size:
            return outside - part.host_id + part.container_id
    return None
