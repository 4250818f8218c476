"""The path of a container's cgroup."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.spec.container import ContainerSpec
    from pycman.state.session import Session


def cgroup_path(session: Session, spec: ContainerSpec, container_id: str) -> str:
    """Return the path of the container's cgroup, relative to the root of the hierarchy."""
    parent = spec.cgroup_parent or default_parent(session)
    return f"{parent.rstrip('/') or ''}/pycman-{container_id}"


def default_parent(session: Session) -> str:
    """Return the default parent cgroup of containers and pods (without --cgroup-parent)."""
    return "/pycman" if not session.rootless else f"/pycman-{session.user.uid}"
