"""`export`: write a container's root file system as one tar."""

from __future__ import annotations

from pycman.containers.catalogue import get_row
from pycman.containers.events import append_event
from pycman.containers.files.mount import root_mounted
from pycman.errors import from_os_error
from pycman.jsontext import parse_json
from pycman.spec.id_map import IdMap
from pycman.storage.diff import write_tree_tar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO

    from pycman.state.session import Session


def export_container(session: Session, name: str, output: BinaryIO) -> None:
    """Write the root file system of a container, running or not, to `output` as a tar.

    Mounts are left out, as docker does it. Owners are the container's ids. Raises NotFound, BrokenPipeError, and other
    errors of reading or writing as a PycmanError.
    """
    session.enter_namespaces()
    row = get_row(session, name)
    with root_mounted(session, row["id"]) as root:
        try:
            write_tree_tar(root, output, id_map=IdMap.from_dict(parse_json(row["id_map"])))
        except BrokenPipeError:
            raise
        except OSError as error:
            raise from_os_error(error, subject=name, doing="cannot export") from error
    append_event(session, row, "export")
