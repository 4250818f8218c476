"""Search permission on the way to the root file system of a container with an id map, while the OCI runtime creates it.

    ROOT                 0711   every user may pass, none may list; everything else in it stays closed (state/paths.py)
    ROOT/containers      0711   the same
    ROOT/containers/ID   0710   only the group that is root's in the container

The container's first process already has the container's ids when it mounts the root by its path, so it must be able to pass these
three. Sources of binds need no passage: crun and runc open them before.
"""

from __future__ import annotations

import os
import stat

from pycman.contexts import contextmanager, suppress
from pycman.errors import Denied, TimedOut
from pycman.jsontext import parse_json
from pycman.linux.attributes import dress
from pycman.plan import crash_point
from pycman.spec.id_map import IdMap, map_id, unmap_id

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from pycman.state.session import Session

_OWN_IDS = '"uids"'
"""Substring of a stored id map that is not empty, so that it need not be parsed."""


@contextmanager
def passage(session: Session, row: Mapping[str, Any]) -> Iterator[None]:
    """Let a container's own ids pass to its root file system for the block; do nothing for a container without an id map."""
    if _OWN_IDS not in row["id_map"]:
        yield
        return
    from pycman.linux.files import locked  # only imported for containers with an id map

    paths = session.paths
    group = map_id(IdMap.from_dict(parse_json(row["id_map"])).gids, 0)
    try:
        with locked(_lock(session), shared=True):
            for path in (paths.root, paths.containers):
                dress(path, mode=0o711)
            own = paths.container(row["id"])
            if group is None:  # the container's gid 0 is not mapped, so no group on the host stands for its processes
                dress(own, mode=0o711)
            else:
                dress(own, owner=(-1, group), mode=0o710)
            _refuse_closed_way(paths.root, IdMap.from_dict(parse_json(row["id_map"])))
            crash_point("start:passage")
            yield
    finally:
        close_passage(session, row)


def _refuse_closed_way(root: str, id_map: IdMap) -> None:
    """Raise Denied if the container's own ids cannot pass a directory above the store: a home directory of mode 0700, say.

    Its root passes a directory that others may search, or whose owner and group both have ids in the container.
    """
    path = os.path.dirname(root)
    while True:
        status = os.stat(path)
        is_ours = unmap_id(id_map.uids, status.st_uid) is not None and unmap_id(id_map.gids, status.st_gid) is not None
        if not (status.st_mode & stat.S_IXOTH or is_ours):
            raise Denied(
                "the container's user ids may not pass this directory, in which the store is",
                subject=path,
                hint=f"run chmod o+x {path}, or keep the store elsewhere with --root",
            )
        if path == "/":
            return
        path = os.path.dirname(path)


def close_passage(session: Session, row: Mapping[str, Any]) -> None:
    """Remove the permissions that `passage` gave; those on ROOT are left if another container is in its `passage` now."""
    if _OWN_IDS not in row["id_map"]:
        return
    from pycman.linux.files import locked  # only imported for containers with an id map

    paths = session.paths
    with suppress(FileNotFoundError):
        dress(paths.container(row["id"]), mode=0o700)
    with suppress(TimedOut), locked(_lock(session), timeout_s=0):
        for path in (paths.containers, paths.root):
            dress(path, mode=0o700)


def _lock(session: Session) -> str:
    return session.paths.lock("passage", "all")
