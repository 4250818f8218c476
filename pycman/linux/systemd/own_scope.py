"""Rootless: move this process to a scope of the user's own systemd, where its children can be moved on to containers' scopes.

A login by ssh, a terminal's session and a service with User= are in cgroups of the system's manager. From there nobody but root moves
a process to a container's cgroup (cgroup-v2.rst, "Delegation Containment"), and helpers left there end with the session.
"""

from __future__ import annotations

import os

from pycman.errors import Unavailable
from pycman.linux.cgroup.setup import CGROUP_ROOT, own_group
from pycman.linux.systemd.presence import bus_path, runs_systemd

_SLICE = "user.slice"


def move_to_own_scope(uid: int) -> None:
    """Move this process, unless its cgroup already belongs to the user `uid`. Does nothing where systemd or its bus is missing."""
    if not runs_systemd() or not os.path.exists(f"{CGROUP_ROOT}/cgroup.controllers") or _is_own(own_group()):
        return
    _start(uid, f"pycman-{os.getpid()}.scope", os.getpid(), "pycman's helpers of a user")


def move_holder(uid: int, pid: int) -> None:
    """Move the process that keeps the user's namespaces to a scope of its own."""
    if runs_systemd() and os.path.exists(f"{CGROUP_ROOT}/cgroup.controllers"):
        _start(uid, f"pycman-pause-{pid}.scope", pid, "pycman's rootless namespaces")


def _is_own(group: str) -> bool:
    """Say whether a cgroup's directory is the user's: in the user's namespace both are 0."""
    try:
        return os.stat(f"{CGROUP_ROOT}{group}").st_uid == os.geteuid()
    except OSError:
        return True  # another mount namespace or cgroup namespace: it is not known, and nothing can be done


def _start(uid: int, unit: str, pid: int, description: str) -> None:
    if not bus_path(uid, rootless=True):
        return
    from pycman.linux.systemd.units import Manager  # only from a session of the system's manager

    try:
        Manager(uid, rootless=True).start_scope(unit, _SLICE, [pid], description)
    except Unavailable:
        return  # what needs the scope fails or warns by itself
