"""The Container Device Interface: files of device vendors that say what a container needs to use a device (CDI 0.8, SPEC.md).

    vendor.com/class=name      a device, in a file of kind vendor.com/class below /etc/cdi or /var/run/cdi (which wins)

The `containerEdits` of a file become devices, binds, variables, groups and hooks of the container. They are read at every start of
the container, because an update of the driver may have changed them.
"""

from __future__ import annotations

import os

from pycman.errors import Corrupt, InvalidInput, NotFound, from_os_error
from pycman.jsontext import parse_json
from pycman.record import Record
from pycman.spec.mount import Device, Mount

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from pycman.spec.container import ContainerSpec

DEFAULT_FOLDERS = ("/etc/cdi", "/var/run/cdi")
_ENDINGS = (".json", ".yaml", ".yml")
_HOOKS = ("prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop")
_KNOWN = {"env", "deviceNodes", "mounts", "hooks", "additionalGids", "additionalGIDs"}


class Edits(Record):
    """The merged containerEdits of several devices; `hooks`: stage → hooks as in the runtime spec."""

    devices: tuple[Device, ...] = ()
    mounts: tuple[Mount, ...] = ()
    env: Mapping[str, str] = {}
    groups: tuple[str, ...] = ()
    hooks: Mapping[str, tuple[Any, ...]] = {}


def with_edits(spec: ContainerSpec, edits: Edits) -> ContainerSpec:
    """Return a spec with the edits of its devices, except hooks, which go into the bundle."""
    return spec.replace(
        devices=(*spec.devices, *edits.devices),
        mounts=(*spec.mounts, *edits.mounts),
        env={**edits.env, **spec.env},
        group_add=(*spec.group_add, *edits.groups),
    )


def read_edits(names: Sequence[str], folders: Sequence[str]) -> Edits:
    """Return the merged edits of devices. Raises NotFound, InvalidInput (two files of one folder define one device), Corrupt."""
    known: dict[str, tuple[int, str, list[Any]]] = {}
    for rank, folder in enumerate(folders or DEFAULT_FOLDERS):
        for path in _files(folder):
            document = _read(path)
            kind = str(document.get("kind") or "")
            for device in document.get("devices") or ():
                name = f"{kind}={device.get('name')}"
                if name not in names:
                    continue
                before = known.get(name)
                if before is not None and before[0] == rank:
                    raise InvalidInput(f"{before[1]} and {path} both have it", subject=name, hint="remove one of them")
                known[name] = (rank, path, [document.get("containerEdits"), device.get("containerEdits")])
    edits = Edits()
    common: set[tuple[str, str]] = set()
    for name in names:
        if name not in known:
            where = " and ".join(folders or DEFAULT_FOLDERS)
            raise NotFound("no file describes such a device", subject=name, hint=f"look into {where}")
        _, path, parts = known[name]
        key = (path, name.partition("=")[0])
        for part in parts[1:] if key in common else parts:
            edits = _add(edits, part or {}, path)
        common.add(key)
    return edits


def _files(folder: str) -> list[str]:
    try:
        return [f"{folder}/{name}" for name in sorted(os.listdir(folder)) if name.endswith(_ENDINGS)]
    except OSError:
        return []


def _read(path: str) -> dict[str, Any]:
    try:
        with open(path, "rb") as file:
            content = file.read()
    except OSError as error:
        raise from_os_error(error, subject=path) from error
    if path.endswith(".json"):
        value = parse_json(content, subject=path)
    else:
        import yaml  # 20 ms, only imported for CDI files in YAML

        try:
            value = yaml.load(content, Loader=yaml.CSafeLoader)
        except yaml.YAMLError as error:
            raise Corrupt(f"it is not YAML: {str(error).splitlines()[0]}", subject=path) from error
    if not isinstance(value, dict) or not isinstance(value.get("devices") or [], list):
        raise Corrupt("it does not describe devices", subject=path)
    return value


def _add(edits: Edits, part: Mapping[str, Any], path: str) -> Edits:
    unknown = set(part) - _KNOWN
    if unknown:
        raise Corrupt(f"{', '.join(sorted(unknown))} is not known here", subject=path)
    try:
        hooks = dict(edits.hooks)
        for hook in part.get("hooks") or ():
            if hook["hookName"] not in _HOOKS:
                raise Corrupt(f"{hook['hookName']} is no hook", subject=path)
            own = {key: hook[key] for key in ("path", "args", "env", "timeout") if key in hook}
            hooks[hook["hookName"]] = (*hooks.get(hook["hookName"], ()), own)
        return Edits(
            devices=(*edits.devices, *(_device(device_node) for device_node in part.get("deviceNodes") or ())),
            mounts=(*edits.mounts, *(_mount(mount) for mount in part.get("mounts") or ())),
            env={**edits.env, **dict(variable.split("=", 1) for variable in part.get("env") or ())},
            groups=(
                *edits.groups,
                *(str(gid) for key in ("additionalGids", "additionalGIDs") for gid in part.get(key) or ()),
            ),
            hooks=hooks,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Corrupt(f"containerEdits are malformed: {error}", subject=path) from error


def _device(node: Mapping[str, Any]) -> Device:
    return Device(
        host_path=str(node.get("hostPath") or node["path"]),
        container_path=str(node["path"]),
        permissions=str(node.get("permissions") or "rwm"),
    )


def _mount(mount: Mapping[str, Any]) -> Mount:
    options = tuple(str(option) for option in mount.get("options") or ())
    kind = str(mount.get("type") or "bind")
    other_options = tuple(option for option in options if option not in ("ro", "rw", "bind", "rbind"))
    return Mount(
        kind="tmpfs" if kind == "tmpfs" else "bind",
        source="" if kind == "tmpfs" else str(mount["hostPath"]),
        target=str(mount["containerPath"]),
        read_only="ro" in options,
        options=other_options,
    )
