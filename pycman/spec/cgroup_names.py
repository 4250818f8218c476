"""How cgroups of containers, monitors and pods are called, as paths (cgroupfs) and as units of systemd (systemd.slice(5)). Pure.

manager       cgroupfs                       systemd
container     PARENT/pycman-ID               SLICE, pycman-ID.scope
its monitor   where its caller is            SLICE, pycman-conmon-ID.scope
pod           PARENT/pycman-pod-ID           SLICE, machine-pycman_pod_ID.slice

With --cgroups=split they are below the caller's own group: supervisor (the monitor) and pycman-payload-ID.
"""

from __future__ import annotations

from pycman.errors import InvalidInput

ROOT_SLICE = "-.slice"
_ALLOWED = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:-_.\\")
_NAME_BYTES = 255


def is_slice(parent: str) -> bool:
    """Say whether a cgroup parent is a slice of systemd; a kubelet writes its path in the hierarchy, podman's users its name."""
    return parent.rstrip("/").endswith(".slice")


def slice_name(parent: str) -> str:
    """Return the name of a slice that is given by its name or by its path in the hierarchy."""
    return parent.rstrip("/").rpartition("/")[2]


def check_slice(parent: str, subject: str) -> str:
    """Return the name of the slice `parent`. Raises InvalidInput, about `subject`, if systemd would not take it (systemd.unit(5))."""
    name = slice_name(parent)
    stem = name.removesuffix(".slice")
    well_formed = name == ROOT_SLICE or (
        stem and not stem.startswith("-") and not stem.endswith("-") and "--" not in stem
    )
    if name == stem or not well_formed or not _ALLOWED.issuperset(stem) or len(name) > _NAME_BYTES:
        raise InvalidInput(
            "not a slice, which systemd's cgroup manager needs",
            subject=subject,
            hint="use a name such as my.slice or my-part.slice, or --cgroup-manager cgroupfs",
        )
    return name


def slice_path(name: str) -> str:
    """Return the path of a slice below the root of its manager: each - leads one slice down ("a-b.slice": a.slice/a-b.slice)."""
    if name == ROOT_SLICE:
        return ""
    parts = name.removesuffix(".slice").split("-")
    return "/".join(f"{'-'.join(parts[: count + 1])}.slice" for count in range(len(parts)))


def manager_root(uid: int, *, rootless: bool) -> str:
    """Return where the slices of the user's manager are ("" for the system's): user@UID.service, to which all is delegated."""
    return f"/user.slice/user-{uid}.slice/user@{uid}.service" if rootless else ""


def default_slice(*, rootless: bool) -> str:
    """Return the slice of containers and pods that name none."""
    return "user.slice" if rootless else "machine.slice"


def pod_slice(parent: str, pod_id: str) -> str:
    """Return the name of a pod's slice below the slice `parent`."""
    stem = parent.removesuffix(".slice")
    return f"{stem if parent != ROOT_SLICE else ''}-pycman_pod_{pod_id}.slice".removeprefix("-")


def is_own_of_pod(cgroup: str, pod_id: str) -> bool:
    """Say whether a cgroup belongs to the pod alone: it was made for it, and goes with it."""
    return bool(pod_id) and cgroup.rpartition("/")[2].removesuffix(".slice").endswith(pod_id)


def conmon_scope(container_id: str) -> str:
    """Return the unit that a container's monitor is in."""
    return f"pycman-conmon-{container_id}.scope"


def is_monitors(group: str) -> bool:
    """Say whether a cgroup is that of a container's monitor."""
    return group.rpartition("/")[2].startswith("pycman-conmon-")


def is_in_service(group: str) -> bool:
    """Say whether the innermost unit that a cgroup lies in is a service of systemd, other than a user's manager."""
    parts = (part for part in reversed(group.split("/")) if part.endswith((".service", ".scope", ".slice")))
    unit = next(parts, "")
    return unit.endswith(".service") and not unit.startswith("user@")


def is_scope_of_helpers(group: str) -> bool:
    """Say whether a cgroup is a scope of pycman's that helpers may stay in: no service, login or monitor ends it."""
    leaf = group.rpartition("/")[2]
    return leaf.startswith("pycman-") and leaf.endswith(".scope") and not is_monitors(group)


def payload(container_id: str) -> str:
    """Return the name of a container's cgroup below its caller's (--cgroups=split)."""
    return f"pycman-payload-{container_id}"


def is_of_container(part: str, marker: str) -> bool:
    """Say whether a part of a cgroup's path is the container whose group is named `marker` (pycman-ID), by whichever manager."""
    return part in (marker, f"{marker}.scope", f"pycman-payload-{marker.removeprefix('pycman-')}")
