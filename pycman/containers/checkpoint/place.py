"""Where the files of a checkpoint are.

ROOT/containers/ID/                     of the one that `container restore` uses
├── checkpoint/  pre-checkpoint/        images of CRIU
├── network.status                      the addresses that it had
├── devshm-checkpoint.tar               the content of /dev/shm
├── dump.log  stats-dump                what CRIU said; restore.log  stats-restore
└── checkpoints/NAME/                   the same, of one of docker's
"""

from __future__ import annotations

import os

from pycman.errors import InvalidInput
from pycman.record import Record
from pycman.spec.container import check_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.state.session import Session

NETWORK_STATUS = "network.status"
SHARED_MEMORY = "devshm-checkpoint.tar"
LOGS = ("dump.log", "stats-dump", "restore.log", "stats-restore")


class Named(Record):
    """One of docker's checkpoints: its `name`, and the `directory` that has those of a container; "" is the container's own."""

    name: str = ""
    directory: str = ""


def place_of(session: Session, container_id: str, named: Named) -> str:
    """Return the directory of a checkpoint's files. Raises InvalidInput for a name that is none."""
    own = session.paths.container(container_id)
    if not named.name:
        return own
    check_name(named.name, noun="checkpoint")
    return f"{directory_of(session, container_id, named.directory)}/{named.name}"


def directory_of(session: Session, container_id: str, directory: str) -> str:
    """Return the directory with docker's checkpoints of a container. Raises InvalidInput for a path that is not absolute."""
    if directory and not os.path.isabs(directory):
        raise InvalidInput("not an absolute path", subject=f"--checkpoint-dir {directory}", hint="begin it with /")
    return directory or f"{session.paths.container(container_id)}/checkpoints"
