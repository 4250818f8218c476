"""What this host can do, determined once per boot and cached below the run root."""

from __future__ import annotations

import os
import stat

from pycman.errors import InvalidInput, NotFound
from pycman.linux.cgroup.setup import cgroup_key
from pycman.linux.host_limits import bounding_mask, hard_limits, has_apparmor, has_selinux, own_oom_score_adj
from pycman.linux.systemd.presence import NO_ANSWER, bus_path, runs_systemd
from pycman.runtime.bundle_input import HostDevice, HostFacts
from pycman.state.boot_cache import cached
from pycman.state.settings import containers_conf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pycman.spec.container import ContainerSpec
    from pycman.spec.mount import Device
    from pycman.spec.resources import Resources
    from pycman.state.session import Session


def host_facts(session: Session, limits: Resources | None = None, *, runtime: str = "", manager: str = "") -> HostFacts:
    """Return what this host can do with an OCI runtime (by its program's name; "" is crun), and the numbers of the block
    devices that `limits` name. Raises NotFound or InvalidInput for one that is no block device.

    `manager` is the cgroup manager that a container was made with (`ContainerSpec.manager`); "" is the one for new containers.

    Facts that may differ from one command to the next (rlimits, OOM score) are read each time, the others once per boot.
    """
    from pycman.runtime.capability_sets import configured_capabilities  # not for who asks for the cgroup manager alone
    from pycman.runtime.defaults import capability_names  # the same

    mask = bounding_mask()
    conf = containers_conf(session)
    return HostFacts.from_dict(_lasting_facts(session, mask, runtime, manager)).replace(
        bounding=capability_names(mask),
        hard_limits=hard_limits(),
        own_oom_score_adj=own_oom_score_adj(),
        default_capabilities=configured_capabilities(conf),
        seccomp_profile=conf.seccomp_profile,
        device_numbers={} if limits is None else _block_devices(limits),
    )


def cgroup_manager(session: Session, runtime: str, manager: str = "") -> str:
    """Return the cgroup manager used with an OCI runtime (by its program's name): cgroupfs, systemd or disabled."""
    return HostFacts.from_dict(_lasting_facts(session, bounding_mask(), runtime, manager)).cgroup_manager


def _lasting_facts(session: Session, mask: int, runtime: str, manager: str) -> Any:
    kept, question = session.kept, ("host", mask, runtime, manager)
    if kept is not None and question in kept:
        return kept[question]
    found = _looked_up(session, mask, runtime, manager)
    if kept is not None:
        kept[question] = found
    return found


def _looked_up(session: Session, mask: int, runtime: str, manager: str) -> Any:
    name = f"host-{runtime or 'crun'}{f'-{manager}' if manager else ''}"
    wanted = manager or session.options.cgroup_manager or containers_conf(session).cgroup_manager
    bus = bus_path(session.user.uid, rootless=session.rootless) if runs_systemd() else ""
    key = [session.rootless, mask, wanted, bus, *cgroup_key()]
    return cached(session.paths, name, key, lambda: _find(session, wanted, runtime, bus).to_dict(), lasts=_lasts)


def _lasts(facts: Any) -> bool:
    """Say whether facts are the same for the next command: a user's systemd may just be starting or stopping."""
    return NO_ANSWER not in str(facts.get("manager_why", ""))


def _find(session: Session, manager: str, runtime: str, bus: str) -> HostFacts:
    from pycman.runtime.cgroup_manager import choose_manager, look  # once per boot

    chosen = choose_manager(manager, runtime, look(session.user.uid, bus, rootless=session.rootless))
    return HostFacts(
        rootless=session.rootless,
        cgroups=chosen.cgroups,
        cgroup_manager=chosen.manager,
        manager_why=chosen.why,
        controllers=chosen.controllers,
        apparmor=has_apparmor(),
        selinux=has_selinux(),
    )


def _block_devices(limits: Resources) -> dict[str, str]:
    entries = (
        *limits.blkio_weight_device,
        *limits.device_read_bps,
        *limits.device_write_bps,
        *limits.device_read_iops,
        *limits.device_write_iops,
    )
    numbers = {}
    for entry in entries:
        try:
            status = os.stat(entry.path)
        except OSError:
            raise NotFound("no such block device", subject=entry.path) from None
        if not stat.S_ISBLK(status.st_mode):
            raise InvalidInput("not a block device", subject=entry.path)
        numbers[entry.path] = f"{os.major(status.st_rdev)}:{os.minor(status.st_rdev)}"
    return numbers


def host_devices(spec: ContainerSpec) -> tuple[HostDevice, ...]:
    """Return the device nodes of a container: the requested ones (a directory stands for all in it), and all of the host
    when it is privileged. Raises NotFound or InvalidInput.
    """
    nodes = [node for device in spec.devices for node in _nodes(device)]
    if spec.security.privileged:
        taken = {node.path for node in nodes}
        keeps_consoles = spec.systemd == "always"  # it would take them over: systemd starts a login on each
        nodes += [
            node for node in _all_nodes() if node.path not in taken and not (keeps_consoles and _is_console(node.path))
        ]
    return tuple(nodes)


def _is_console(path: str) -> bool:
    """Say whether a device is a virtual console of the host: /dev/tty1."""
    return path.startswith("/dev/tty") and path[8:].isdecimal()


def _nodes(device: Device) -> list[HostDevice]:
    if not set(device.permissions) <= set("rwm") or not device.permissions:
        raise InvalidInput("device permissions are one or more of r, w and m", subject=f"--device {device.host_path}")
    if os.path.isdir(device.host_path):
        nodes = [
            node
            for name in sorted(os.listdir(device.host_path))
            for node in [_node(f"{device.host_path}/{name}", f"{device.container_path}/{name}", device.permissions)]
            if node is not None
        ]
        if not nodes:
            raise InvalidInput("there is no device in this directory", subject=device.host_path)
        return nodes
    node = _node(device.host_path, device.container_path, device.permissions)
    if node is None:
        if os.path.exists(device.host_path):
            raise InvalidInput("not a device", subject=device.host_path)
        raise NotFound("no such device", subject=device.host_path)
    return [node]


def _node(host_path: str, path: str, permissions: str) -> HostDevice | None:
    try:
        status = os.stat(host_path)
    except OSError:
        return None
    if not (stat.S_ISCHR(status.st_mode) or stat.S_ISBLK(status.st_mode)):
        return None
    return HostDevice(
        path=path,
        host_path=host_path,
        kind="c" if stat.S_ISCHR(status.st_mode) else "b",
        major=os.major(status.st_rdev),
        minor=os.minor(status.st_rdev),
        mode=stat.S_IMODE(status.st_mode),
        uid=status.st_uid,
        gid=status.st_gid,
        permissions=permissions,
    )


_MADE_BY_THE_RUNTIME = frozenset(("null", "zero", "full", "random", "urandom", "tty", "console", "ptmx"))


def _all_nodes() -> list[HostDevice]:
    nodes = []
    for folder, folders, names in os.walk("/dev"):
        folders[:] = [name for name in folders if name not in ("pts", "shm", "mqueue", "fd")]
        for name in names:
            path = f"{folder}/{name}"
            if (folder == "/dev" and name in _MADE_BY_THE_RUNTIME) or os.path.islink(path):
                continue
            node = _node(path, path, "rwm")
            if node is not None and os.access(path, os.R_OK):
                nodes.append(node)
    return nodes
