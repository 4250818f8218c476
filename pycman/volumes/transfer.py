"""Export a volume's content as a tar archive, and import one."""

from __future__ import annotations

import os

from pycman.errors import from_os_error
from pycman.storage.archive_io import open_decompressed
from pycman.storage.diff import write_tree_tar
from pycman.storage.unpack import PlainStyle, unpack_tar
from pycman.volumes.catalogue import get_volume
from pycman.volumes.use import mount_volume, unmount_volume

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO

    from pycman.state.session import Session


def export_volume(session: Session, name: str, output: BinaryIO) -> None:
    """Write a volume's content to `output` as a tar with the owners on disk. Raises NotFound, MountFailed."""
    name = get_volume(session, name).name
    path = mount_volume(session, name)
    try:
        write_tree_tar(path, output)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise from_os_error(error, subject=name, doing="cannot read the volume") from error
    finally:
        unmount_volume(session, name)


def import_volume(session: Session, name: str, source: BinaryIO) -> None:
    """Unpack a tar (compressed or not) over a volume's content. Raises NotFound, MountFailed, Corrupt, NoSpace.

    No entry is written outside of the volume, whatever links the tar or the volume has. Files unpacked before an error
    are kept.
    """
    name = get_volume(session, name).name
    path = mount_volume(session, name)
    top = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        unpack_tar(open_decompressed(source), top, style=PlainStyle(), rootless=session.rootless)
    finally:
        os.close(top)
        unmount_volume(session, name)
