"""The path of a container's cgroup, and of the cgroup it is in by default."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.spec.container import ContainerSpec
    from pycman.state.session import Session


def cgroup_path(session: Session, spec: ContainerSpec, container_id: str) -> str:
    """Return the path of the container's cgroup below the root of the hierarchy (runtime-spec, `cgroupsPath`)."""
    parent = spec.cgroup_parent or default_parent(session)
    return f"{parent.rstrip('/') or ''}/pycman-{container_id}"


def default_parent(session: Session) -> str:
    """Return the cgroup parent of containers and pods that do not set --cgroup-parent."""
    return "/pycman" if not session.rootless else f"/pycman-{session.user.uid}"
