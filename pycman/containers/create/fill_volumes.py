"""Fill the new volumes of a container that is created and not started, as docker does: others may use them first (data containers)."""

from __future__ import annotations

from pycman.containers.catalogue import row_of, spec_of
from pycman.errors import NotFound

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.state.session import Session


def fill_volumes(session: Session, container_id: str) -> None:
    """Copy what the image has at the mount points of new volumes into them. Raises MountFailed, NoSpace.

    Those that are mounted with their container (a device, tmpfs) are filled at its start.
    """
    wanted = session.db.rows(
        "SELECT v.name FROM container_volumes u JOIN volumes v ON v.name = u.volume_name"
        " WHERE u.container_id = ? AND v.needs_copy_up = 1 AND v.options = '{}' AND v.state = 'ready'",
        (container_id,),
    )
    if not wanted:
        return
    from pycman.containers.mounts.steps import MountExtras, mount_root  # only imported for new volumes
    from pycman.linux.mounts import unmount_below  # as above

    with session.lock("container", container_id):
        try:
            row = row_of(session, container_id)
        except NotFound:
            return
        if row["boot_id"] or row["mounted"]:
            return  # another command has started or mounted it: a start fills them
        spec = spec_of(row)
        if spec.rootfs:
            return
        root = mount_root(session, row)
        try:
            MountExtras(session, row, spec).fill({volume["name"] for volume in wanted})
        finally:
            unmount_below(root)
