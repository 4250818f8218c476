"""Move this process, or helpers that it started, to a scope of their own, so that they do not end with somebody else's.

login by ssh, terminal, service with User=   rootless, nobody but root moves a process from there to a container's cgroup
                                             (cgroup-v2.rst, "Delegation Containment"), and helpers left there end with the session
a monitor's scope                            its exit command may start the container again, and with it helpers of others
a service                                    conmon stays there, for systemd to watch; helpers of networks, which the containers
                                             of other services need too, would be killed with it (systemd.kill(5))
"""

from __future__ import annotations

import os

from pycman.errors import Unavailable
from pycman.linux.cgroup.setup import CGROUP_ROOT, group_of, own_group
from pycman.linux.systemd.presence import bus_path, runs_systemd
from pycman.spec.cgroup_names import default_slice, is_monitors, is_scope_of_helpers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def leave_others_scope(uid: int, *, rootless: bool) -> None:
    """Move this process from a monitor's scope, and rootless from a cgroup that is not the user's.

    Does nothing where systemd or its bus is missing: what needs the scope fails or warns by itself.
    """
    group = own_group() if _has_units() else ""
    if group and (is_monitors(group) or (rootless and not _is_own(group))):
        _start(uid, f"pycman-{os.getpid()}.scope", [os.getpid()], "pycman's helpers", rootless=rootless)


def move_helpers(uid: int, pids: Sequence[int], *, rootless: bool) -> None:
    """Move helpers of a store's networks to a scope of their own, but for those that are in a scope of pycman's already."""
    elsewhere = [pid for pid in pids if not is_scope_of_helpers(group_of(pid))] if _has_units() else []
    if elsewhere:
        _start(
            uid, f"pycman-network-{elsewhere[0]}.scope", elsewhere, "pycman's helpers of networks", rootless=rootless
        )


def move_supervisor(uid: int, *, rootless: bool) -> None:
    """Move this process, which supervises the containers of a store, to a scope that says so."""
    if _has_units():
        pid = os.getpid()
        _start(uid, f"pycman-supervisor-{pid}.scope", [pid], "pycman's supervisor of containers", rootless=rootless)


def move_holder(uid: int, pid: int) -> None:
    """Move the process that keeps the user's namespaces to a scope of its own."""
    if _has_units():
        _start(uid, f"pycman-pause-{pid}.scope", [pid], "pycman's rootless namespaces", rootless=True)


def _has_units() -> bool:
    return runs_systemd() and os.path.exists(f"{CGROUP_ROOT}/cgroup.controllers")


def _is_own(group: str) -> bool:
    """Say whether a cgroup's directory is the user's: in the user's namespace both are 0."""
    try:
        return os.stat(f"{CGROUP_ROOT}{group}").st_uid == os.geteuid()
    except OSError:
        return True  # another mount namespace or cgroup namespace: it is not known, and nothing can be done


def _start(uid: int, unit: str, pids: Sequence[int], description: str, *, rootless: bool) -> None:
    if not bus_path(uid, rootless=rootless):
        return
    from pycman.linux.systemd.units import Manager  # only from a cgroup that is left

    try:
        Manager(uid, rootless=rootless).start_scope(unit, default_slice(rootless=rootless), pids, description)
    except Unavailable:
        return
