"""A volume's content as a tar, out and in."""

from __future__ import annotations

import os

from pycman.storage.archive_io import open_decompressed
from pycman.storage.diff import write_tree_tar
from pycman.storage.unpack import PlainStyle, unpack_tar
from pycman.volumes.catalogue import get_volume
from pycman.volumes.use import release_volume, use_volume

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO

    from pycman.state.session import Session


def export_volume(session: Session, name: str, output: BinaryIO) -> None:
    """Write all that is in a volume as a tar. Raises NotFound."""
    session.enter_namespaces()
    volume = get_volume(session, name)
    path = use_volume(session, volume.name)
    try:
        write_tree_tar(path, output)
    finally:
        release_volume(session, volume.name, "")


def import_volume(session: Session, name: str, source: BinaryIO) -> None:
    """Unpack a tar (compressed or not) over what is in a volume. Raises NotFound, Corrupt, NoSpace."""
    session.enter_namespaces()
    volume = get_volume(session, name)
    path = use_volume(session, volume.name)
    top = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        unpack_tar(open_decompressed(source), top, style=PlainStyle(), rootless=session.rootless)
        session.db.change("UPDATE volumes SET needs_copy_up = 0 WHERE name = ?", (volume.name,))
    finally:
        os.close(top)
        release_volume(session, volume.name, "")
