"""Parse --pid, --ipc, --uts, --cgroupns, --userns, --uidmap, --gidmap and --security-opt. Pure, except that paths become absolute."""

from __future__ import annotations

import os

from cli.specs.sizes import is_count
from pycman.errors import InvalidInput
from pycman.spec.container import NamespaceMode, Security
from pycman.spec.id_map import IdMap, IdRange

_IDS = (1 << 32) - 1
"""Ids are 32 bits, and the last one means "none" (user_namespaces(7))."""
_ALLOWED = {
    "pid": ("host", "private", "container", "ns"),
    "ipc": ("host", "private", "shareable", "none", "container", "ns"),
    "uts": ("host", "private", "container", "ns"),
    "cgroupns": ("host", "private", "container", "ns"),
    "userns": ("host", "private", "auto", "keep-id", "nomap", "container", "ns"),
}


def parse_namespace(flag: str, text: str) -> NamespaceMode:
    """Parse the mode of one namespace, for example host or container:NAME; "" is the default. Raises InvalidInput."""
    if not text:
        return NamespaceMode()
    kind, _, value = text.partition(":")
    if kind not in _ALLOWED[flag] or (kind in ("container", "ns") and not value):
        allowed = ", ".join(_ALLOWED[flag])
        raise InvalidInput("not a mode of this namespace", subject=f"--{flag} {text}", hint=f"use one of {allowed}")
    return NamespaceMode(kind="path" if kind == "ns" else kind, value=value)


def parse_id_map(uids: list[str], gids: list[str]) -> IdMap:
    """Parse the ranges of --uidmap and --gidmap. Raises InvalidInput."""
    return IdMap(
        uids=tuple(_range(text, "--uidmap") for text in uids), gids=tuple(_range(text, "--gidmap") for text in gids)
    )


def _range(text: str, flag: str) -> IdRange:
    parts = text.split(":")
    if len(parts) == 2:
        parts.append("1")
    numbers = [int(part) for part in parts if is_count(part)]
    if len(parts) != 3 or len(numbers) != 3 or numbers[2] < 1 or max(numbers[:2]) + numbers[2] > _IDS:
        raise InvalidInput("not a range of ids", subject=f"{flag} {text}", hint="write it as INSIDE:OUTSIDE:SIZE")
    return IdRange(container_id=numbers[0], host_id=numbers[1], size=numbers[2])


def parse_security(values: list[str], base: Security) -> Security:
    """Return `base` changed by the values of --security-opt. Raises InvalidInput."""
    changes: dict[str, object] = {}
    labels: list[str] = []
    for option in values:
        key, mark, value = option.partition("=") if "=" in option else option.partition(":")
        subject = f"--security-opt {option}"
        if key == "no-new-privileges":
            changes["no_new_privileges"] = not mark or _is_true(value, subject)
        elif key == "seccomp" and value:
            changes["seccomp_profile"] = _seccomp(value)
        elif key == "apparmor" and value:
            changes["apparmor_profile"] = value
        elif key == "label" and value:
            labels.append(_label(value, subject))
        elif key in ("mask", "unmask") and value:
            changes[key] = (*changes.get(key, getattr(base, key)), *_paths(value, subject, all_too=key == "unmask"))  # type: ignore[misc]
        elif key == "proc-opts" and value:
            changes["proc_options"] = value
        elif option == "systempaths=unconfined":
            changes["unmask"] = ("ALL",)
        else:
            hint = "use no-new-privileges, seccomp=…, apparmor=…, label=…, mask=…, unmask=…"
            raise InvalidInput("unknown security option", subject=subject, hint=hint)
    return base.replace(**changes, label_options=(*base.label_options, *labels))


def _is_true(value: str, subject: str) -> bool:
    if value.lower() not in ("true", "1", "t", "false", "0", "f"):
        raise InvalidInput("neither true nor false", subject=subject, hint="write true or false")
    return value.lower() in ("true", "1", "t")


def _seccomp(value: str) -> str:
    """Return unconfined, "" for the default profile (docker calls it builtin), or an absolute path."""
    return {"unconfined": value, "builtin": ""}.get(value, os.path.abspath(value))


_LABELS = ("user", "role", "type", "level", "filetype")


def _label(value: str, subject: str) -> str:
    kind, _, rest = value.partition(":")
    if value not in ("disable", "nested") and not (kind in _LABELS and rest):
        hint = "use disable, user:NAME, role:NAME, type:NAME, level:LEVEL or filetype:NAME"
        raise InvalidInput("not a label of SELinux", subject=subject, hint=hint)
    return value


def _paths(value: str, subject: str, *, all_too: bool) -> list[str]:
    paths = value.split(":")
    for path in paths:
        if not path.startswith("/") and not (all_too and path.upper() == "ALL"):
            raise InvalidInput("not an absolute path", subject=subject, hint="write PATH or PATH:PATH")
    return paths
