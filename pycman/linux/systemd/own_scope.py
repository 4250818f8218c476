"""Move this process to a scope of its own, so that it and the helpers it starts do not end with somebody else's.

login by ssh, terminal, service with User=   rootless, nobody but root moves a process from there to a container's cgroup
                                             (cgroup-v2.rst, "Delegation Containment"), and helpers left there end with the session
a monitor's scope                            its exit command may start the container again, and with it helpers of others
"""

from __future__ import annotations

import os

from pycman.errors import Unavailable
from pycman.linux.cgroup.setup import CGROUP_ROOT, own_group
from pycman.linux.systemd.presence import bus_path, runs_systemd
from pycman.spec.cgroup_names import default_slice, is_monitors


def leave_others_scope(uid: int, *, rootless: bool) -> None:
    """Move this process from a monitor's scope, and rootless from a cgroup that is not the user's.

    Does nothing where systemd or its bus is missing: what needs the scope fails or warns by itself.
    """
    group = own_group() if _has_units() else ""
    if group and (is_monitors(group) or (rootless and not _is_own(group))):
        _start(uid, f"pycman-{os.getpid()}.scope", os.getpid(), "pycman's helpers", rootless=rootless)


def move_supervisor(uid: int, *, rootless: bool) -> None:
    """Move this process, which supervises the containers of a store, to a scope that says so."""
    if _has_units():
        pid = os.getpid()
        _start(uid, f"pycman-supervisor-{pid}.scope", pid, "pycman's supervisor of containers", rootless=rootless)


def move_holder(uid: int, pid: int) -> None:
    """Move the process that keeps the user's namespaces to a scope of its own."""
    if _has_units():
        _start(uid, f"pycman-pause-{pid}.scope", pid, "pycman's rootless namespaces", rootless=True)


def _has_units() -> bool:
    return runs_systemd() and os.path.exists(f"{CGROUP_ROOT}/cgroup.controllers")


def _is_own(group: str) -> bool:
    """Say whether a cgroup's directory is the user's: in the user's namespace both are 0."""
    try:
        return os.stat(f"{CGROUP_ROOT}{group}").st_uid == os.geteuid()
    except OSError:
        return True  # another mount namespace or cgroup namespace: it is not known, and nothing can be done


def _start(uid: int, unit: str, pid: int, description: str, *, rootless: bool) -> None:
    if not bus_path(uid, rootless=rootless):
        return
    from pycman.linux.systemd.units import Manager  # only from a cgroup that is left

    try:
        Manager(uid, rootless=rootless).start_scope(unit, default_slice(rootless=rootless), [pid], description)
    except Unavailable:
        return
