"""Privileges, users and namespaces in podman's specs. Pure."""

from __future__ import annotations

from api_server.translate.fields import Fields
from pycman.errors import InvalidInput, Unsupported
from pycman.spec.container import NamespaceMode, Security
from pycman.spec.id_map import IdMap, IdRange

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_MODES = {
    "pidns": ("host", "private", "container", "path"), "utsns": ("host", "private", "container", "path"),
    "ipcns": ("host", "private", "shareable", "none", "container", "path"), "cgroupns": ("host", "private", "container", "path"),
    "userns": ("host", "private", "auto", "keep-id", "no-map", "container", "path"),
}  # fmt: skip
_OURS = {"no-map": "nomap"}
_MOST_IDS = (1 << 32) - 1


def namespace_values(fields: Fields) -> dict[str, Any]:
    """Return the namespaces and the cgroup of a container. Raises InvalidInput."""
    cgroups = fields.text("cgroups_mode")
    if cgroups not in ("", "enabled", "disabled", "no-conmon"):
        raise Unsupported("this value is not supported", subject=f"cgroups_mode {cgroups[:40]}", hint="use enabled")
    return {
        "pid_mode": namespace(fields, "pidns"),
        "ipc_mode": namespace(fields, "ipcns"),
        "uts_mode": namespace(fields, "utsns"),
        "cgroup_mode": namespace(fields, "cgroupns"),
        "cgroups": cgroups,
        "cgroup_parent": fields.text("cgroup_parent"),
    }


def namespace(fields: Fields, name: str) -> NamespaceMode:
    """Return a namespace's mode; that of a pod is left to the pod. Raises InvalidInput."""
    below = fields.below(name)
    kind, value = below.text("nsmode"), below.text("value")
    below.finish()
    if kind in ("", "default", "pod"):
        return NamespaceMode()
    if kind not in _MODES[name] or (kind in ("container", "path") and not value):
        raise InvalidInput(
            "not a mode of this namespace", subject=f"{name} {kind[:40]}", hint=f"use {', '.join(_MODES[name])}"
        )
    return NamespaceMode(kind=_OURS.get(kind, kind), value=value.removeprefix("/") if kind == "container" else value)


def user_values(fields: Fields) -> dict[str, Any]:
    """Return the user, the groups, the user namespace and its ids. Raises InvalidInput, Unsupported."""
    return {
        "user": fields.text("user"),
        "group_add": fields.texts("groups"),
        "user_mode": namespace(fields, "userns"),
        "id_map": id_map(fields.below("idmappings")),
    }


def id_map(fields: Fields) -> IdMap:
    """Return the ranges of ids; those of an automatic namespace are options of its mode. Raises InvalidInput, Unsupported."""
    found = IdMap(uids=_ranges(fields, "UIDMap"), gids=_ranges(fields, "GIDMap"))
    fields.ignore(("HostUIDMapping", "HostGIDMapping", "AutoUserNs"))
    options = fields.below("AutoUserNsOpts")
    options.finish()
    fields.finish()
    return found


def _ranges(fields: Fields, name: str) -> tuple[IdRange, ...]:
    ranges = []
    for entry in fields.entries(name):
        below = Fields(entry, fields.path(name))
        numbers = [below.number(each) for each in ("container_id", "host_id", "size")]
        below.finish()
        if min(numbers) < 0 or numbers[2] < 1 or max(numbers[:2]) + numbers[2] > _MOST_IDS:
            raise InvalidInput("not a range of ids", subject=fields.path(name))
        ranges.append(IdRange(container_id=numbers[0], host_id=numbers[1], size=numbers[2]))
    return tuple(ranges)


def security_of(fields: Fields) -> Security:
    """Return privileges and confinement. Raises InvalidInput, Unsupported."""
    policy = fields.text("seccomp_policy")
    if policy not in ("", "default"):
        raise Unsupported("this value is not supported", subject=f"seccomp_policy {policy[:40]}", hint="use default")
    labels = fields.texts("selinux_opts")
    read_only = fields.maybe("read_only_filesystem")
    tmpfs = fields.switch("read_write_tmpfs")
    return Security(
        privileged=fields.maybe("privileged"),
        cap_add=fields.texts("cap_add"),
        cap_drop=fields.texts("cap_drop"),
        no_new_privileges=fields.switch("no_new_privileges"),
        seccomp_profile=fields.text("seccomp_profile_path"),
        apparmor_profile=fields.text("apparmor_profile"),
        label_options=(*labels, *(("nested",) if fields.switch("label_nested") else ())),
        mask=_paths(fields.texts("mask")),
        unmask=_paths(fields.texts("unmask")),
        proc_options=",".join(fields.texts("procfs_opts")),
        read_only=read_only,
        read_only_tmpfs=tmpfs,
        read_only_dev=bool(read_only) and not tmpfs,
    )


def _paths(texts: tuple[str, ...]) -> tuple[str, ...]:
    paths = tuple(path for text in texts for path in text.split(":") if path)
    for path in paths:
        if not path.startswith("/") and path.upper() != "ALL":
            raise InvalidInput("not an absolute path", subject=f"mask or unmask {path[:80]}")
    return paths
