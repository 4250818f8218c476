"""Values and messages of D-Bus as bytes (D-Bus specification, "Type system", "Message protocol"). Pure.

A value has the form of its signature: text for s, o and g, numbers and bool, a list for a, a tuple for ( ) and { }, and for v the pair
(signature, value). Written is little-endian only; read is what the sender chose.
"""

from __future__ import annotations

import struct

from pycman.errors import Corrupt
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

CALL, RETURN, ERROR, SIGNAL = 1, 2, 3, 4
_NUMBERS = {"y": "B", "b": "I", "n": "h", "q": "H", "i": "i", "u": "I", "x": "q", "t": "Q", "d": "d"}
_LENGTHS = {"s": "I", "o": "I", "g": "B"}
_ALIGNED = {"s": 4, "o": 4, "g": 1, "a": 4, "(": 8, "{": 8, "v": 1}
_FIELDS = {
    1: "path",
    2: "interface",
    3: "member",
    4: "error",
    5: "reply_to",
    6: "destination",
    7: "sender",
    8: "signature",
}
_SIGNATURES = {"path": "o", "reply_to": "u", "signature": "g"}
_HEAD_BYTES = 16
_MOST_BYTES = 1 << 27
_DEEPEST = 32


class Message(Record):
    """One message: its kind (CALL, RETURN, …), serial, header fields by name, and the values of its body."""

    kind: int
    serial: int
    fields: dict[str, Any] = {}
    body: tuple[Any, ...] = ()


def encode(message: Message, signature: str = "") -> bytes:
    """Return a message as bytes; `signature` is that of its body."""
    body = _Writer()
    for one, value in zip(types_of(signature), message.body, strict=True):
        body.add(one, value)
    fields = {**message.fields, **({"signature": signature} if signature else {})}
    numbers = {name: number for number, name in _FIELDS.items()}
    head = _Writer()
    for value in (ord("l"), message.kind, 0, 1):
        head.add("y", value)
    head.add("u", len(body.data))
    head.add("u", message.serial)
    head.add("a(yv)", [(numbers[name], (_SIGNATURES.get(name, "s"), value)) for name, value in fields.items()])
    head.align(8)
    return bytes(head.data + body.data)


def decode(data: bytes) -> tuple[Message | None, bytes]:
    """Return the first message of received bytes and what follows it; None while it is not complete. Raises Corrupt."""
    if len(data) < _HEAD_BYTES:
        return None, data
    order = {ord("l"): "<", ord("B"): ">"}.get(data[0])
    if order is None:
        raise Corrupt("it is no message", subject="D-Bus")
    length, serial, in_fields = struct.unpack_from(f"{order}III", data, 4)
    start = _HEAD_BYTES + in_fields + -in_fields % 8
    if start + length > _MOST_BYTES:
        raise Corrupt("a message is too long", subject="D-Bus")
    if len(data) < start + length:
        return None, data
    try:
        pairs = _Reader(data[:start], order, 12).take("a(yv)")
        fields = {_FIELDS[number]: value[1] for number, value in pairs if number in _FIELDS}
        reader = _Reader(data[: start + length], order, start)
        body = tuple(reader.take(one) for one in types_of(fields.get("signature", "")))
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise Corrupt("a message cannot be read", subject="D-Bus") from error
    return Message(kind=data[1], serial=serial, fields=fields, body=body), data[start + length :]


def types_of(signature: str) -> list[str]:
    """Return the complete types that a signature is made of ("sa(sv)u": s, a(sv), u). Raises Corrupt."""
    types = []
    while signature:
        size = _size_of_type(signature)
        types.append(signature[:size])
        signature = signature[size:]
    return types


def _size_of_type(signature: str) -> int:
    depth, position = 0, 0
    for position, letter in enumerate(signature, 1):
        depth += (letter in "({") - (letter in ")}")
        if depth == 0 and letter != "a":
            return position
    raise Corrupt("not a signature", subject=f"D-Bus {signature}")


def _alignment(letter: str) -> int:
    return struct.calcsize(_NUMBERS[letter]) if letter in _NUMBERS else _ALIGNED[letter]


class _Writer:
    """Bytes that grow by one value after the other, each at its alignment."""

    def __init__(self) -> None:
        self.data = bytearray()

    def align(self, size: int) -> None:
        self.data += bytes(-len(self.data) % size)

    def add(self, one: str, value: Any) -> None:
        letter = one[0]
        self.align(_alignment(letter))
        if letter in _NUMBERS:
            self.data += struct.pack(f"<{_NUMBERS[letter]}", value)
        elif letter in _LENGTHS:
            text = value.encode()
            self.data += struct.pack(f"<{_LENGTHS[letter]}", len(text)) + text + b"\0"
        elif letter == "a":
            self._add_array(one[1:], value)
        elif letter == "v":
            self.add("g", value[0])
            self.add(value[0], value[1])
        else:
            for part, item in zip(types_of(one[1:-1]), value, strict=True):
                self.add(part, item)

    def _add_array(self, of: str, values: Sequence[Any]) -> None:
        at = len(self.data)
        self.data += bytes(4)
        self.align(_alignment(of[0]))
        first = len(self.data)
        for value in values:
            self.add(of, value)
        struct.pack_into("<I", self.data, at, len(self.data) - first)


class _Reader:
    """Takes one value after the other from bytes, from a position on."""

    def __init__(self, data: bytes, order: str, position: int) -> None:
        self._data = data
        self._order = order
        self._position = position
        self._depth = 0

    def take(self, one: str) -> Any:
        letter = one[0]
        self._align(_alignment(letter))
        if letter in _NUMBERS:
            value = self._number(_NUMBERS[letter])
            return bool(value) if letter == "b" else value
        if letter in _LENGTHS:
            length = self._number(_LENGTHS[letter])
            text = self._data[self._position : self._position + length]
            self._position += length + 1
            if len(text) < length:
                raise IndexError
            return text.decode()
        self._depth += 1
        if self._depth > _DEEPEST:
            raise Corrupt("a message is nested too deeply", subject="D-Bus")
        value = self._container(one)
        self._depth -= 1
        return value

    def _container(self, one: str) -> Any:
        if one[0] == "v":
            signature = self.take("g")
            return signature, self.take(signature)
        if one[0] != "a":
            return tuple(self.take(part) for part in types_of(one[1:-1]))
        length = self._number("I")
        self._align(_alignment(one[1]))
        end = self._position + length
        if end > len(self._data):
            raise IndexError
        values = []
        while self._position < end:
            values.append(self.take(one[1:]))
        return values

    def _align(self, size: int) -> None:
        self._position += -self._position % size

    def _number(self, code: str) -> Any:
        (value,) = struct.unpack_from(self._order + code, self._data, self._position)
        self._position += struct.calcsize(code)
        return value
