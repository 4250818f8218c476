"""What this host can do, found once a boot and kept below the run root."""

from __future__ import annotations

import os
import stat

from pycman.errors import InvalidInput, NotFound
from pycman.linux.files import read_text
from pycman.runtime.defaults import capability_names
from pycman.runtime.spec_builder import HostDevice, HostFacts
from pycman.state.boot_cache import cached

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.spec.container import ContainerSpec
    from pycman.spec.mount import Device
    from pycman.spec.resources import Resources
    from pycman.state.session import Session


def host_facts(session: Session, limits: Resources | None = None) -> HostFacts:
    """Return the facts, with the numbers of the block devices that `limits` name."""
    key = [
        session.rootless,
        read_text("/proc/self/status").partition("CapBnd:")[2][:20],
        session.options.cgroup_manager,
    ]
    found = cached(session.paths, "host", key, lambda: _find(session).to_dict())
    facts = HostFacts.from_dict(found)
    return facts if limits is None else facts.replace(device_numbers=_block_devices(limits))


def _find(session: Session) -> HostFacts:
    mask = int(read_text("/proc/self/status").partition("CapBnd:")[2].split()[0], 16)
    version, controllers = _cgroups(session)
    return HostFacts(
        rootless=session.rootless,
        cgroups=version,
        controllers=controllers,
        bounding=capability_names(mask),
        own_oom_score_adj=int(read_text("/proc/self/oom_score_adj", "0")),
        apparmor=read_text("/sys/module/apparmor/parameters/enabled").startswith("Y"),
    )


def _cgroups(session: Session) -> tuple[str, tuple[str, ...]]:
    """Return v1, v2 or none and the controllers that limits can be set with.

    Rootless that takes a delegated v2 group, which only systemd gives; without it, and with --cgroup-manager=disabled,
    containers have no cgroup of their own.
    """
    if session.options.cgroup_manager == "disabled":
        return "none", ()
    unified = read_text("/sys/fs/cgroup/cgroup.controllers").split()
    if unified:
        if not session.rootless:
            return "v2", tuple(unified)
        group = read_text("/proc/self/cgroup").rpartition("0::")[2].strip()
        here = f"/sys/fs/cgroup{group}"
        if os.access(f"{here}/cgroup.subtree_control", os.W_OK):
            return "v2", tuple(read_text(f"{here}/cgroup.controllers").split())
        return "none", ()
    if session.rootless or not os.path.isdir("/sys/fs/cgroup"):
        return "none", ()
    mounted = [name for name in os.listdir("/sys/fs/cgroup") if os.path.exists(f"/sys/fs/cgroup/{name}/tasks")]
    stray = read_text("/sys/fs/cgroup/unified/cgroup.controllers").split()
    if stray or not mounted:
        return "none", ()  # hybrid: crun refuses while a controller is left on v2
    return "v1", tuple(sorted(mounted))


def _block_devices(limits: Resources) -> dict[str, str]:
    entries = (
        *limits.blkio_weight_device,
        *limits.device_read_bps,
        *limits.device_write_bps,
        *limits.device_read_iops,
        *limits.device_write_iops,
    )
    found = {}
    for entry in entries:
        try:
            status = os.stat(entry.path)
        except OSError:
            raise NotFound("no such block device", subject=entry.path) from None
        if not stat.S_ISBLK(status.st_mode):
            raise InvalidInput("not a block device", subject=entry.path)
        found[entry.path] = f"{os.major(status.st_rdev)}:{os.minor(status.st_rdev)}"
    return found


def host_devices(spec: ContainerSpec) -> tuple[HostDevice, ...]:
    """Return the device nodes a container gets: those asked for (a directory means all in it), all when privileged."""
    wanted = list(spec.devices)
    found = [node for device in wanted for node in _nodes(device)]
    if spec.security.privileged:
        taken = {node.path for node in found}
        found += [node for node in _all_nodes() if node.path not in taken]
    return tuple(found)


def _nodes(device: Device) -> list[HostDevice]:
    if not set(device.permissions) <= set("rwm") or not device.permissions:
        raise InvalidInput("device permissions are some of rwm", subject=f"--device {device.host_path}")
    if os.path.isdir(device.host_path):
        return [
            node
            for name in sorted(os.listdir(device.host_path))
            for node in [_node(f"{device.host_path}/{name}", f"{device.container_path}/{name}", device.permissions)]
            if node is not None
        ]
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
    found = []
    for folder, folders, names in os.walk("/dev"):
        folders[:] = [name for name in folders if name not in ("pts", "shm", "mqueue", "fd")]
        for name in names:
            path = f"{folder}/{name}"
            if (folder == "/dev" and name in _MADE_BY_THE_RUNTIME) or os.path.islink(path):
                continue
            node = _node(path, path, "rwm")
            if node is not None and os.access(path, os.R_OK):
                found.append(node)
    return found
