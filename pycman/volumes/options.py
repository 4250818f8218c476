"""The options of the local driver (docker volume create -o): parse type, device and o into what is mounted. Pure."""

from __future__ import annotations

from pycman.errors import InvalidInput
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_KEYS = frozenset(("type", "device", "o", "copy", "nocopy", "size", "inodes", "timeout", "uid", "gid", "noquota"))
_ENGINE_FLAGS = frozenset(("copy", "nocopy", "noquota"))
_ENGINE_KEYS = frozenset(("uid", "gid", "size", "inodes", "timeout"))


class LocalMount(Record):
    """What is mounted at the volume: `kind` "bind" or a file system's type; `options` are those of mount(8)."""

    kind: str
    device: str
    options: tuple[str, ...] = ()


class LocalOptions(Record):
    """Parsed options.

    `mount` is None for a plain directory; `uid` and `gid` are -1 if absent; `copy` allows the copy-up.
    """

    mount: LocalMount | None = None
    uid: int = -1
    gid: int = -1
    copy: bool = True


def parse_local_options(options: Mapping[str, str]) -> LocalOptions:
    """Parse the options of `volume create -o`. Raises InvalidInput for an unknown or impossible one."""
    for key in options:
        if key.lower() not in _KEYS:
            raise InvalidInput("not an option of the local driver", subject=key, hint="use type, device and o")
    values = {key.lower(): value for key, value in options.items()}
    mount_options = [option.strip() for option in values.get("o", "").split(",") if option.strip()]
    ids = {name: _id(values, mount_options, name) for name in ("uid", "gid")}
    copy = "nocopy" not in values and "nocopy" not in mount_options
    mount = _mount(values, mount_options)
    return LocalOptions(mount=mount, uid=ids["uid"], gid=ids["gid"], copy=copy)


def _id(values: Mapping[str, str], mount_options: list[str], name: str) -> int:
    value = values.get(name, "")
    for option in mount_options:
        if option.startswith(f"{name}="):
            value = option.partition("=")[2]
    if not value:
        return -1
    if not value.isascii() or not value.isdigit() or int(value) >= 2**32 - 1:
        raise InvalidInput("not an id", subject=f"{name}={value}", hint="write a number")
    return int(value)


def _refuse_quotas(values: Mapping[str, str], mount_options: list[str]) -> None:
    """Raise InvalidInput for a size or number of files that nothing would keep: only a tmpfs has limits."""
    given = [f"{key}={values[key]}" for key in ("size", "inodes") if values.get(key)]
    given += [option for option in mount_options if option.partition("=")[0] in ("size", "inodes")]
    if given:
        raise InvalidInput("volumes on disk have no quota", subject=given[0], hint="leave it out, or add -o type=tmpfs")


def _mount(values: Mapping[str, str], mount_options: list[str]) -> LocalMount | None:
    kind, device = values.get("type", ""), values.get("device", "")
    if kind != "tmpfs":
        _refuse_quotas(values, mount_options)
    bind = "bind" in mount_options or "rbind" in mount_options or kind == "bind"
    if bind:
        if not device.startswith("/"):
            raise InvalidInput(
                "a bind needs an absolute path", subject=f"device={device}", hint="add -o device=/the/directory"
            )
        rest = [option for option in mount_options if option.partition("=")[0] not in _ENGINE_FLAGS | _ENGINE_KEYS]
        return LocalMount(kind="bind", device=device, options=tuple(rest))
    if kind in ("", "none"):
        words = [option for option in mount_options if option.partition("=")[0] not in _ENGINE_FLAGS | _ENGINE_KEYS]
        if words and words != ["rw"]:
            hint = "add -o type=…, or -o o=bind for a directory"
            raise InvalidInput(
                "nothing is mounted that could have these options", subject=f"o={','.join(words)}", hint=hint
            )
        if device:
            raise InvalidInput(
                "device= needs a type", subject=device, hint="add -o type=…, or -o o=bind for a directory"
            )
        return None
    if kind != "tmpfs" and not device:
        raise InvalidInput(f"type={kind} needs a device", subject="device", hint="add -o device=…")
    drop = _ENGINE_FLAGS if kind == "tmpfs" else _ENGINE_FLAGS | {"uid", "gid"}
    rest = [option for option in mount_options if option.partition("=")[0] not in drop]
    if kind == "tmpfs":
        rest += [
            f"{name}={values[key]}" for key, name in (("size", "size"), ("inodes", "nr_inodes")) if values.get(key)
        ]
    return LocalMount(kind=kind, device=device or kind, options=tuple(rest))
