"""Checks of the kernel and of what this user may do."""

from __future__ import annotations

import os

from pycman.linux.cgroup.setup import CGROUP_ROOT, cgroup_setup
from pycman.linux.host_limits import has_closed_user_namespaces, user_namespace_limit
from pycman.linux.mounts import read_mounts
from pycman.linux.processes import find_program, how_to_install
from pycman.linux.user.subordinate_ids import subordinate_ranges
from pycman.runtime.host_facts import host_facts
from pycman.runtime.oci_runtimes import choose_runtime
from pycman.runtime.settable import DELEGATE
from pycman.system.checks.outcome import fail, fine, warn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.state.session import Session

_ENOUGH_IDS = 65_536
_LIMITING = ("memory", "pids", "cpu")
"""Controllers that systemd delegates to users by default; cpuset and io only where an administrator says so."""


def user_namespaces(session: Session) -> dict[str, str]:
    """Check that user namespaces can be created."""
    most = user_namespace_limit()
    closed = has_closed_user_namespaces() and session.rootless
    if not most or closed:
        name = "kernel.unprivileged_userns_clone=1" if closed else "user.max_user_namespaces=15000"
        return fail("user-namespaces", "none can be created", "a kernel setting forbids them", f"sysctl -w {name}")
    return fine("user-namespaces", f"up to {most}")


def subordinate_uids(session: Session) -> dict[str, str]:
    """Check that the user has a range of 65,536 ids in /etc/subuid."""
    return _subordinate(session, "subuid-range", "/etc/subuid")


def subordinate_gids(session: Session) -> dict[str, str]:
    """Check that the user has a range of 65,536 ids in /etc/subgid."""
    return _subordinate(session, "subgid-range", "/etc/subgid")


def _subordinate(session: Session, check_id: str, path: str) -> dict[str, str]:
    if not session.rootless:
        return fine(check_id, "root needs none")
    count = sum(size for _, size in subordinate_ranges(path, session.user.uid))
    if count < _ENOUGH_IDS:
        fix = f"usermod --add-subuids 100000-165535 --add-subgids 100000-165535 {session.user.uid}"
        found = f"{count} ids in {path}"
        return warn(check_id, found, "images with other owners cannot be unpacked", fix)
    return fine(check_id, f"{count} ids")


def map_tools(session: Session) -> dict[str, str]:
    """Check that newuidmap and newgidmap are installed and privileged (set-uid or file capabilities)."""
    if not session.rootless:
        return fine("newuidmap", "root needs none")
    for name in ("newuidmap", "newgidmap"):
        path = find_program(name)
        if not path or not os.path.getsize(path):
            return fail("newuidmap", f"{name} is missing", "only one id can be mapped", how_to_install(name))
        privileged = os.stat(path).st_mode & 0o4000 or "security.capability" in os.listxattr(path)
        if not privileged:
            return fail(
                "newuidmap",
                f"{path} is not privileged",
                "it was copied without its set-uid bit or capabilities",
                f"chmod u+s {path}",
            )
    return fine("newuidmap", "set-uid root")


def cgroups(session: Session) -> dict[str, str]:
    """Check that containers can have cgroups, and so limits."""
    facts = host_facts(session, runtime=choose_runtime(session).program)
    if facts.cgroups != "none":
        made = f"{facts.cgroups} with {' '.join(facts.controllers) or 'no controllers'}, made by {facts.cgroup_manager}"
        missing = [name for name in _LIMITING if name not in facts.controllers] if facts.cgroups == "v2" else []
        if missing and session.rootless:
            why = "systemd does not delegate them to this user"
            return warn("cgroups", f"no limits of {' '.join(missing)} ({made})", why, "; ".join(DELEGATE))
        return fine("cgroups", f"{made}: {facts.manager_why}")
    if session.rootless:
        fix = "on a host with systemd and cgroup v2: a login with a session bus (dbus-user-session), or loginctl enable-linger"
        return warn("cgroups", "containers get no cgroups", facts.manager_why, fix)
    folders = {name: f"{CGROUP_ROOT}/{name}" for name in cgroup_setup().stray}
    fix = "; ".join(f"mkdir {path} && mount -t cgroup -o {name} cgroup {path}" for name, path in folders.items())
    return warn(
        "cgroups",
        "containers get no cgroups",
        "some controllers are on cgroup v2, others on v1 (hybrid)",
        fix or "mount cgroups",
    )


def tun_device(session: Session) -> dict[str, str]:
    """Check that /dev/net/tun can be opened, which rootless networks need."""
    if os.access("/dev/net/tun", os.R_OK | os.W_OK):
        return fine("tun-device", "open")
    if not session.rootless:
        return fine("tun-device", "root needs none")
    return warn("tun-device", "/dev/net/tun cannot be opened", "rootless networks need it", "chmod 0666 /dev/net/tun")


def fuse_device(_session: Session) -> dict[str, str]:
    """Check that /dev/fuse can be opened, which fuse-overlayfs needs."""
    if os.access("/dev/fuse", os.R_OK | os.W_OK):
        return fine("fuse-device", "open")
    return warn("fuse-device", "/dev/fuse cannot be opened", "fuse-overlayfs needs it", "chmod 0666 /dev/fuse")


def shared_root(session: Session) -> dict[str, str]:
    """Check that / is a shared mount, without which later mounts do not propagate into rootless containers."""
    root = next((mount for mount in read_mounts() if mount.target == "/"), None)
    if root is not None and root.propagation != "private":
        return fine("shared-root", root.propagation)
    found = "/ is a private mount"
    if not session.rootless:
        return fine("shared-root", found)
    return warn("shared-root", found, "later mounts of the host do not appear in containers", "mount --make-rshared /")


def resource_capability(session: Session) -> dict[str, str]:
    """Check that rlimits can be raised above the current hard limits."""
    if "CAP_SYS_RESOURCE" in host_facts(session).bounding:
        return fine("resource-limits", "CAP_SYS_RESOURCE is available")
    return warn(
        "resource-limits",
        "no CAP_SYS_RESOURCE",
        "limits above the hard ones cannot be set",
        "ask for less with --ulimit",
    )


def runtime_directory(session: Session) -> dict[str, str]:
    """Check that the run root is on a tmpfs, which is empty after a boot."""
    path = session.paths.run_root
    mount = max(
        (mount for mount in read_mounts() if path == mount.target or path.startswith(mount.target.rstrip("/") + "/")),
        key=lambda mount: len(mount.target),
    )
    if mount.kind == "tmpfs":
        return fine("run-root", f"{path} on tmpfs")
    if path.startswith(f"{session.paths.root}/run-"):
        return fine("run-root", f"{path}, which this boot alone uses")
    found = f"{path} is on {mount.kind}"
    return warn("run-root", found, "pids, sockets and leases outlive a reboot", "set XDG_RUNTIME_DIR to a tmpfs")


CHECKS = (
    user_namespaces, subordinate_uids, subordinate_gids, map_tools, cgroups, tun_device, fuse_device, shared_root,
    resource_capability, runtime_directory,
)  # fmt: skip
