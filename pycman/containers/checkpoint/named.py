"""docker's checkpoints with names: `checkpoint create`, `ls` and `rm`, and what `start --checkpoint` uses."""

from __future__ import annotations

import os

from pycman.containers import dumps
from pycman.containers.catalogue import get_id
from pycman.containers.checkpoint.place import Named, directory_of, place_of
from pycman.errors import NotFound
from pycman.linux.files import remove_tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.state.session import Session


def list_checkpoints(session: Session, name: str, directory: str = "") -> list[str]:
    """Return the names of a container's checkpoints, sorted. Raises NotFound (container), InvalidInput (directory)."""
    folder = directory_of(session, get_id(session, name), directory)
    try:
        with os.scandir(folder) as entries:
            return sorted(entry.name for entry in entries if dumps.is_complete(f"{entry.path}/{dumps.CHECKPOINT}"))
    except FileNotFoundError:
        return []


def remove_checkpoint(session: Session, name: str, checkpoint: str, directory: str = "") -> None:
    """Remove one of a container's checkpoints. Raises NotFound, InvalidInput (name, directory)."""
    session.enter_namespaces()
    container_id = get_id(session, name)
    place = place_of(session, container_id, Named(name=checkpoint, directory=directory))
    with session.lock("container", container_id):
        if not checkpoint or not os.path.isdir(f"{place}/{dumps.CHECKPOINT}"):
            raise NotFound(
                f"it has no checkpoint {checkpoint}", subject=name, hint=f"pycman checkpoint ls {name} lists them"
            )
        remove_tree(place)
