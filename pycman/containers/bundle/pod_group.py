"""A pod's own cgroup: made with the pod's limits before a member is run in it, removed when nothing is left in it."""

from __future__ import annotations

from pycman.containers.bundle.cgroup_path import remove_default_parent
from pycman.contexts import suppress
from pycman.errors import Unavailable
from pycman.jsontext import parse_json
from pycman.linux.cgroup.group import group_at, wait_empty
from pycman.linux.cgroup.parent import make_parent, remove_parent
from pycman.runtime.host_facts import host_facts
from pycman.runtime.oci_runtimes import choose_runtime
from pycman.runtime.resources import limits_object
from pycman.runtime.settable import settable
from pycman.spec.cgroup_names import is_own_of_pod, is_slice, slice_name
from pycman.spec.resources import Resources

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.linux.systemd.units import Manager
    from pycman.state.session import Session

_WAIT_S = 5.0


def prepare_pod_group(session: Session, pod_id: str, *, tell: bool = False) -> bool:
    """Make the cgroup of a pod that has limits; it may be there already. Return False if this host cannot limit it.

    Called by each start of a member, as any of them may be the first; `tell`: add a warning for each limit that the host cannot set.
    Raises Unavailable, NotFound (a block device).
    """
    row = session.db.row("SELECT cgroup, spec FROM pods WHERE id = ?", (pod_id,))
    if row is None or '"resources"' not in row["spec"]:
        return True
    spec = parse_json(row["spec"])
    limits = Resources.from_dict(spec.get("resources") or {})
    if limits == Resources():
        return True
    cgroup = row["cgroup"]
    runtime = choose_runtime(session, spec.get("oci_runtime") or "").program
    host = host_facts(session, limits, runtime=runtime, manager="systemd" if is_slice(cgroup) else "cgroupfs")
    if host.cgroups == "none" or not is_own_of_pod(cgroup, pod_id):
        return False
    possible, warnings = settable(limits, host.cgroups, host.controllers, rootless=host.rootless)
    session.warnings += warnings if tell else []
    requested = limits_object(possible, host.device_numbers)
    if not is_slice(cgroup):
        make_parent(cgroup, requested)
    elif not _exists(cgroup):
        from pycman.linux.systemd.properties import unit_properties  # only for pods with limits on hosts with systemd

        _manager(session).start_slice(slice_name(cgroup), unit_properties(requested), f"pod {pod_id[:12]} of pycman")
    return True


def release_pod_group(session: Session, pod_id: str, cgroup: str, *, end: bool = False) -> None:
    """Remove a pod's own cgroup; `end` what is still in it, else it is kept. Monitors leave it a moment after their containers."""
    if not is_own_of_pod(cgroup, pod_id):
        return
    if is_slice(cgroup):
        if not wait_empty(group_at(cgroup), _WAIT_S) and not end:
            return
        with suppress(Unavailable):  # systemd has gone, and its cgroups with it
            _manager(session).stop(slice_name(cgroup))
    else:
        remove_parent(cgroup)
        remove_default_parent(session)


def _exists(cgroup: str) -> bool:
    group = group_at(cgroup)
    return bool(group.folders or group.unified)


def _manager(session: Session) -> Manager:
    from pycman.linux.systemd.units import Manager  # only on hosts with systemd

    return Manager(session.user.uid, rootless=session.rootless)
