"""Parse --volume, --mount, --tmpfs, --secret, --device and --gpus. Pure, except that host paths resolve `./` and `~`."""

from __future__ import annotations

import os

from cli.parse import FALSE, TRUE, split_commas
from cli.specs.sizes import is_count, parse_size
from pycman.errors import InvalidInput
from pycman.spec.mount import Device, Mount, SecretUse, is_cdi_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_RECURSION = ("enabled", "disabled", "writable")
"""Docker's "readonly" (submounts read-only too) is refused: it would be taken without effect."""
_ACCESS = frozenset(("ro", "rw", "readonly"))
_PROPAGATION = frozenset(("private", "rprivate", "shared", "rshared", "slave", "rslave", "unbindable", "runbindable"))
_OPTIONS = frozenset(
    ("z", "Z", "U", "O", "copy", "nocopy", "idmap", "bind", "rbind", "exec", "noexec", "dev", "nodev", "suid", "nosuid",
     "delegated", "cached", "consistent", "noatime")
)  # fmt: skip


def parse_volume(text: str) -> Mount:
    """Parse -v [SOURCE:]TARGET[:OPTIONS]: a path as source is a bind, a name a volume, none an anonymous volume."""
    parts = text.split(":")
    if len(parts) > 3 or not all(parts[:2]) or not parts[-1]:
        raise _wrong_volume(text)
    if len(parts) == 1:
        return Mount(kind="volume", target=_target(parts[0], text))
    source, target = parts[0], parts[1]
    options = parts[2].split(",") if len(parts) == 3 else []
    if len(parts) == 2 and not target.startswith("/"):
        if set(target.split(",")) <= _ACCESS | _PROPAGATION | _OPTIONS and source.startswith("/"):
            return _with_options(Mount(kind="volume", target=source), target.split(","), text)
        raise _wrong_volume(text)
    if source.startswith((".", "/", "~")):
        mount = Mount(kind="bind", source=_absolute(source), target=_target(target, text), create_source=True)
    else:
        mount = Mount(kind="volume", source=source, target=_target(target, text))
    return _with_options(mount, options, text)


def _wrong_volume(text: str) -> InvalidInput:
    return InvalidInput(
        "not a volume", subject=f"-v {text}", hint="write it as [SOURCE:]TARGET[:OPTIONS], TARGET absolute"
    )


def _target(path: str, text: str) -> str:
    if not path.startswith("/"):
        raise InvalidInput("the target must be an absolute path", subject=f"-v {text}")
    return path


def _absolute(path: str) -> str:
    return os.path.abspath(os.path.expanduser(path))


def _with_options(mount: Mount, names: list[str], text: str) -> Mount:
    read_only = mount.read_only
    propagation = mount.propagation
    options = list(mount.options)
    for name in names:
        if name in _ACCESS:
            read_only = name != "rw"
        elif name in _PROPAGATION:
            propagation = name
        elif name in _OPTIONS or name.startswith(("upperdir=", "workdir=", "idmap=")):
            options.append(name)
        else:
            raise InvalidInput(f"unknown option {name!r}", subject=f"-v {text}", hint="use ro, rw, z, Z, U, nocopy, …")
    return mount.replace(read_only=read_only, propagation=propagation, options=tuple(options))


def parse_mount(text: str) -> Mount:
    """Parse --mount type=…,source=…,target=…,… (docker's and podman's keys). Raises InvalidInput."""
    fields: dict[str, str] = {}
    options: list[str] = []
    volume_options: dict[str, str] = {}
    volume_labels: dict[str, str] = {}
    for part in split_commas(text):
        key, equals, value = part.partition("=")
        name = _MOUNT_KEYS.get(key.strip())
        if name is None:
            raise InvalidInput(
                f"unknown key {key!r}", subject=f"--mount {text}", hint="use type, source, target, readonly, …"
            )
        if name == "volume-opt":
            option, _, setting = value.partition("=")
            volume_options[option] = setting
        elif name == "volume-label":
            label, _, setting = value.partition("=")
            volume_labels[label] = setting
        elif name in ("option", "size", "mode"):
            _mount_option(key.strip(), value, equals, options, text)
        else:
            fields[name] = value if equals else "true"
    kind = fields.get("type", "volume")
    if kind not in ("bind", "volume", "tmpfs", "image", "devpts", "ramfs", "glob"):
        hint = "use bind, volume, tmpfs, image, glob, devpts or ramfs"
        raise InvalidInput(f"unknown type {kind!r}", subject=f"--mount {text}", hint=hint)
    return _mount(kind, fields, options, volume_options, volume_labels, text)


