"""Where the processes of a start are to be before conmon forks: this command, the pod's cgroup, and conmon itself."""

from __future__ import annotations

from pycman.containers.bundle.cgroup_path import container_slice
from pycman.errors import Unavailable
from pycman.linux.systemd.presence import in_service, runs_systemd
from pycman.spec.cgroup_names import conmon_scope

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from pycman.spec.container import ContainerSpec
    from pycman.state.session import Session


def leave_login(session: Session) -> None:
    """Move this command, and so the helpers it starts, out of the scope of a monitor, and rootless of the user's login."""
    if runs_systemd():
        from pycman.linux.systemd.own_scope import leave_others_scope  # only on hosts with systemd

        leave_others_scope(session.user.uid, rootless=session.rootless)


def prepare_groups(session: Session, row: Mapping[str, Any], spec: ContainerSpec) -> None:
    """Make the cgroups that the container's is made in. Raises Unavailable (limits of the pod cannot be set, no group to split)."""
    if row["pod_id"]:
        from pycman.containers.bundle.pod_group import prepare_pod_group  # only imported for members of pods

        prepare_pod_group(session, row["pod_id"])
    if spec.cgroups == "split":
        from pycman.linux.cgroup.split import split_own_group  # only imported for --cgroups=split

        split_own_group()


def conmon_mover(
    session: Session, row: Mapping[str, Any], spec: ContainerSpec, manager: str
) -> Callable[[int], None] | None:
    """Return what moves conmon to a scope of its own, given its pid; None if it stays where this command is.

    It stays in a service, whose manager watches it there (as podman's does), with --cgroups=no-conmon, split and disabled.
    """
    if manager != "systemd" or spec.cgroups in ("no-conmon", "split", "disabled") or in_service():
        return None

    def move(pid: int) -> None:
        from pycman.linux.systemd.units import Manager  # only on hosts with systemd

        try:
            Manager(session.user.uid, rootless=session.rootless).start_scope(
                conmon_scope(row["id"]), container_slice(session, spec), [pid], f"pycman's monitor of {row['name']}"
            )
        except Unavailable as error:
            session.warnings.append(f"conmon stays in the cgroup of this command: {error}")

    return move
