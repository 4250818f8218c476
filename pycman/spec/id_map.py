"""Id maps: which ids of a container are which ids outside (user_namespaces(7))."""

from __future__ import annotations

from pycman.record import Record


class IdRange(Record):
    """`size` ids: those from `container_id` on inside are those from `host_id` on in the parent namespace."""

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
        """Return a short string that is equal for equal maps, "" if ids are the same on both sides. Unpacked layers are
        stored under it, one copy for each map.
        """
        if self.is_identity:
            return ""
        return "/".join(
            ",".join(f"{r.container_id}:{r.host_id}:{r.size}" for r in ranges) for ranges in (self.uids, self.gids)
        )


def parse_key(key: str) -> IdMap:
    """Return the map whose `IdMap.key` is `key`."""
    if not key:
        return IdMap()
    uids, gids = (tuple(_parse_range(entry) for entry in ranges.split(",") if entry) for ranges in key.split("/"))
    return IdMap(uids=uids, gids=gids)


def _parse_range(entry: str) -> IdRange:
    container_id, host_id, size = (int(number) for number in entry.split(":"))
    return IdRange(container_id=container_id, host_id=host_id, size=size)


def map_id(ranges: tuple[IdRange, ...], inside: int) -> int | None:
    """Return the outside id of `inside`; None if it is not mapped; itself if there are no ranges."""
    if not ranges:
        return inside
    for id_range in ranges:
        if id_range.container_id <= inside < id_range.container_id + id_range.size:
            return inside - id_range.container_id + id_range.host_id
    return None


def unmap_id(ranges: tuple[IdRange, ...], outside: int) -> int | None:
    """Return the inside id of `outside`; None if nothing inside maps to it."""
    if not ranges:
        return outside
    for id_range in ranges:
        if id_range.host_id <= outside < id_range.host_id + id_range.size:
            return outside - id_range.host_id + id_range.container_id
    return None
