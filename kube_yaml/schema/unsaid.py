"""Leave out of an object what Kubernetes' API takes as not said, so that no reader of it has to think of it. Pure.

The API's decoder knows no null, and most of its fields are left out when they are empty (Go's `omitempty`): Helm and Kompose write
`clusterIP: ""`, `nodePort: 0` and `value:` for what they do not set. So a field is not there if it is

    null      everywhere; in a mapping of strings (data, labels) it is the empty string
    ""        unless the table gives it the type `text`, whose empty string is a value
    0         where the table marks the field with `?`; {} too
    []        of a field that is not supported
"""

from __future__ import annotations

from kube_yaml.schema import all_tables

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from kube_yaml.schema import Field, Table

_STRINGS = frozenset(("string", "text", "word", "labelvalue", "annotation", "base64"))


def only_said(value: Any, kind: str) -> Any:
    """Return an object of a kind (or any table) without what is not said; one of an unknown kind unchanged."""
    table = all_tables().get(kind)
    return value if table is None or not isinstance(value, dict) else _object(value, table)


def _object(value: dict[str, Any], table: Table) -> dict[str, Any]:
    said = {}
    for name, content in value.items():
        field = table.get(name)
        if content is None or (field is not None and _is_unsaid(content, field)):
            continue
        said[name] = content if field is None or field.support in "LRS" else _value(content, field.type)
    return said


def _is_unsaid(content: Any, field: Field) -> bool:
    if content == "":
        return field.type != "text"
    if content == []:
        return field.support in "LR"
    return field.zero_is_unsaid and not isinstance(content, bool) and content in (0, "0", {})


def _value(value: Any, kind: str) -> Any:
    if kind.startswith("[") and isinstance(value, list):
        return [_item(item, kind[1:-1]) for item in value]
    if kind.startswith("{") and isinstance(value, dict):
        of_value = kind[1:-1].rpartition(":")[2]
        empty = "" if of_value in _STRINGS else None
        return {key: empty if content is None else content for key, content in value.items()
                if content is not None or empty is not None}  # fmt: skip
    table = all_tables().get(kind)
    return _object(value, table) if table is not None and isinstance(value, dict) else value


def _item(item: Any, kind: str) -> Any:
    """Return an item of a list, where null is the empty value of its type: "" or a mapping without fields."""
    if item is None:
        return "" if kind in _STRINGS else {} if kind in all_tables() else None
    return _value(item, kind)
