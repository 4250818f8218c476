"""CheckpointContainer, and containers that are created from an image which holds a checkpoint, as with CRI-O.

CheckpointContainer: the container runs on, its archive is at `location`
CreateContainer with such an image: the kubelet's spec, the image in the archive, CRIU's images ── StartContainer ──▶ restored
"""

from __future__ import annotations

import os

from pycman.containers.catalogue import get_id
from pycman.containers.checkpoint.checkpoint import checkpoint_container
from pycman.containers.checkpoint.imported import Checkpoint, ImportOptions, is_checkpoint
from pycman.containers.checkpoint.options import CheckpointOptions, RestoreOptions
from pycman.containers.checkpoint.restore import has_images, restore_container
from pycman.containers.create.create import create_container
from pycman.errors import InvalidInput, NotFound, Unsupported, from_os_error
from pycman.linux.whole_file import whole_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pycman.spec.container import ContainerSpec
    from pycman.state.session import Session


def checkpoint(session: Session, container_id: str, location: str) -> None:
    """Write the archive of a running container's checkpoint, a plain tar, to a path of this node; the container runs on.

    A failure leaves no file. Raises NotFound, WrongState, InvalidInput (the path), and what `checkpoint_container` raises.
    """
    if not location.startswith("/") or location.endswith("/"):
        raise InvalidInput("not an absolute path of a file", subject=f"location {location!r}")
    container_id = get_id(session, container_id)
    try:
        with whole_file(location, mode=0o600) as output:
            options = CheckpointOptions(leave_running=True, compress="none", tcp_established=True, file_locks=True)
            checkpoint_container(session, container_id, options, output)
            output.flush()
            os.fsync(output.fileno())
    except OSError as error:
        raise from_os_error(error, subject=location) from error


def create(session: Session, spec: ContainerSpec, image: str, *, allowed: bool) -> str:
    """Create a container as the kubelet asks for it, from what its image (a full id) is: files, or a checkpoint if that is `allowed`.

    Raises what creating raises, NotFound for the image that a checkpoint was made with, Unsupported.
    """
    if not is_checkpoint(session, image):
        return create_container(session, spec)
    if not allowed:
        raise Unsupported(
            "its image holds a checkpoint, whose processes have the capabilities that they had",
            subject=image,
            hint="set restore_checkpoints = true in cri.toml where whoever makes pods may run privileged ones",
        )
    with Checkpoint(session, image=image) as found:
        if not found.container.in_pod:
            raise InvalidInput("its container was in no pod", subject=image, hint="run pycman container restore")
        try:
            return found.create(
                spec.replace(image=found.container.spec.image), ImportOptions(volumes=False), same_id=False
            )
        except NotFound as error:
            error.hint = "pull the image that the checkpoint was made with first"
            raise


def restored(session: Session, row: Any) -> bool:
    """Restore a container that was created from a checkpoint and has never run; return whether it is one."""
    if row["started_at_ns"] or not has_images(session, row["id"]):
        return False
    restore_container(session, row["id"], RestoreOptions(file_locks=True))
    return True
