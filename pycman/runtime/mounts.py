"""The "mounts" of a runtime spec (config.md, "Mounts"): the kernel's file systems every container has, and the user's. Pure."""

from __future__ import annotations

import os

from pycman.runtime.bundle_input import INIT_PATH

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pycman.runtime.bundle_input import BundleInput, RuntimeMount

HIDDEN_UNDER_MOUNTS = frozenset(("/proc", "/sys"))
_PROPAGATIONS = frozenset(
    f"{recursive}{kind}" for recursive in ("", "r") for kind in ("private", "shared", "slave", "unbindable")
)
_READ_ONLY_TMPFS = ("/run", "/tmp", "/var/tmp", "/dev/shm")


def default_mounts(inputs: BundleInput) -> list[dict[str, Any]]:
    """Return /proc, /dev, /dev/pts, /dev/mqueue, /dev/shm, /sys, /sys/fs/cgroup and, for a read-only root, its writable
    tmpfs mounts.
    """
    spec = inputs.spec
    privileged = spec.security.privileged
    proc_options = ["nosuid", "noexec", "nodev", *filter(None, spec.security.proc_options.split(","))]
    mounts = [_mount("/proc", "proc", "proc", proc_options)]
    if _shares(inputs, "pid") and inputs.host.rootless:
        mounts = [_mount("/proc", "bind", "/proc", ["rbind", "nosuid", "noexec", "nodev"])]
    mounts += [
        _mount("/dev", "tmpfs", "tmpfs", ["nosuid", "strictatime", "mode=755", "size=65536k"]),
        _mount("/dev/pts", "devpts", "devpts", _devpts_options(inputs)),
    ]
    mounts += _mqueue(inputs)
    mounts.append(_sys(inputs, read_only=not privileged))
    if spec.ipc_mode.kind == "private":
        size = 64 * 1024 * 1024 if spec.shm_size_bytes is None else spec.shm_size_bytes
        options = ["nosuid", "noexec", "nodev", "mode=1777", f"size={size}"]
        mounts.append(_mount("/dev/shm", "tmpfs", "shm", options))
    elif spec.ipc_mode.kind == "host":
        mounts.append(_mount("/dev/shm", "bind", "/dev/shm", ["rbind", "nosuid", "noexec", "nodev"]))
    mounts += _cgroup(inputs, read_only=not privileged)
    if (spec.security.read_only and spec.security.read_only_tmpfs) or spec.security.writable_tmpfs:
        options = ["rw", "nosuid", "nodev", "tmpcopyup"]
        mounts += [_mount(path, "tmpfs", "tmpfs", options) for path in _READ_ONLY_TMPFS if path != "/dev/shm"]
    return mounts


def _devpts_options(inputs: BundleInput) -> list[str]:
    options = ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"]
    return options if inputs.host.rootless else [*options, "gid=5"]


def _mqueue(inputs: BundleInput) -> list[dict[str, Any]]:
    """Return /dev/mqueue; in the host's IPC namespace an ordinary user can only bind the host's, if it has one."""
    options = ["nosuid", "noexec", "nodev"]
    if not (_shares(inputs, "ipc") and inputs.host.rootless):
        return [_mount("/dev/mqueue", "mqueue", "mqueue", options)]
    return [_mount("/dev/mqueue", "bind", "/dev/mqueue", ["rbind", *options])] if os.path.isdir("/dev/mqueue") else []


def _sys(inputs: BundleInput, *, read_only: bool) -> dict[str, Any]:
    """Return /sys. In a user namespace sysfs can be mounted only with a network namespace it owns; else bind the host's."""
    access = "ro" if read_only else "rw"
    in_user_namespace = inputs.host.rootless or "user" in inputs.namespaces
    if in_user_namespace and inputs.namespaces.get("network") != "":
        return _mount("/sys", "bind", "/sys", ["rbind", "nosuid", "noexec", "nodev", access])
    return _mount("/sys", "sysfs", "sysfs", ["nosuid", "noexec", "nodev", access])


_NAMED_HIERARCHY = "/sys/fs/cgroup/systemd"
"""The hierarchy of v1 in which systemd keeps its units."""


def _cgroup(inputs: BundleInput, *, read_only: bool) -> list[dict[str, Any]]:
    if inputs.host.cgroups == "none" or inputs.spec.cgroups == "disabled":
        return []
    by_systemd = inputs.spec.systemd == "always"
    whole = not read_only or (by_systemd and inputs.host.cgroups == "v2")
    options = ["nosuid", "noexec", "nodev", "relatime"]
    mounts = [_mount("/sys/fs/cgroup", "cgroup", "cgroup", [*options, "rw" if whole else "ro"])]
    if by_systemd and inputs.host.cgroups == "v1" and os.path.isdir(_NAMED_HIERARCHY):
        mounts.append(_mount(_NAMED_HIERARCHY, "bind", _NAMED_HIERARCHY, ["bind", *options, "rprivate", "rw"]))
    return mounts


def _shares(inputs: BundleInput, kind: str) -> bool:
    return kind not in inputs.namespaces


def user_mounts(inputs: BundleInput) -> list[dict[str, Any]]:
    """Return the mounts of `inputs.mounts`, and the init program of --init."""
    mounts = [_user_mount(mount) for mount in inputs.mounts]
    if inputs.spec.init:
        mounts.append(_mount(INIT_PATH, "bind", inputs.spec.init_path, ["bind", "ro"]))
    return mounts


def _user_mount(mount: RuntimeMount) -> dict[str, Any]:
    options = list(mount.options)
    if mount.kind == "tmpfs":
        names = {option.partition("=")[0] for option in options}
        options = [
            name for name in ("nosuid", "nodev", "noexec") if _opposite(name) not in names and name not in names
        ] + options
        if not names & {"tmpcopyup", "notmpcopyup"}:
            options.append("tmpcopyup")
        options = [option for option in options if option not in ("notmpcopyup", "exec", "dev", "suid")]
        if "mode" not in names:
            options.append("mode=1777")
        return _mount(mount.target, "tmpfs", "tmpfs", options)
    if mount.kind == "devpts":
        base = ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"]
        return _mount(mount.target, "devpts", "devpts", base + options)
    return _mount(mount.target, mount.kind, mount.source, options)


def _opposite(option: str) -> str:
    return option.removeprefix("no")


def device_mounts(inputs: BundleInput) -> list[dict[str, Any]]:
    """Return bind mounts for devices in a user namespace, where mknod(2) is refused; else none (`device_nodes`)."""
    if not (inputs.host.rootless or "user" in inputs.namespaces):
        return []
    options = ["bind", "nosuid", "noexec", "rprivate"]
    return [_mount(device.path, "bind", device.host_path, options) for device in inputs.devices]


def _mount(destination: str, kind: str, source: str, options: list[str]) -> dict[str, Any]:
    """Return a mount of the runtime spec; a bind is private unless it says otherwise.

    Newer runtimes clone what they bind in the engine's mount namespace: without "rprivate" it stays a peer there, and what is mounted
    on it in the container (masked paths of /sys, a cgroup file system) covers the same paths for the user's other containers.
    """
    if kind == "bind" and not _PROPAGATIONS.intersection(options):
        options = [*options, "rprivate"]
    return {"destination": destination, "type": kind, "source": source, "options": options}
