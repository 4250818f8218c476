"""Mounts, volumes, secrets and devices in podman's specs. Pure."""

from __future__ import annotations

from api_server.translate.fields import Fields
from pycman.errors import InvalidInput, Unsupported
from pycman.spec.mount import Device, Mount, SecretUse, is_cdi_name
from pycman.spec.mount_text import check_access, parse_device

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

_KINDS = ("bind", "tmpfs", "devpts", "ramfs", "mqueue", "glob")
_PROPAGATION = frozenset(("private", "rprivate", "shared", "rshared", "slave", "rslave", "unbindable", "runbindable"))
_ACCESS = frozenset(("ro", "rw", "readonly"))
_OPTIONS = frozenset((
    "z", "Z", "U", "O", "copy", "nocopy", "idmap", "bind", "rbind", "exec", "noexec", "dev", "nodev", "suid", "nosuid", "noatime",
    "delegated", "cached", "consistent", "tmpcopyup", "notmpcopyup", "strictatime", "noswap", "upper", "rro",
))  # fmt: skip
_SETTINGS = (
    "upperdir=",
    "workdir=",
    "idmap=",
    "size=",
    "mode=",
    "uid=",
    "gid=",
    "max=",
    "consistency=",
    "newinstance",
    "ptmxmode=",
)
_MOST_MODE = 0o7777


def storage_values(fields: Fields) -> dict[str, Any]:
    """Return the fields of a ContainerSpec about files and devices. Raises InvalidInput, Unsupported."""
    volumes = fields.text("image_volume_mode")
    if volumes not in ("", "anonymous", "bind", "tmpfs", "ignore"):
        raise InvalidInput(
            "not a mode", subject=f"image_volume_mode {volumes[:40]}", hint="use anonymous, tmpfs or ignore"
        )
    devices = [_device_path(Fields(entry, "devices")) for entry in fields.entries("devices")]
    return {
        "mounts": mounts_of(fields),
        "volumes_from": fields.texts("volumes_from"),
        "image_volumes": {"bind": "anonymous"}.get(volumes, volumes),
        "secrets": tuple(_secret(Fields(entry, "secrets")) for entry in fields.entries("secrets")),
        "devices": devices_of(devices),
        "cdi_devices": tuple(device for device in devices if is_cdi_name(device)),
        "shm_size_bytes": shm_size(fields),
        "systemd_size_bytes": fields.number("shm_size_systemd") or None,
    }


def shm_size(fields: Fields) -> int | None:
    """Return the size of /dev/shm, None for the usual one. Raises InvalidInput."""
    if not fields.given("shm_size"):
        fields.raw("shm_size")
        return None
    size = fields.number("shm_size")
    if size < 0:
        raise InvalidInput("it is negative", subject=fields.path("shm_size"))
    return size


def mounts_of(fields: Fields) -> tuple[Mount, ...]:
    """Return the mounts of all kinds in a spec of a container or a pod. Raises InvalidInput, Unsupported."""
    mounts = [_mount(Fields(entry, f"mounts[{n}]")) for n, entry in enumerate(fields.entries("mounts"))]
    mounts += [_volume(Fields(entry, f"volumes[{n}]")) for n, entry in enumerate(fields.entries("volumes"))]
    mounts += [
        _overlay(Fields(entry, f"overlay_volumes[{n}]")) for n, entry in enumerate(fields.entries("overlay_volumes"))
    ]
    mounts += [_image(Fields(entry, f"image_volumes[{n}]")) for n, entry in enumerate(fields.entries("image_volumes"))]
    mounts += [
        _artifact(Fields(entry, f"artifact_volumes[{n}]")) for n, entry in enumerate(fields.entries("artifact_volumes"))
    ]
    return tuple(mounts)


def _target(fields: Fields, name: str) -> str:
    target = fields.text(name)
    if not target.startswith("/"):
        raise InvalidInput("the target must be an absolute path", subject=f"{fields.path(name)} {target[:80]}")
    return target


