"""Where a container's cgroup is."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.spec.container import ContainerSpec
    from pycman.state.session import Session


def cgroup_path(session: Session, spec: ContainerSpec, container_id: str) -> str:
    """Return the container's cgroup below the hierarchy's root."""
    parent = spec.cgroup_parent or default_parent(session)
    return f"{parent.rstrip('/') or ''}/pycman-{container_id}"


def default_parent(session: Session) -> str:
    """Return the cgroup that containers and pods are below unless they ask for another."""
    return "/pycman" if not session.rootless else f"/pycman-{session.user.uid}"
