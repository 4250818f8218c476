"""storage.conf: what pycman takes from the file it shares with other engines (containers-storage.conf(5)).

/usr/share/containers/storage.conf, then /etc/containers/storage.conf, rootless then $XDG_CONFIG_HOME/containers/storage.conf;
CONTAINERS_STORAGE_CONF replaces them all. Its graphroot and runroot belong to those engines' stores and are not taken.
"""

from __future__ import annotations

import os

from pycman.config.toml_file import check_kind, load_toml, wrong_value
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any


class StorageConf(Record):
    """`driver` "" is chosen by the host; `mountopt` are options of overlay, as one string."""

    driver: str = ""
    driver_priority: tuple[str, ...] = ()
    mount_program: str = ""
    mountopt: str = ""
    ignore_chown_errors: str = ""
    auto_userns_min_size: int = 1024
    auto_userns_max_size: int = 65536
    root_auto_userns_user: str = ""


_OPTIONS = {
    "auto-userns-min-size": "auto_userns_min_size",
    "auto-userns-max-size": "auto_userns_max_size",
    "root-auto-userns-user": "root_auto_userns_user",
    "ignore_chown_errors": "ignore_chown_errors",
}
_OVERLAY = {
    "mount_program": "mount_program",
    "mountopt": "mountopt",
    "ignore_chown_errors": "ignore_chown_errors",
}


def storage_conf_files(home: str, *, rootless: bool = False) -> list[str]:
    """Return the files to read, first to last."""
    replaced = os.environ.get("CONTAINERS_STORAGE_CONF", "")
    if replaced:
        return [replaced]
    files = ["/usr/share/containers/storage.conf", "/etc/containers/storage.conf"]
    if rootless:
        files.append(f"{os.environ.get('XDG_CONFIG_HOME') or f'{home}/.config'}/containers/storage.conf")
    return files


def load_storage_conf(files: Sequence[str]) -> StorageConf:
    """Return the merged settings. Raises InvalidInput naming file and line."""
    values: dict[str, Any] = {}
    for path in files:
        storage = _table(load_toml(path), "storage", path)
        options = _table(storage, "options", path)
        overlay = _table(options, "overlay", path)
        _take(values, path, storage, {"driver": "driver", "driver_priority": "driver_priority"})
        _take(values, path, options, _OPTIONS)
        _take(values, path, overlay, _OVERLAY)
    return StorageConf(**values)


def _table(document: dict[str, Any], key: str, path: str) -> dict[str, Any]:
    found = document.get(key, {})
    if not isinstance(found, dict):
        raise wrong_value(path, key, "must be a table")
    return found


def _take(values: dict[str, Any], path: str, table: dict[str, Any], keys: dict[str, str]) -> None:
    for key, field in keys.items():
        if key in table:
            values[field] = check_kind(path, key, table[key], getattr(StorageConf, field))