_MOUNT_KEYS = {
    "type": "type", "source": "source", "src": "source", "target": "target", "destination": "target", "dst": "target",
    "readonly": "readonly", "ro": "readonly", "rw": "writable", "readwrite": "writable",
    "bind-propagation": "propagation", "bind-nonrecursive": "nonrecursive", "bind-recursive": "recursive",
    "volume-nocopy": "nocopy", "nocopy": "nocopy", "volume-driver": "driver", "volume-opt": "volume-opt",
    "volume-label": "volume-label", "volume-subpath": "subpath", "image-subpath": "subpath", "subpath": "subpath",
    "tmpfs-size": "size", "size": "size", "tmpfs-mode": "mode", "mode": "mode", "notmpcopyup": "option",
    "tmpcopyup": "option", "U": "option", "chown": "option", "relabel": "relabel", "z": "option", "Z": "option",
    "idmap": "option", "exec": "option", "noexec": "option", "dev": "option", "nodev": "option", "suid": "option",
    "nosuid": "option", "uid": "option", "gid": "option", "consistency": "ignored", "noswap": "option", "max": "option",
    "bind-create-src": "create",
}  # fmt: skip

_WORDS = {
    "relabel": ("shared", "private"),
    "recursive": ("enabled", "disabled"),
    "propagation": ("", *sorted(_PROPAGATION)),
}


def _mount_option(key: str, value: str, equals: str, options: list[str], text: str) -> None:
    """Append one part of --mount to `options`, as the mount option that the engine knows."""
    if key in ("tmpfs-size", "size"):
        options.append(f"size={parse_size(value, f'--mount {text}: size')}")
    elif key in ("tmpfs-mode", "mode", "uid", "gid", "max"):
        options.append(f"{key.removeprefix('tmpfs-')}={value}")
    elif key in ("U", "chown"):
        if value in ("", "true", "1"):
            options.append("U")
    elif equals and value in ("true", "false", "1", "0"):
        if value in ("true", "1"):
            options.append(key)
    else:
        options.append(f"{key}={value}" if equals else key)


def _mount(
    kind: str,
    fields: dict[str, str],
    options: list[str],
    volume_options: dict[str, str],
    labels: dict[str, str],
    text: str,
) -> Mount:
    target = fields.get("target", "")
    if not target and kind != "glob":
        raise InvalidInput("it needs a target", subject=f"--mount {text}", hint="add target=PATH")
    if target and not target.startswith("/"):
        raise InvalidInput("the target must be an absolute path", subject=f"--mount {text}")
    source = fields.get("source", "")
    if kind in ("bind", "glob"):
        if not source:
            raise InvalidInput("it needs a source", subject=f"--mount {text}", hint="add source=PATH")
        source = _absolute(source)
    if kind in ("tmpfs", "ramfs", "devpts") and source:
        raise InvalidInput(f"a {kind} has no source", subject=f"--mount {text}")
    if _switch(fields, "nonrecursive", text) or _choice(fields, "recursive", _RECURSION, text) == "disabled":
        options.append("bind")
    if _switch(fields, "nocopy", text):
        options.append("nocopy")
    relabel = _choice(fields, "relabel", ("shared", "private"), text)
    if relabel:
        options.append("z" if relabel == "shared" else "Z")
    return Mount(
        kind=kind,
        target=target or "/",
        source=source,
        read_only=_switch(fields, "readonly", text) and not _switch(fields, "writable", text),
        options=tuple(options),
        propagation=_choice(fields, "propagation", sorted(_PROPAGATION), text),
        subpath=fields.get("subpath", ""),
        volume_driver=fields.get("driver", ""),
        volume_options=volume_options,
        volume_labels=labels,
        create_source=_switch(fields, "create", text),
    )


def _switch(fields: dict[str, str], name: str, text: str) -> bool:
    """Return a field that is true or false: one that is neither must not leave a mount writable."""
    value = fields.get(name, "false")
    if value not in TRUE | FALSE:
        raise InvalidInput(f"{name} is neither true nor false", subject=f"--mount {text}", hint="write true or false")
    return value in TRUE


