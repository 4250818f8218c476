"""A container's files as the container sees them, with its mounts, running or not; always through a descriptor.

running   the root directory of its process (/proc/PID/root)
stopped   its root file system, mounted temporarily, with its binds and volumes mounted in a private mount namespace
"""

from __future__ import annotations

import contextlib
import os

from pycman.containers import states
from pycman.containers.catalogue import get_id, row_of, spec_of
from pycman.containers.files.mount import root_mounted
from pycman.containers.process.inside import is_seen
from pycman.containers.users import process_user
from pycman.jsontext import parse_json
from pycman.linux.files import descriptor_path, shared_path
from pycman.linux.mount_view import ViewMount, private_view
from pycman.linux.open_below import directory_below, path_below, process_root
from pycman.record import Record
from pycman.spec.id_map import IdMap
from pycman.volumes.catalogue import find_volume
from pycman.volumes.use import copy_up, mount_volume, unmount_volume

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from pycman.spec.container import ContainerSpec
    from pycman.spec.mount import Mount
    from pycman.state.session import Session


class RootView(Record):
    """`root` is an O_PATH descriptor; everything inside is opened through it with openat2(RESOLVE_IN_ROOT)."""

    id: str
    name: str
    root: int
    id_map: IdMap
    user: str


@contextlib.contextmanager
def root_view(session: Session, name: str) -> Iterator[RootView]:
    """Yield a view of the container `name`, which is valid inside the `with` block. Raises NotFound, MountFailed."""
    session.enter_namespaces()
    row = row_of(session, get_id(session, name), name)
    spec = spec_of(row)
    with _root(session, row, spec) as root:
        yield RootView(
            id=row["id"],
            name=row["name"],
            root=root,
            id_map=IdMap.from_dict(parse_json(row["id_map"])),
            user=process_user(session, spec),
        )


@contextlib.contextmanager
def _root(session: Session, row: Mapping[str, Any], spec: ContainerSpec) -> Iterator[int]:
    running = process_root(row["pid"], row["pid_start"]) if states.has_process(row) and is_seen(session, row) else None
    if running is not None:
        try:
            yield running
        finally:
            os.close(running)
        return
    with root_mounted(session, row["id"]) as path, contextlib.ExitStack() as stack:
        mounts = [found for mount in spec.mounts for found in _view_mount(session, row, mount, path, stack)]
        if mounts:
            yield stack.enter_context(private_view(path, mounts))
            return
        top = os.open(path, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            yield top
        finally:
            os.close(top)


def _view_mount(
    session: Session, row: Mapping[str, Any], mount: Mount, root: str, stack: contextlib.ExitStack
) -> list[ViewMount]:
    """Return the mount of a bind or volume in the view; other kinds have no content before the container starts."""
    source = mount.source
    if mount.kind == "volume":
        if find_volume(session, source) is None:
            return []
        source = mount_volume(session, mount.source)
        stack.callback(unmount_volume, session, mount.source)
        if "nocopy" not in mount.options:
            _fill(session, row, mount, root)
        if mount.subpath:
            inside = path_below(source, mount.subpath)
            if inside is None:
                return []
            stack.callback(os.close, inside)
            source = shared_path(inside)  # opened inside the volume: no link in it leads out
    elif mount.kind != "bind" or "O" in mount.options:
        return []
    if not os.path.exists(source):
        return []
    return [ViewMount(source=source, target=mount.target, read_only=mount.read_only)]


def _fill(session: Session, row: Mapping[str, Any], mount: Mount, root: str) -> None:
    """Fill a new volume from the image as a start would: a start fills only empty volumes, so that files copied into it now would
    prevent that.
    """
    inside = directory_below(root, mount.target)
    if inside is not None:
        try:
            copy_up(session, mount.source, descriptor_path(inside), container_id=row["id"])
        finally:
            os.close(inside)
