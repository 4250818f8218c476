"""Let a container with a user namespace of its own reach its root file system, while the runtime starts it.

    ROOT (0711) / containers (0711) / ID (0710, group of the container's root) / merged

The container's first process, which already has the container's ids, mounts the root by its path, so it needs search permission on
these directories (crun and runc open the sources of binds earlier). On the first two everybody may search but not list, which gives
access to nothing, because everything else in them is closed (state/paths.py).
"""

from __future__ import annotations

from pycman.contexts import contextmanager, suppress
from pycman.errors import TimedOut
from pycman.jsontext import parse_json
from pycman.linux.attributes import dress
from pycman.plan import crash_point
from pycman.spec.id_map import IdMap, map_id

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from pycman.state.session import Session

_OWN_IDS = '"uids"'
"""Substring test on the stored JSON, so that the id map of most containers, which is empty, need not be parsed."""


@contextmanager
def passage(session: Session, row: Mapping[str, Any]) -> Iterator[None]:
    """Open the way to a container's root file system for its own ids; do nothing for a container without an id map."""
    if _OWN_IDS not in row["id_map"]:
        yield
        return
    from pycman.linux.files import locked  # only imported for containers with a user namespace of their own

    paths = session.paths
    group = map_id(IdMap.from_dict(parse_json(row["id_map"])).gids, 0)
    try:
        with locked(_lock(session), shared=True):
            for path in (paths.root, paths.containers):
                dress(path, mode=0o711)
            own = paths.container(row["id"])
            if group is None:  # gid 0 is not mapped, so there is no group to give the directory to
                dress(own, mode=0o711)
            else:
                dress(own, owner=(-1, group), mode=0o710)
            crash_point("start:passage")
            yield
    finally:
        close_passage(session, row)


def close_passage(session: Session, row: Mapping[str, Any]) -> None:
    """Close the directories that `passage` opened, unless another container is using it: then that one closes them."""
    if _OWN_IDS not in row["id_map"]:
        return
    from pycman.linux.files import locked  # only imported for containers with a user namespace of their own

    paths = session.paths
    with suppress(FileNotFoundError):
        dress(paths.container(row["id"]), mode=0o700)
    with suppress(TimedOut), locked(_lock(session), timeout_s=0):
        for path in (paths.containers, paths.root):
            dress(path, mode=0o700)


def _lock(session: Session) -> str:
    return session.paths.lock("passage", "all")
