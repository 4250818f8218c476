"""The way of a container with ids of its own to its root file system, open for as long as the runtime needs it.

Its first process, already with the container's ids, mounts the root by its path, so it must pass the root, containers/ and
containers/ID; sources of binds the runtime opens before (crun and runc both). The first two let everybody pass but nobody look, which
leads to nothing, as all else in them is closed (state/paths.py); the third lets the container's own group pass.
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
"""How a stored id map says that there are any."""


@contextmanager
def passage(session: Session, row: Mapping[str, Any]) -> Iterator[None]:
    """Let a container's own ids pass to its root file system; nothing for one without."""
    if _OWN_IDS not in row["id_map"]:
        yield
        return
    from pycman.linux.files import locked  # containers with ids of their own only

    paths = session.paths
    group = map_id(IdMap.from_dict(parse_json(row["id_map"])).gids, 0)
    try:
        with locked(_lock(session), shared=True):
            for path in (paths.root, paths.containers):
                dress(path, mode=0o711)
            own = paths.container(row["id"])
            if group is None:  # there is no root inside: then whoever is there has no group that we could name
                dress(own, mode=0o711)
            else:
                dress(own, owner=(-1, group), mode=0o710)
            crash_point("start:passage")
            yield
    finally:
        close_passage(session, row)


def close_passage(session: Session, row: Mapping[str, Any]) -> None:
    """Close what `passage` opened, unless another container needs it at this moment: then that one closes it."""
    if _OWN_IDS not in row["id_map"]:
        return
    from pycman.linux.files import locked  # containers with ids of their own only

    paths = session.paths
    with suppress(FileNotFoundError):
        dress(paths.container(row["id"]), mode=0o700)
    with suppress(TimedOut), locked(_lock(session), timeout_s=0):
        for path in (paths.containers, paths.root):
            dress(path, mode=0o700)


def _lock(session: Session) -> str:
    return session.paths.lock("passage", "all")
