"""Checks of the kernel and the user's rights."""

from __future__ import annotations

import os

from pycman.linux.files import read_text
from pycman.linux.mounts import read_mounts
from pycman.linux.processes import find_program
from pycman.linux.user.subordinate_ids import subordinate_ranges
from pycman.runtime.host_facts import host_facts
from pycman.runtime.oci_runtimes import choose_runtime
from pycman.system.checks import fail, fine, warn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.state.session import Session

_ENOUGH_IDS = 65_536


def user_namespaces(session: Session) -> dict[str, str]:
    """Can user namespaces be made?"""
    most = read_text("/proc/sys/user/max_user_namespaces", "0").strip()
    closed = read_text("/proc/sys/kernel/unprivileged_userns_clone", "1").strip() == "0" and session.rootless
    if most == "0" or closed:
        name = "kernel.unprivileged_userns_clone=1" if closed else "user.max_user_namespaces=15000"
        return fail("user-namespaces", "none can be made", "the kernel's setting forbids them", f"sysctl -w {name}")
    return fine("user-namespaces", f"up to {most}")


def subordinate_uids(session: Session) -> dict[str, str]:
    """Has the user a range in /etc/subuid?"""
    return _subordinate(session, "subuid-range", "/etc/subuid")


def subordinate_gids(session: Session) -> dict[str, str]:
    """Has the user a range in /etc/subgid?"""
    return _subordinate(session, "subgid-range", "/etc/subgid")


def _subordinate(session: Session, identity: str, path: str) -> dict[str, str]:
    if not session.rootless:
        return fine(identity, "root needs none")
    count = sum(size for _, size in subordinate_ranges(path, session.user.uid))
    if count < _ENOUGH_IDS:
        fix = f"usermod --add-subuids 100000-165535 --add-subgids 100000-165535 {session.user.uid}"
        found = f"{count} ids in {path}"
        return warn(identity, found, "images with other owners cannot be unpacked", fix)
    return fine(identity, f"{count} ids")


def map_tools(session: Session) -> dict[str, str]:
    """Are newuidmap and newgidmap there and privileged?"""
    if not session.rootless:
        return fine("newuidmap", "root needs none")
    for name in ("newuidmap", "newgidmap"):
        path = find_program(name)
        if not path or not os.path.getsize(path):
            return fail("newuidmap", f"{name} is missing", "only one id can be mapped", "apt-get install uidmap")
        privileged = os.stat(path).st_mode & 0o4000 or "security.capability" in os.listxattr(path)
        if not privileged:
            return fail("newuidmap", f"{path} has no privilege", "it was copied without its bits", f"chmod u+s {path}")
    return fine("newuidmap", "set-uid root")


def cgroups(session: Session) -> dict[str, str]:
    """Can containers have cgroups, and so limits?"""
    facts = host_facts(session, runtime=choose_runtime(session).program)
    if facts.cgroups != "none":
        return fine("cgroups", f"{facts.cgroups} with {' '.join(facts.controllers)}")
    if session.rootless:
        fix = "on a host with systemd: Delegate=yes for user@.service"
        return warn("cgroups", "containers have none of their own", "no cgroup is delegated to this user", fix)
    stray = read_text("/sys/fs/cgroup/unified/cgroup.controllers").split()
    fix = "; ".join(f"mkdir /sys/fs/cgroup/{n} && mount -t cgroup -o {n} cgroup /sys/fs/cgroup/{n}" for n in stray)
    return warn(
        "cgroups", "containers have none of their own", "controllers are left on v2 (hybrid)", fix or "mount cgroups"
    )


def tun_device(session: Session) -> dict[str, str]:
    """Is /dev/net/tun open (rootless networks)?"""
    if os.access("/dev/net/tun", os.R_OK | os.W_OK):
        return fine("tun-device", "open")
    if not session.rootless:
        return fine("tun-device", "root needs none")
    return warn("tun-device", "/dev/net/tun is closed", "rootless networks need it", "chmod 0666 /dev/net/tun")


def fuse_device(_session: Session) -> dict[str, str]:
    """Is /dev/fuse open (fuse-overlayfs)?"""
    if os.access("/dev/fuse", os.R_OK | os.W_OK):
        return fine("fuse-device", "open")
    return warn("fuse-device", "/dev/fuse is closed", "fuse-overlayfs needs it", "chmod 0666 /dev/fuse")


def shared_root(session: Session) -> dict[str, str]:
    """Is / a shared mount (propagation into rootless containers)?"""
    root = next((mount for mount in read_mounts() if mount.target == "/"), None)
    if root is not None and root.propagation != "private":
        return fine("shared-root", root.propagation)
    found = "/ is a private mount"
    if not session.rootless:
        return fine("shared-root", found)
    return warn("shared-root", found, "later mounts of the host are not seen in containers", "mount --make-rshared /")


def resource_capability(session: Session) -> dict[str, str]:
    """Can limits be raised above the present hard ones?"""
    if "CAP_SYS_RESOURCE" in host_facts(session).bounding:
        return fine("resource-limits", "CAP_SYS_RESOURCE is there")
    return warn(
        "resource-limits",
        "no CAP_SYS_RESOURCE",
        "limits above the hard ones cannot be set",
        "ask for less with --ulimit",
    )


def runtime_directory(session: Session) -> dict[str, str]:
    """Is the run root on a tmpfs that this user owns?"""
    path = session.paths.run_root
    mount = max(
        (m for m in read_mounts() if path == m.target or path.startswith(m.target.rstrip("/") + "/")),
        key=lambda m: len(m.target),
    )
    if mount.kind == "tmpfs":
        return fine("run-root", f"{path} on tmpfs")
    if path.startswith(f"{session.paths.root}/run-"):
        return fine("run-root", f"{path}, which this boot alone uses")
    found = f"{path} is on {mount.kind}"
    return warn("run-root", found, "what must not outlive a boot would", "set XDG_RUNTIME_DIR to a tmpfs")


CHECKS = (
    user_namespaces, subordinate_uids, subordinate_gids, map_tools, cgroups, tun_device, fuse_device, shared_root,
    resource_capability, runtime_directory,
)  # fmt: skip
