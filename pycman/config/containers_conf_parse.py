"""Read the files of containers.conf: merge them key by key, check every value, and warn of what has no effect.

A list replaces the one of the file before, or with `{append=true}` among its items is added to it, and so are those of the
files that follow, until one says `{append=false}`. Only imported when a
file has changed: `state/settings.py` keeps what it returns.
"""

from __future__ import annotations

import os

from pycman.config.containers_conf import ContainersConf
from pycman.config.containers_conf_keys import EFFECTS, NO_EFFECT, TABLES_WITHOUT_EFFECT, field_of
from pycman.config.containers_conf_values import check_value
from pycman.config.toml_file import check_kind, load_toml, must_exist, wrong_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

_VARIABLES = ("CONTAINERS_CONF", "CONTAINERS_CONF_OVERRIDE")


def load_containers_conf(files: Sequence[str]) -> tuple[ContainersConf, list[str]]:
    """Return the merged settings, and a warning for each key that is unknown or without effect.

    Raises InvalidInput naming file, line and key of what cannot be parsed, has the wrong type or makes no sense; NotFound
    if a file that the environment names is not there.
    """
    must_exist(files, _VARIABLES)
    values: dict[str, Any] = {}
    appending: set[str] = set()
    warnings: list[str] = []
    for path in files:
        document = load_toml(path)
        for table, entries in document.items():
            if table not in EFFECTS:
                warnings += _table_warning(path, table, entries)
                continue
            if not isinstance(entries, dict):
                raise wrong_value(path, table, "must be a table")
            _take(path, table, entries, values, appending, warnings)
    return ContainersConf(**values, given=tuple(values)), list(dict.fromkeys(warnings))


def _take(
    path: str,
    table: str,
    entries: Mapping[str, Any],
    values: dict[str, Any],
    appending: set[str],
    warnings: list[str],
) -> None:
    for key, value in entries.items():
        field = field_of(table, key)
        if not field:
            warnings += _key_warning(path, table, key, value)
            continue
        _note_append(field, value, appending)
        values[field] = _merged(path, key, field, value, values.get(field), append=field in appending)
        warnings += check_value(path, key, field, values[field])


def _note_append(field: str, value: Any, appending: set[str]) -> None:
    """Keep whether the lists of a field are added to each other from this file on."""
    for item in value if isinstance(value, list) else ():
        if isinstance(item, dict) and isinstance(item.get("append"), bool):
            (appending.add if item["append"] else appending.discard)(field)


def _table_warning(path: str, table: str, entries: Any) -> list[str]:
    if table in TABLES_WITHOUT_EFFECT:
        return [f"{path}: [{table}] has no effect: {TABLES_WITHOUT_EFFECT[table]}"] if entries else []
    return [f"{path}: unknown table [{table}]"]


def _key_warning(path: str, table: str, key: str, value: Any) -> list[str]:
    """Return the warning for a key that is not read; none if its value is what pycman does anyway."""
    known = NO_EFFECT[table].get(key)
    if known is None:
        return [f"{path}: unknown key {key} in [{table}]"]
    why, satisfied = known
    return [] if value in satisfied else [f"{path}: {key} in [{table}] has no effect: {why}"]


def _merged(path: str, key: str, field: str, value: Any, before: Any, *, append: bool) -> Any:
    """Return the value of one key after this file."""
    default = getattr(ContainersConf, field)
    if isinstance(default, dict):
        return _merged_table(path, key, field, value, before or {})
    if field == "default_subnet_pools":
        if not isinstance(value, list) or not all(isinstance(pool, dict) for pool in value):
            raise wrong_value(path, key, "must be a list of tables")
        return tuple(value)
    if isinstance(default, tuple) and isinstance(value, list):
        items = [item for item in value if not isinstance(item, dict)]
        return (*(before or () if append else ()), *check_kind(path, key, items, default))
    return check_kind(path, key, value, default)


def _merged_table(path: str, key: str, field: str, value: Any, before: Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise wrong_value(path, key, "must be a table")
    merged = dict(before)
    for name, item in value.items():
        default: object = "" if field == "platform_to_oci_runtime" else ()
        merged[name] = check_kind(path, name, item, default)
    return merged


def files_read(files: Sequence[str]) -> list[str]:
    """Return the files that exist."""
    return [path for path in files if os.path.exists(path)]
