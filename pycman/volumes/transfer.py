"""A volume's content as a tar, out and in."""

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
    """Write all that is in a volume as a tar; owners as they are on disk. Raises NotFound, MountFailed."""
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
    """Unpack a tar (compressed or not) over what is in a volume. Raises NotFound, MountFailed, Corrupt, NoSpace.

    No entry lands outside of the volume, also if links in it say so; what was unpacked before an error stays.
    """
    name = get_volume(session, name).name
    path = mount_volume(session, name)
    top = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        unpack_tar(open_decompressed(source), top, style=PlainStyle(), rootless=session.rootless)
    finally:
        os.close(top)
        unmount_volume(session, name)
