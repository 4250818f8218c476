"""Protobuf's wire format for messages that a table describes (protobuf.dev, "Encoding"). Pure.

The table has for each message its fields: name → (number, kind). Kinds are string, bytes, uint, int, bool, or the name of another
message; a leading * repeats the field. A message is a dictionary. The package `protobuf` takes 60 ms to import, and this takes none:
each command on a container of a shim and each monitor would pay for it.
"""

from __future__ import annotations

from pycman.errors import Corrupt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    Fields = Mapping[str, tuple[int, str]]
    Table = Mapping[str, Fields]

_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5
_WIRE_OF_SCALARS = {"string": _LENGTH, "bytes": _LENGTH, "uint": _VARINT, "int": _VARINT, "bool": _VARINT}
_EMPTY: dict[str, Any] = {"string": "", "bytes": b"", "uint": 0, "int": 0, "bool": False}
_LONGEST_VARINT = 10
_DEEPEST = 8
_64_BITS = (1 << 64) - 1


def encode(table: Table, message: str, values: Mapping[str, Any]) -> bytes:
    """Return a message as bytes. Fields that `values` lacks, or has at their default, are left out. Raises KeyError for others."""
    fields = table[message]
    out = bytearray()
    for name, value in values.items():
        number, kind = fields[name]
        if kind.startswith("*"):
            for item in value:
                out += _field(table, number, kind[1:], item)
        elif value or (kind not in _EMPTY and value is not None):
            out += _field(table, number, kind, value)
    return bytes(out)


def decode(table: Table, message: str, data: bytes | memoryview, *, depth: int = 0) -> dict[str, Any]:
    """Return a message's fields, absent ones at their default ({} for a message). Unknown fields are skipped. Raises Corrupt."""
    if depth > _DEEPEST:
        raise Corrupt("messages are nested too deeply", subject=message)
    fields = table[message]
    by_number = {number: (name, kind) for name, (number, kind) in fields.items()}
    result: dict[str, Any] = {
        name: [] if kind.startswith("*") else _EMPTY.get(kind, {}) for name, (_number, kind) in fields.items()
    }
    view = memoryview(data)
    at = 0
    while at < len(view):
        key, at = _read_varint(view, at, message)
        wire = key & 7
        value, at = _read_value(view, at, wire, message)
        name, kind = by_number.get(key >> 3, ("", ""))
        if not name:
            continue
        item = kind.removeprefix("*")
        if wire != _WIRE_OF_SCALARS.get(item, _LENGTH):
            raise Corrupt(f"its field {name} is of another type", subject=message)
        read = _read_item(table, item, value, depth)
        if kind.startswith("*"):
            result[name].append(read)
        else:
            result[name] = read
    return result


def _field(table: Table, number: int, kind: str, value: Any) -> bytes:
    if kind in ("uint", "int", "bool"):
        return _varint(number << 3 | _VARINT) + _varint(int(value) & _64_BITS)
    if kind == "string":
        content: bytes = value.encode("utf-8", "replace")
    elif kind == "bytes":
        content = bytes(value)
    else:
        content = encode(table, kind, value)
    return _varint(number << 3 | _LENGTH) + _varint(len(content)) + content


def _read_item(table: Table, kind: str, value: Any, depth: int) -> Any:
    if kind == "string":
        return bytes(value).decode("utf-8", "replace")
    if kind == "bytes":
        return bytes(value)
    if kind == "uint":
        return value
    if kind == "int":
        return value - (1 << 64) if value >> 63 else value
    if kind == "bool":
        return bool(value)
    return decode(table, kind, value, depth=depth + 1)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _read_varint(view: memoryview, at: int, message: str) -> tuple[int, int]:
    value = 0
    for position in range(_LONGEST_VARINT):
        if at + position >= len(view):
            raise Corrupt("it ends within a number", subject=message)
        byte = view[at + position]
        value |= (byte & 0x7F) << 7 * position
        if byte < 0x80:
            return value & _64_BITS, at + position + 1
    raise Corrupt("a number is longer than 64 bits", subject=message)


def _read_value(view: memoryview, at: int, wire: int, message: str) -> tuple[Any, int]:
    """Return one field's value as it stands, and the position after it. Raises Corrupt, also for protobuf's obsolete groups."""
    if wire == _VARINT:
        return _read_varint(view, at, message)
    if wire == _LENGTH:
        size, at = _read_varint(view, at, message)
    elif wire in (_FIXED64, _FIXED32):
        size = 8 if wire == _FIXED64 else 4
    else:
        raise Corrupt(f"there is no wire type {wire}", subject=message)
    if size > len(view) - at:
        raise Corrupt("it ends within a field", subject=message)
    return view[at : at + size], at + size
