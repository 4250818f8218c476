"""The cgroup of a container whose start was killed while the runtime created it.

A runtime makes the cgroup before it writes down that it knows the container; killed between the two, it deletes nothing later.
"""

from __future__ import annotations

from pycman.containers.bundle.cgroup_path import cgroupfs_path
from pycman.linux.cgroup.parent import remove_parent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.spec.container import ContainerSpec
    from pycman.state.session import Session


def remove_left_group(session: Session, spec: ContainerSpec, container_id: str) -> None:
    """Remove the cgroup that cgroupfs made for a container, if nothing is in it; systemd removes its own."""
    if spec.manager == "cgroupfs":
        remove_parent(f"/{cgroupfs_path(session, spec, container_id).lstrip('/')}")
