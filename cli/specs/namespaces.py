"""Parse --pid, --ipc, --uts, --cgroupns, --userns, --uidmap, --gidmap and --security-opt. Pure."""

from __future__ import annotations

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
        if key == "no-new-privileges":
            changes["no_new_privileges"] = value.lower() not in ("false", "0")
        elif key == "seccomp" and mark:
            changes["seccomp_profile"] = value
        elif key == "apparmor" and mark:
            changes["apparmor_profile"] = value
        elif key == "label":
            labels.append(value)
        elif key in ("mask", "unmask") and mark:
            changes[key] = (*getattr(base, key), *value.split(":"))
        elif key == "proc-opts" and mark:
            changes["proc_options"] = value
        elif option == "systempaths=unconfined":
            changes["unmask"] = ("ALL",)
        else:
            hint = "use no-new-privileges, seccomp=…, apparmor=…, label=…, mask=…, unmask=…"
            raise InvalidInput("unknown security option", subject=f"--security-opt {option}", hint=hint)
    return base.replace(**changes, label_options=(*base.label_options, *labels))
