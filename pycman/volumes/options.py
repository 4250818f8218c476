"""The local driver's options type, device and o (docker volume create -o): what is to be mounted. Pure."""

from __future__ import annotations

from pycman.errors import InvalidInput
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_KEYS = frozenset(("type", "device", "o", "copy", "nocopy", "size", "inodes", "timeout", "uid", "gid", "noquota"))
_ENGINE_WORDS = frozenset(("copy", "nocopy", "noquota"))
_ENGINE_KEYS = frozenset(("uid", "gid", "size", "inodes", "timeout"))


class LocalMount(Record):
    """What is mounted at the volume: `kind` "bind" or a file system's type; `options` as mount(8) words."""

    kind: str
    device: str
    options: tuple[str, ...] = ()


class LocalOptions(Record):
    """The options, understood. `mount` is None for a plain directory; `uid` and `gid` are -1 if not given."""

    mount: LocalMount | None = None
    uid: int = -1
    gid: int = -1
    copy: bool = True


def parse_local_options(options: Mapping[str, str]) -> LocalOptions:
    """Return what the options of `volume create -o` mean. Raises InvalidInput for unknown or impossible ones."""
    for key in options:
        if key.lower() not in _KEYS:
            raise InvalidInput("not an option of the local driver", subject=key, hint="use type, device and o")
    given = {key.lower(): value for key, value in options.items()}
    words = [word.strip() for word in given.get("o", "").split(",") if word.strip()]
    ids = {name: _id(given, words, name) for name in ("uid", "gid")}
    copy = "nocopy" not in given and "nocopy" not in words
    mount = _mount(given, words)
    return LocalOptions(mount=mount, uid=ids["uid"], gid=ids["gid"], copy=copy)


def _id(given: Mapping[str, str], words: list[str], name: str) -> int:
    found = given.get(name, "")
    for word in words:
        if word.startswith(f"{name}="):
            found = word.partition("=")[2]
    if not found:
        return -1
    if not found.isascii() or not found.isdigit() or int(found) >= 2**32 - 1:
        raise InvalidInput("not an id", subject=f"{name}={found}", hint="write a number")
    return int(found)


def _mount(given: Mapping[str, str], words: list[str]) -> LocalMount | None:
    kind, device = given.get("type", ""), given.get("device", "")
    bind = "bind" in words or "rbind" in words or kind == "bind"
    if bind:
        if not device.startswith("/"):
            raise InvalidInput(
                "a bind needs an absolute path", subject=f"device={device}", hint="add -o device=/the/directory"
            )
        rest = [word for word in words if word.partition("=")[0] not in _ENGINE_WORDS | _ENGINE_KEYS]
        return LocalMount(kind="bind", device=device, options=tuple(rest))
    if kind in ("", "none"):
        if device:
            raise InvalidInput(
                "device= needs a type", subject=device, hint="add -o type=…, or -o o=bind for a directory"
            )
        return None
    if kind != "tmpfs" and not device:
        raise InvalidInput(f"type={kind} needs a device", subject="device", hint="add -o device=…")
    drop = _ENGINE_WORDS if kind == "tmpfs" else _ENGINE_WORDS | {"uid", "gid"}
    rest = [word for word in words if word.partition("=")[0] not in drop]
    if kind == "tmpfs":
        rest += [f"{name}={given[key]}" for key, name in (("size", "size"), ("inodes", "nr_inodes")) if given.get(key)]
    return LocalMount(kind=kind, device=device or kind, options=tuple(rest))
