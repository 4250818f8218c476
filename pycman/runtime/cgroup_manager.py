"""Which cgroup manager makes the cgroups of containers on this host, and why: systemd, cgroupfs or none (disabled).

`look` asks the host, `choose_manager` decides; pure.
"""

from __future__ import annotations

import os

from pycman.linux.cgroup.setup import (
    CGROUP_ROOT,
    CgroupSetup,
    cgroup_setup,
    delegated_controllers,
    group_controllers,
    own_group,
)
from pycman.linux.systemd.presence import NO_ANSWER, runs_systemd
from pycman.record import Record

ON_V1 = "ordinary users have no cgroups of version 1"
NOT_DELEGATED = "no cgroup is delegated to this user"


class Surroundings(Record):
    """What the choice depends on."""

    rootless: bool = False
    setup: CgroupSetup = CgroupSetup()
    no_systemd: str = ""
    """Why systemd cannot be asked; "" if it answers on its bus."""
    delegated: tuple[str, ...] = ()
    """Controllers that the user's own systemd may use."""
    own: tuple[str, ...] | None = None
    """Controllers of this process's cgroup of v2; None if it has none that it could split."""


class ChosenManager(Record):
    """`cgroups` is v1, v2 or none; `manager` cgroupfs, systemd or disabled; `controllers` those that limits can be set with."""

    cgroups: str
    manager: str
    why: str
    controllers: tuple[str, ...] = ()


def look(uid: int, bus: str, *, rootless: bool) -> Surroundings:
    """Return the surroundings of the user `uid` of the host; `bus` is the socket of the bus that systemd should be on, or ""."""
    setup = cgroup_setup()
    if setup.kind != "v2":
        return Surroundings(rootless=rootless, setup=setup, no_systemd="systemd is only used with cgroup v2")
    own = own_group().removesuffix("/supervisor")
    splits = own not in ("", "/") and os.access(f"{CGROUP_ROOT}{own}/cgroup.procs", os.W_OK)
    return Surroundings(
        rootless=rootless,
        setup=setup,
        no_systemd=_no_systemd(uid, bus),
        delegated=delegated_controllers(uid) if rootless else (),
        own=group_controllers(own) if splits else None,
    )


def _no_systemd(uid: int, bus: str) -> str:
    if not runs_systemd():
        return "systemd does not run here"
    if not bus:
        return "there is no bus to ask systemd on (a session with XDG_RUNTIME_DIR, or dbus.socket)"
    from pycman.linux.systemd.bus import systemd_answers  # once per boot, and only where systemd runs

    return "" if systemd_answers(bus, uid) else f"{NO_ANSWER} {bus}"


def choose_manager(wanted: str, runtime: str, here: Surroundings) -> ChosenManager:
    """Return the manager for what the user or a container asks for: systemd, cgroupfs, disabled, split (below our own cgroup), or "".

    systemd is taken where it answers, as by podman. Rootless, cgroups need v2 and what systemd delegates. On a hybrid host crun refuses
    to work with cgroups at all ("cgroups in hybrid mode not supported") while runc uses the v1 controllers. Pure.
    """
    if wanted == "disabled":
        return _none("--cgroup-manager=disabled")
    if here.setup.kind == "none":
        return _none("no cgroups are mounted")
    if wanted == "split":
        return _split(here)
    if here.rootless:
        return _rootless(wanted, here)
    if here.setup.kind == "hybrid" and runtime in ("", "crun"):
        return _none("crun refuses a hybrid host")
    why_not = "cgroupfs was asked for" if wanted == "cgroupfs" else here.no_systemd
    return ChosenManager(
        cgroups="v2" if here.setup.kind == "v2" else "v1",
        manager="cgroupfs" if why_not else "systemd",
        why=why_not or "systemd runs and answers on the system bus",
        controllers=here.setup.controllers,
    )


def _none(why: str) -> ChosenManager:
    return ChosenManager(cgroups="none", manager="disabled", why=why)


def _split(here: Surroundings) -> ChosenManager:
    if here.own is None:
        return _none("this process has no cgroup of version 2 of its own that could be split")
    return ChosenManager(cgroups="v2", manager="cgroupfs", why="--cgroups=split", controllers=here.own)


def _rootless(wanted: str, here: Surroundings) -> ChosenManager:
    if here.setup.kind != "v2":
        return _none(ON_V1)
    if wanted == "cgroupfs":
        return _none("an ordinary user's cgroups are made by systemd, not by cgroupfs")
    if here.no_systemd:
        return _none(f"{NOT_DELEGATED}: {here.no_systemd}")
    why = "systemd runs and answers on the user's session bus"
    return ChosenManager(cgroups="v2", manager="systemd", why=why, controllers=here.delegated)
