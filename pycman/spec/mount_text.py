"""Mounts and devices as text: `--volume`, `--mount`, `--device`, and the lists of containers.conf. Pure but for `./` and `~`."""

from __future__ import annotations

import os

from pycman.errors import InvalidInput
from pycman.spec.mount import Device, Mount
from pycman.spec.resources import parse_size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_ACCESS = frozenset(("ro", "rw", "readonly"))
_PROPAGATION = frozenset(("private", "rprivate", "shared", "rshared", "slave", "rslave", "unbindable", "runbindable"))
_RECURSION = ("enabled", "disabled", "writable")
"""Docker's "readonly" (submounts read-only too) is refused: it would be taken without effect."""
_TRUE = frozenset(("1", "t", "T", "true", "TRUE", "True"))
_FALSE = frozenset(("0", "f", "F", "false", "FALSE", "False"))
_OPTIONS = frozenset(
    ("z", "Z", "U", "O", "copy", "nocopy", "idmap", "bind", "rbind", "exec", "noexec", "dev", "nodev", "suid", "nosuid",
     "delegated", "cached", "consistent", "noatime", "no-dereference")
)  # fmt: skip


def parse_volume(text: str, flag: str = "-v") -> Mount:
    """Return [SOURCE:]TARGET[:OPTIONS] of `flag`: a path as source is a bind, a name a volume, none an anonymous volume."""
    parts = text.split(":")
    if len(parts) > 3 or not all(parts[:2]) or not parts[-1]:
        raise _wrong_volume(text, flag)
    if len(parts) == 1:
        return Mount(kind="volume", target=_target(parts[0], text, flag))
    source, target = parts[0], parts[1]
    options = parts[2].split(",") if len(parts) == 3 else []
    if len(parts) == 2 and not target.startswith("/"):
        if set(target.split(",")) <= _ACCESS | _PROPAGATION | _OPTIONS and source.startswith("/"):
            return _with_options(Mount(kind="volume", target=source), target.split(","), text, flag)
        raise _wrong_volume(text, flag)
    if source.startswith((".", "/", "~")):
        mount = Mount(kind="bind", source=_absolute(source), target=_target(target, text, flag), create_source=True)
    else:
        mount = Mount(kind="volume", source=source, target=_target(target, text, flag))
    return _with_options(mount, options, text, flag)


def _wrong_volume(text: str, flag: str) -> InvalidInput:
    return InvalidInput(
        "not a volume", subject=f"{flag} {text}", hint="write it as [SOURCE:]TARGET[:OPTIONS], TARGET absolute"
    )


def _target(path: str, text: str, flag: str) -> str:
    if not path.startswith("/"):
        raise InvalidInput("the target must be an absolute path", subject=f"{flag} {text}")
    return path


def _absolute(path: str) -> str:
    return os.path.abspath(os.path.expanduser(path))


def _with_options(mount: Mount, words: list[str], text: str, flag: str) -> Mount:
    read_only = mount.read_only
    propagation = mount.propagation
    options = list(mount.options)
    check_access(words, f"{flag} {text}")
    for word in words:
        if word in _ACCESS:
            read_only = word != "rw"
        elif word in _PROPAGATION:
            propagation = word
        elif word in _OPTIONS or word.startswith(("upperdir=", "workdir=", "idmap=")):
            options.append(word)
        else:
            raise InvalidInput(
                f"unknown option {word!r}", subject=f"{flag} {text}", hint="use ro, rw, z, Z, U, nocopy, …"
            )
    return mount.replace(read_only=read_only, propagation=propagation, options=tuple(options))


def check_access(words: Sequence[str], subject: str) -> bool:
    """Return whether "ro" or "readonly" is among `words`. Raises InvalidInput if they say both read-only and writable."""
    read_only = "ro" in words or "readonly" in words
    if read_only and "rw" in words:
        raise InvalidInput("it is said to be read-only and writable", subject=subject, hint="leave one out")
    return read_only


def parse_mount_fields(parts: Sequence[str], text: str) -> Mount:
    """Return the mount of type=…, source=…, target=…, … (docker's and podman's keys); `text` is all of it, for errors."""
    fields: dict[str, str] = {}
    options: list[str] = []
    volume_options: dict[str, str] = {}
    volume_labels: dict[str, str] = {}
    for part in parts:
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
    if kind not in ("bind", "volume", "tmpfs", "image", "devpts", "ramfs", "glob", "artifact"):
        hint = "use bind, volume, tmpfs, image, artifact, glob, devpts or ramfs"
        raise InvalidInput(
            f"unknown type {kind!r}",
            subject=f"--mount {text}",
            hint=hint,
            code="unknown-mount-type",
            facts={"type": kind},
        )
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
    "bind-create-src": "create", "title": "title", "digest": "digest", "name": "name", "no-dereference": "option",
}  # fmt: skip


_OF_ARTIFACTS = ("title", "digest", "name")
_OPPOSITES = {"exec": "noexec", "dev": "nodev", "suid": "nosuid", "tmpcopyup": "notmpcopyup"}
_OPPOSITES |= {no: yes for yes, no in _OPPOSITES.items()}


