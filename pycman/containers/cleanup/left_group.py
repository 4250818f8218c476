"""The cgroup of a container whose start was killed while the runtime created it.

A runtime makes the cgroup before it writes down that it knows the container; killed between the two, it deletes nothing later.
"""

from __future__ import annotations

from pycman.containers.bundle.cgroup_path import default_parent
from pycman.linux.cgroup.parent import remove_parent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.spec.container import ContainerSpec
    from pycman.state.session import Session


def remove_left_group(session: Session, spec: ContainerSpec, container_id: str) -> None:
    """Remove the cgroup that cgroupfs made for a container, if nothing is in it; systemd removes its own."""
    if spec.manager == "cgroupfs":
        parent = spec.cgroup_parent or default_parent(session)
        remove_parent(f"/{parent.strip('/')}/pycman-{container_id}")
