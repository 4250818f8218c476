"""--pid, --ipc, --uts, --cgroupns, --userns, --uidmap, --security-opt into values. Pure."""

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
    """Return the mode of one namespace; "" is the default."""
    if not text:
        return NamespaceMode()
    kind, _, value = text.partition(":")
    if kind not in _ALLOWED[flag] or (kind in ("container", "ns") and not value):
        allowed = ", ".join(_ALLOWED[flag])
        raise InvalidInput("not a mode of this namespace", subject=f"--{flag} {text}", hint=f"use one of {allowed}")
    return NamespaceMode(kind="path" if kind == "ns" else kind, value=value)


def parse_id_map(uids: list[str], gids: list[str]) -> IdMap:
    """Return the ranges of --uidmap and --gidmap."""
    return IdMap(
        uids=tuple(_range(word, "--uidmap") for word in uids), gids=tuple(_range(word, "--gidmap") for word in gids)
    )


def _range(text: str, flag: str) -> IdRange:
    parts = text.split(":")
    if len(parts) == 2:
        parts.append("1")
    numbers = [int(part) for part in parts if is_count(part)]
    if len(parts) != 3 or len(numbers) != 3 or numbers[2] < 1 or max(numbers[:2]) + numbers[2] > _IDS:
        raise InvalidInput("not a range of ids", subject=f"{flag} {text}", hint="write it as INSIDE:OUTSIDE:SIZE")
    return IdRange(container_id=numbers[0], host_id=numbers[1], size=numbers[2])


def parse_security(words: list[str], base: Security) -> Security:
    """Return `base` with the options of --security-opt."""
    changes: dict[str, object] = {}
    labels: list[str] = []
    for word in words:
        key, mark, value = word.partition("=") if "=" in word else word.partition(":")
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
        elif word == "systempaths=unconfined":
            changes["unmask"] = ("ALL",)
        else:
            hint = "use no-new-privileges, seccomp=…, apparmor=…, label=…, mask=…, unmask=…"
            raise InvalidInput("unknown security option", subject=f"--security-opt {word}", hint=hint)
    return base.replace(**changes, label_options=(*base.label_options, *labels))