def _mount_option(key: str, value: str, equals: str, options: list[str], text: str) -> None:
    """Add an option, of those that are on or off the one that was meant: exec=false is noexec. Raises InvalidInput."""
    if key in ("tmpfs-size", "size"):
        options.append(f"size={parse_size(value, f'--mount {text}: size')}")
    elif key in ("tmpfs-mode", "mode", "uid", "gid", "max"):
        options.append(f"{key.removeprefix('tmpfs-')}={value}")
    elif key == "idmap" and equals and value not in _TRUE | _FALSE:
        options.append(f"idmap={value}")
    elif _switch({key: value if equals else "true"}, key, text):
        options.append({"chown": "U"}.get(key, key))
    elif key in _OPPOSITES:
        options.append(_OPPOSITES[key])


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
        raise InvalidInput(
            "it needs a target", subject=f"--mount {text}", hint="add target=PATH", code="mount-without-target"
        )
    if target and not target.startswith("/"):
        raise InvalidInput("the target must be an absolute path", subject=f"--mount {text}")
    source = fields.get("source", "")
    if kind in ("bind", "glob"):
        if not source:
            raise InvalidInput("it needs a source", subject=f"--mount {text}", hint="add source=PATH")
        source = _absolute(source)
    if kind in ("tmpfs", "ramfs", "devpts") and source:
        raise InvalidInput(f"a {kind} has no source", subject=f"--mount {text}")
    if "no-dereference" in options and kind not in ("bind", "glob"):
        raise InvalidInput("no-dereference is for binds and globs only", subject=f"--mount {text}", hint="leave it out")
    _artifact_options(kind, fields, options, text)
    if _switch(fields, "nonrecursive", text) or _choice(fields, "recursive", _RECURSION, text) == "disabled":
        options.append("bind")
    if _switch(fields, "nocopy", text):
        options.append("nocopy")
    relabel = _choice(fields, "relabel", ("shared", "private"), text)
    if relabel:
        options.append("z" if relabel == "shared" else "Z")
    read_only = _is_read_only(fields, text) or kind == "artifact"
    if kind == "image" and not read_only and ("readonly" in fields or "writable" in fields):
        options.append("rw")  # an image is only writable where this is said
    return Mount(
        kind=kind,
        target=target,
        source=source,
        read_only=read_only,
        options=tuple(options),
        propagation=_choice(fields, "propagation", sorted(_PROPAGATION), text),
        subpath=fields.get("subpath", ""),
        volume_driver=fields.get("driver", ""),
        volume_options=volume_options,
        volume_labels=labels,
        create_source=_switch(fields, "create", text),
    )


def _artifact_options(kind: str, fields: dict[str, str], options: list[str], text: str) -> None:
    """Add which file of an artifact it is, and the name it gets. Raises InvalidInput for other kinds, and for a path as name."""
    for key in _OF_ARTIFACTS:
        if key not in fields:
            continue
        if kind != "artifact":
            raise InvalidInput(f"{key} is for artifacts only", subject=f"--mount {text}", hint="leave it out")
        options.append(f"{key}={fields[key]}")
    if kind == "artifact":
        if not fields.get("source"):
            raise InvalidInput("it needs a source", subject=f"--mount {text}", hint="add source=ARTIFACT")
        if "title" in fields and "digest" in fields:
            raise InvalidInput(
                "title and digest contradict each other", subject=f"--mount {text}", hint="leave one out"
            )
        if "/" in fields.get("name", "") or fields.get("name") in (".", ".."):
            raise InvalidInput("name is no name of a file", subject=f"--mount {text}")


def _is_read_only(fields: dict[str, str], text: str) -> bool:
    """Return what readonly=… and rw=… say together; rw=false is read-only. Raises InvalidInput if they contradict each other."""
    says = set()
    if "readonly" in fields:
        says.add(_switch(fields, "readonly", text))
    if "writable" in fields:
        says.add(not _switch(fields, "writable", text))
    if len(says) > 1:
        raise InvalidInput("it is said to be read-only and writable", subject=f"--mount {text}", hint="leave one out")
    return says == {True}


def _switch(fields: dict[str, str], name: str, text: str) -> bool:
    """Return a field that is true or false: one that is neither must not leave a mount writable."""
    value = fields.get(name, "false")
    if value not in _TRUE | _FALSE:
        raise InvalidInput(f"{name} is neither true nor false", subject=f"--mount {text}", hint="write true or false")
    return value in _TRUE


def _choice(fields: dict[str, str], name: str, allowed: Sequence[str], text: str) -> str:
    value = fields.get(name, "")
    if value and value not in allowed:
        raise InvalidInput(
            f"not a value of {name}: {value}", subject=f"--mount {text}", hint=f"use {', '.join(allowed)}"
        )
    return value


def parse_device(text: str, flag: str = "--device") -> Device:
    """Return the device of HOST[:CONTAINER[:rwm]]."""
    parts = text.split(":")
    if len(parts) > 3 or not parts[0].startswith("/"):
        raise InvalidInput("not a device", subject=f"{flag} {text}", hint="write it as /dev/NAME[:PATH[:rwm]]")
    container = parts[0]
    permissions = "rwm"
    if len(parts) == 2 and parts[1] and set(parts[1]) <= set("rwm"):
        permissions = parts[1]
    elif len(parts) > 1 and parts[1]:
        container = parts[1]
    if len(parts) == 3:
        permissions = parts[2]
    if not container.startswith("/") or not permissions or not set(permissions) <= set("rwm"):
        raise InvalidInput("not a device", subject=f"{flag} {text}", hint="write it as /dev/NAME[:PATH[:rwm]]")
    return Device(host_path=parts[0], container_path=container, permissions=permissions)
