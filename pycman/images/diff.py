"""The changes of an image's top layer, and the differences of two images."""

from __future__ import annotations

import os
import stat

from pycman.images.catalogue import get_image
from pycman.images.mount import mount_image, unmount_image
from pycman.storage.diff import Change, list_changes
from pycman.storage.layers import ensure_image_layers, layer_paths

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.state.session import Session


def diff_image(session: Session, name: str, other: str = "") -> list[Change]:
    """Return the changes of the top layer of `name` to those below it; with `other`, the changes from `other` to
    `name`.

    A directory comes before its entries. Raises NotFound.
    """
    session.enter_namespaces()
    image = get_image(session, name)
    if not other:
        layers = layer_paths(session, ensure_image_layers(session, image.id))
        return list_changes(layers[0], layers[1:]) if layers else []
    older = get_image(session, other)
    after = mount_image(session, image.id)
    try:
        before = mount_image(session, older.id)
        try:
            changes: list[Change] = []
            _compare(before, after, "", changes)
            return changes
        finally:
            unmount_image(session, older.id)
    finally:
        unmount_image(session, image.id)


def _compare(before: str, after: str, path: str, changes: list[Change]) -> None:
    old, new = _listing(before + path), _listing(after + path)
    for name in sorted({*old, *new}):
        entry_path = f"{path}/{name}"
        if name not in new:
            changes.append(Change(kind="D", path=entry_path))
            continue
        new_status = new[name]
        old_status = old.get(name)
        inner: list[Change] = []
        if stat.S_ISDIR(new_status.st_mode):
            _compare(before, after, entry_path, inner)
        if old_status is None:
            changes.append(Change(kind="A", path=entry_path))
        elif inner or _differs(old_status, new_status, before + entry_path, after + entry_path):
            changes.append(Change(kind="C", path=entry_path))
        changes += inner


def _listing(path: str) -> dict[str, os.stat_result]:
    if os.path.islink(path):
        return {}
    try:
        with os.scandir(path) as entries:
            return {entry.name: entry.stat(follow_symlinks=False) for entry in entries}
    except (FileNotFoundError, NotADirectoryError):
        return {}


def _differs(old: os.stat_result, new: os.stat_result, old_path: str, new_path: str) -> bool:
    if (old.st_mode, old.st_uid, old.st_gid, old.st_rdev) != (new.st_mode, new.st_uid, new.st_gid, new.st_rdev):
        return True
    if stat.S_ISLNK(new.st_mode):
        return os.readlink(old_path) != os.readlink(new_path)
    if stat.S_ISREG(new.st_mode):
        return (old.st_size, old.st_mtime_ns) != (new.st_size, new.st_mtime_ns)
    return False
