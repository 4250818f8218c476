"""storage.conf: how root file systems are mounted (containers-storage.conf(5)), and in a file of pycman's own where its store is.

podman, buildah and CRI-O share the file. pycman applies its settings of drivers and mounts too; but its graphroot, runroot and
rootless_storage_path are the directories of *their* store, which pycman never uses. pycman's own directories are set in a file of
the same form, /etc/pycman/storage.conf or $XDG_CONFIG_HOME/pycman/storage.conf, which is read after the shared ones.
"""

from __future__ import annotations

import os

from pycman.config.toml_file import check_kind, load_toml, must_exist, wrong_value
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any


class StorageConf(Record):
    """`drivers` are tried in this order, () means all; `mount_options` are mount options of root file systems, such as nosuid.

    Sizes of 0 are not set. `root`, `run_root` and `rootless_root` come from pycman's own files only; "" is the default.
    """

    drivers: tuple[str, ...] = ()
    mount_program: str = ""
    mount_options: tuple[str, ...] = ()
    auto_userns_min_size: int = 0
    auto_userns_max_size: int = 0
    root_auto_userns_user: str = ""
    root: str = ""
    run_root: str = ""
    rootless_root: str = ""


EFFECTS = {
    "storage": {
        "driver": "`overlay`, or plain copies with `vfs`; overlay is tried natively, then with fuse-overlayfs, then copies",
        "driver_priority": "drivers to try, best first, where `driver` is not set",
        "graphroot": "in pycman's own file: where its store is as root, or in a user's file for that user",
        "rootless_storage_path": "in pycman's own file: where the store of ordinary users is; $HOME, $USER and $UID are replaced",
        "runroot": "in pycman's own file: where what does not outlive a boot is",
    },
    "storage.options": {
        "auto-userns-max-size": "most ids of a container with `--userns=auto`",
        "auto-userns-min-size": "fewest ids of a container with `--userns=auto`",
        "mount_program": "as in storage.options.overlay",
        "mountopt": "as in storage.options.overlay",
        "root-auto-userns-user": "as root: whose lines of /etc/subuid and /etc/subgid `--userns=auto` takes ids from",
    },
    "storage.options.overlay": {
        "mount_program": "a fuse-overlayfs to mount with in place of the kernel's overlayfs",
        "mountopt": "options of root file systems, at commas: `nodev` (always), `nosuid`, `noexec`, `volatile`",
    },
}
_NO_QUOTA = "writable layers have no quota"
NO_EFFECT: Mapping[str, Mapping[str, tuple[str, tuple[object, ...]]]] = {
    "storage": {
        "imagestore": ("there is one store", ("",)),
        "transient_store": ("there is one store", (False,)),
    },
    "storage.options": {
        "additionalimagestores": ("images are those of pycman's own store", ([],)),
        "additionallayerstores": ("images are those of pycman's own store", ([],)),
        "disable-volatile": ("it is what mountopt says", ()),
        "ignore_chown_errors": ("with one id only, owners are left out anyway", ("", "false", False)),
        "pull_options": ("each layer is pulled as it is", ({},)),
        "remap-gids": ("--userns and containers.conf say it", ("",)),
        "remap-group": ("--userns and containers.conf say it", ("",)),
        "remap-uids": ("--userns and containers.conf say it", ("",)),
        "remap-user": ("--userns and containers.conf say it", ("",)),
        "size": (_NO_QUOTA, ("",)),
    },
    "storage.options.overlay": {
        "force_mask": ("files have the modes of the image", ("",)),
        "ignore_chown_errors": ("with one id only, owners are left out anyway", ("", "false", False)),
        "inodes": (_NO_QUOTA, ("",)),
        "size": (_NO_QUOTA, ("",)),
        "skip_mount_home": ("no file system is mounted on the store", ()),
        "use_composefs": ("layers are directories", ("false", False)),
    },
}  # fmt: skip
_TABLES_OF_OTHERS = ("aufs", "btrfs", "thinpool", "vfs", "zfs")
_STORES = {
    "graphroot": ("root", ("/var/lib/containers/storage",)),
    "runroot": ("run_root", ("/run/containers/storage", "/var/run/containers/storage")),
    "rootless_storage_path": ("rootless_root", ("$HOME/.local/share/containers/storage",)),
}
"""Keys that set the directories of a store: pycman's field, and the defaults of the other engines, which cause no warning."""
_DRIVERS = {
    "overlay": ("overlay", "fuse-overlayfs", "copies"),
    "overlay2": ("overlay", "fuse-overlayfs", "copies"),
    "fuse-overlayfs": ("fuse-overlayfs",),
    "copies": ("copies",),
    "vfs": ("copies",),
}
_MOUNT_OPTIONS = ("nosuid", "noexec", "volatile")
_SATISFIED = ("nodev", "metacopy=on", "metacopy=off", "redirect_dir=off", "index=off", "rw")
"""Options without a warning: pycman behaves like that anyway, or (metacopy, redirect_dir, index) layers do not depend on them."""