def _mount(fields: Fields) -> Mount:
    """Return a mount of the runtime-spec: destination, type, source, options."""
    kind, source, target = fields.text("type") or "bind", fields.text("source"), _target(fields, "destination")
    options = [word for word in fields.entries("options") if word]
    sub_path = fields.text("subPath")
    fields.finish()
    if kind == "volume":  # podman-py names volumes so
        return with_options(Mount(kind="volume", source=source, target=target, subpath=sub_path), options, fields)
    if kind not in _KINDS:
        raise Unsupported(
            f'unknown mount type "{kind[:40]}"', subject=fields.path("type"), hint=f"use {', '.join(_KINDS)}"
        )
    if kind in ("bind", "glob") and not source.startswith("/"):
        raise InvalidInput("a bind needs the absolute path of its source", subject=fields.path("source"))
    mount = Mount(kind=kind, target=target, source=source if kind in ("bind", "glob") else "", subpath=sub_path)
    return with_options(mount, options, fields)


def _volume(fields: Fields) -> Mount:
    mount = Mount(
        kind="volume", source=fields.text("Name"), target=_target(fields, "Dest"), subpath=fields.text("SubPath")
    )
    options = fields.entries("Options")
    fields.ignore(("IsAnonymous",))
    fields.finish()
    return with_options(mount, options, fields)


def _overlay(fields: Fields) -> Mount:
    source, target = fields.text("source"), _target(fields, "destination")
    options = [*fields.entries("options"), "O"]
    fields.finish()
    if not source:
        raise InvalidInput("an overlay needs a source", subject=fields.path("source"))
    kind = "bind" if source.startswith("/") else "volume"
    options = [word for number, word in enumerate(options) if word not in options[:number]]
    return with_options(Mount(kind=kind, source=source, target=target), options, fields)


def _image(fields: Fields) -> Mount:
    mount = Mount(
        kind="image",
        source=fields.text("Source"),
        target=_target(fields, "Destination"),
        subpath=fields.text("subPath"),
        options=("rw",) if fields.switch("ReadWrite") else (),
    )
    fields.finish()
    if not mount.source:
        raise InvalidInput("an image needs a name", subject=fields.path("Source"))
    return mount


def _artifact(fields: Fields) -> Mount:
    settings = tuple(f"{name}={fields.text(name)}" for name in ("title", "digest", "name") if fields.text(name))
    mount = Mount(
        kind="artifact", source=fields.text("source"), target=_target(fields, "destination"), options=settings
    )
    fields.finish()
    if not mount.source:
        raise InvalidInput("an artifact needs a name", subject=fields.path("source"))
    return mount


def with_options(mount: Mount, words: Sequence[object], fields: Fields) -> Mount:
    """Return the mount with options of mount(8) and podman's own. Raises InvalidInput for others."""
    subject = fields.path("options")
    texts = [word for word in words if isinstance(word, str)]
    if len(texts) != len(words):
        raise InvalidInput("it is not a list of texts", subject=subject)
    parts = [part for text in texts for part in text.split(",") if part]
    read_only = check_access(parts, subject)
    propagation, options = "", []
    for word in parts:
        if word in _PROPAGATION:
            propagation = "" if mount.kind == "tmpfs" else word
        elif word in _OPTIONS or word.startswith(_SETTINGS):
            options.append(word)
        elif word not in _ACCESS:
            raise InvalidInput(f"unknown option {word[:40]!r}", subject=subject, hint="use ro, rw, z, Z, U, nocopy, …")
    kept = [
        word
        for word in options
        if not (word == "rbind" and mount.kind == "bind") and not word.startswith("consistency=")
    ]
    return mount.replace(read_only=read_only, propagation=propagation, options=tuple(kept))


def _secret(fields: Fields) -> SecretUse:
    use = SecretUse(
        name=fields.text("Source"),
        target=fields.text("Target"),
        uid=fields.number("UID"),
        gid=fields.number("GID"),
        mode=fields.number("Mode") or 0o444,
    )
    fields.finish()
    if not use.name or min(use.uid, use.gid, use.mode) < 0 or use.mode > _MOST_MODE:
        raise InvalidInput("a secret has Source, UID, GID and Mode", subject="secrets")
    return use


def _device_path(fields: Fields) -> str:
    """Return HOST[:CONTAINER[:rwm]], which is all that clients send of a device; numbers are the host's own."""
    path = fields.text("path")
    fields.ignore(("type", "major", "minor", "fileMode", "uid", "gid"))
    fields.finish()
    return path


def devices_of(paths: Sequence[str]) -> tuple[Device, ...]:
    """Return the devices of the host among paths, without the names of CDI. Raises InvalidInput."""
    return tuple(parse_device(path, "devices") for path in paths if not is_cdi_name(path))