def _choice(fields: dict[str, str], name: str, allowed: Sequence[str], text: str) -> str:
    value = fields.get(name, "")
    if value and value not in allowed:
        raise InvalidInput(
            f"not a value of {name}: {value}", subject=f"--mount {text}", hint=f"use {', '.join(allowed)}"
        )
    return value


def parse_tmpfs(text: str) -> Mount:
    """Parse --tmpfs PATH[:OPTIONS]."""
    target, _, options_text = text.partition(":")
    if not target.startswith("/"):
        raise InvalidInput("the target must be an absolute path", subject=f"--tmpfs {text}")
    names = options_text.split(",")
    options = tuple(name for name in names if name and name not in _ACCESS)
    return Mount(kind="tmpfs", target=target, options=options, read_only="ro" in names)


def parse_secret(text: str) -> tuple[SecretUse, bool]:
    """Parse --secret NAME[,type=mount|env][,target=…][,uid=…][,gid=…][,mode=…]; the second value is True for type=env."""
    name, *rest = split_commas(text)
    fields: dict[str, str] = {}
    if "=" in name:
        rest, name = [name, *rest], ""
    for part in rest:
        key, equals, value = part.partition("=")
        if not equals or key not in ("type", "target", "uid", "gid", "mode", "source"):
            raise InvalidInput(
                f"unknown option {part!r}", subject=f"--secret {text}", hint="use type, target, uid, gid, mode"
            )
        fields[key] = value
    name = name or fields.get("source", "")
    kind = fields.get("type", "mount")
    if not name or kind not in ("mount", "env"):
        raise InvalidInput(
            "not a secret", subject=f"--secret {text}", hint="write it as NAME,type=mount or NAME,type=env"
        )
    mode_text, uid, gid = fields.get("mode", "0444"), *(fields.get(key, "0") for key in ("uid", "gid"))
    numbers = all(value.isascii() and value.isdigit() and len(value) <= 10 for value in (mode_text, uid, gid))
    if not numbers or not set(mode_text) <= set("01234567") or int(mode_text, 8) > 0o7777:
        raise InvalidInput("uid, gid and mode are numbers", subject=f"--secret {text}", hint="write mode in octal")
    use = SecretUse(
        name=name, kind=kind, target=fields.get("target", ""), uid=int(uid), gid=int(gid), mode=int(mode_text, 8)
    )
    return use, kind == "env"


def parse_device(text: str) -> Device:
    """Parse --device HOST[:CONTAINER[:rwm]]."""
    parts = text.split(":")
    if len(parts) > 3 or not parts[0].startswith("/"):
        raise InvalidInput("not a device", subject=f"--device {text}", hint="write it as /dev/NAME[:PATH[:rwm]]")
    container = parts[0]
    permissions = "rwm"
    if len(parts) == 2 and parts[1] and set(parts[1]) <= set("rwm"):
        permissions = parts[1]
    elif len(parts) > 1 and parts[1]:
        container = parts[1]
    if len(parts) == 3:
        permissions = parts[2]
    if not container.startswith("/") or not permissions or not set(permissions) <= set("rwm"):
        raise InvalidInput("not a device", subject=f"--device {text}", hint="write it as /dev/NAME[:PATH[:rwm]]")
    return Device(host_path=parts[0], container_path=container, permissions=permissions)


def parse_cdi_devices(devices: Sequence[str], gpus: Sequence[str]) -> tuple[str, ...]:
    """Return the CDI names among --device, and those of --gpus: "all", a number, or device=ID[,ID]."""
    cdi_names = [device for device in devices if is_cdi_name(device)]
    for value in gpus:
        text = value.strip('"')
        if is_count(text) and int(text) < 1000:
            names = [str(number) for number in range(int(text))]
        else:
            names = text.removeprefix("device=").split(",")
            if text != "all" and not text.startswith("device="):
                raise InvalidInput("not GPUs", subject=f"--gpus {value}", hint="write all, a number, or device=ID[,ID]")
        cdi_names += [f"nvidia.com/gpu={name}" for name in names]
    return tuple(dict.fromkeys(cdi_names))