def load_storage_conf(files: Sequence[str], own: Sequence[str] = ()) -> tuple[StorageConf, list[str]]:
    """Return the merged settings and warnings of what has no effect; `own` files are pycman's, read last.

    Raises InvalidInput naming file, line and key, NotFound if the file that the environment names is not there.
    """
    must_exist(files, ("CONTAINERS_STORAGE_CONF",))
    values: dict[str, Any] = {}
    warnings: list[str] = []
    for path in (*files, *own):
        for table, entries in _tables(path, warnings).items():
            for key, value in entries.items():
                warnings += _take(path, table, key, value, values, own=path in own)
    if values.get("mount_program"):
        values["drivers"] = tuple(dict.fromkeys(("fuse-overlayfs", *values.get("drivers", _DRIVERS["overlay"]))))
    return StorageConf(**values), list(dict.fromkeys(warnings))


def _tables(path: str, warnings: list[str]) -> dict[str, dict[str, Any]]:
    """Return the keys of a file by dotted table."""
    document = load_toml(path)
    storage = _table(document, "storage", path)
    options = _table(storage, "options", path)
    overlay = _table(options, "overlay", path)
    warnings += [f"{path}: unknown table [{name}]" for name in document if name != "storage"]
    for name in _TABLES_OF_OTHERS:
        if options.pop(name, None):
            warnings.append(f"{path}: [storage.options.{name}] has no effect: there is no such driver")
    for inner in (storage, options):
        inner.pop("options", None)
        inner.pop("overlay", None)
    return {"storage": storage, "storage.options": options, "storage.options.overlay": overlay}


def _table(document: dict[str, Any], key: str, path: str) -> dict[str, Any]:
    inner = document.get(key, {})
    if not isinstance(inner, dict):
        raise wrong_value(path, key, "must be a table")
    return inner


def _take(path: str, table: str, key: str, value: Any, values: dict[str, Any], *, own: bool) -> list[str]:
    """Add the value of one key to `values`; return the warnings for it."""
    if key in NO_EFFECT[table]:
        why, satisfied = NO_EFFECT[table][key]
        return [] if value in satisfied else [f"{path}: {key} in [{table}] has no effect: {why}"]
    if key not in EFFECTS[table]:
        return [f"{path}: unknown key {key} in [{table}]"]
    if key in _STORES:
        return _take_store(path, key, value, values, own=own)
    if key in ("driver", "driver_priority"):
        return _take_drivers(path, key, value, values, own=own)
    if key == "mountopt":
        return _take_options(path, key, value, values)
    field = key.replace("-", "_")
    values[field] = check_kind(path, key, value, getattr(StorageConf, field))
    if field == "mount_program" and value and ("\0" in value or not os.access(value, os.X_OK)):
        raise wrong_value(path, key, f"is {value}, which cannot be run")
    return []


def _take_store(path: str, key: str, value: Any, values: dict[str, Any], *, own: bool) -> list[str]:
    field, usual = _STORES[key]
    checked = check_kind(path, key, value, "")
    if not own:
        if checked in ("", *usual):
            return []
        return [
            f"{path}: {key} is the store of other engines, which pycman does not use: /etc/pycman/storage.conf is its own"
        ]
    if checked and not checked.startswith(("/", "$")):
        raise wrong_value(path, key, f"is {checked}; it must be an absolute path")
    values[field] = checked
    return []


def _take_drivers(path: str, key: str, value: Any, values: dict[str, Any], *, own: bool) -> list[str]:
    names = (check_kind(path, key, value, ""),) if key == "driver" else check_kind(path, key, value, ())
    known = [name for name in names if name in _DRIVERS]
    unknown = [name for name in names if name and name not in _DRIVERS]
    if unknown and own:
        raise wrong_value(path, key, f"is {unknown[0]}; it may be overlay, fuse-overlayfs, copies or vfs")
    if known and (key == "driver" or "drivers" not in values):
        values["drivers"] = tuple(dict.fromkeys(driver for name in known for driver in _DRIVERS[name]))
    return [f"{path}: {key} {name} has no effect: there is no such driver here" for name in unknown]


def _take_options(path: str, key: str, value: Any, values: dict[str, Any]) -> list[str]:
    options = [option.strip() for option in check_kind(path, key, value, "").split(",") if option.strip()]
    values["mount_options"] = tuple(option for option in options if option in _MOUNT_OPTIONS)
    ignored = [option for option in options if option not in (*_MOUNT_OPTIONS, *_SATISFIED)]
    return [
        f"{path}: {key} {option} has no effect: only {', '.join(_MOUNT_OPTIONS)} are options here" for option in ignored
    ]
