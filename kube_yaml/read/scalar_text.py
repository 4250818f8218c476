"""Numbers and booleans where a text belongs (`command: [true]`): to podman they are that text. Kubernetes refuses them."""

from __future__ import annotations

from kube_yaml.schema import all_tables

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from kube_yaml.schema import Table

_TEXTS = frozenset(
    "string text word annotation label volumename subdomain labelkey labelvalue portname envname capability subpath itempath datakey".split()
)
"""Types of `kube_yaml.schema.types` whose values are texts."""


def complete_texts(value: Any, kind: str) -> None:
    """Make texts of the scalars in an object of a `kind` (Pod, Deployment), in place, where its fields are texts."""
    tables = all_tables()
    if kind in tables:
        _object(value, tables[kind], tables)


def _object(value: Any, table: Table, tables: Mapping[str, Table]) -> None:
    if not isinstance(value, dict):
        return
    for name in value:
        if name in table:
            value[name] = _value(value[name], table[name].type, tables)


def _value(value: Any, kind: str, tables: Mapping[str, Table]) -> Any:
    if isinstance(value, list) and kind.startswith("["):
        return [_value(item, kind[1:-1], tables) for item in value]
    if isinstance(value, dict) and kind.startswith("{"):
        of_values = kind[1:-1].rpartition(":")[2]
        return {key: _value(item, of_values, tables) for key, item in value.items()}
    if kind in tables:
        _object(value, tables[kind], tables)
    elif kind in _TEXTS and isinstance(value, (bool, int, float)):
        return str(value).lower() if isinstance(value, bool) else str(value)
    return value
