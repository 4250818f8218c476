"""JSON text to values and back without the import of `json`, which costs 10 ms: a third of what all of `ps` may take.

The C scanner and encoder of the standard library (`_json`) are used in the way `json` uses them. Output is what
`json.dumps` writes with the same separators; input that is no JSON raises `Corrupt`.
"""

from __future__ import annotations

from pycman.errors import Corrupt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

import _json

_BLANKS = " \t\n\r"
_INFINITE = float("inf")
_DEEPEST = 512
"""Levels of arrays and objects that are read. The scanner's own limit is 1,000 in Python 3.11, 10,000 and more in later ones, of which
whatever walks through a value by recursion knows nothing.
"""


def _finite(text: str) -> float:
    value = float(text)
    if value in (_INFINITE, -_INFINITE):
        raise ValueError(f"{text[:40]} is too large a number")
    return value


def _refuse_constant(text: str) -> float:
    raise ValueError(f"{text} is no JSON value")


class _ScannerOptions:
    """What the C scanner reads from its context (CPython, `Modules/_json.c`, `scanner_new`)."""

    strict = True
    object_hook = None
    object_pairs_hook: Any = None
    parse_float = staticmethod(_finite)
    parse_int = int
    parse_constant = staticmethod(_refuse_constant)
    memo: dict[str, str] = {}


_scan: Any = _json.make_scanner(_ScannerOptions())  # type: ignore[arg-type]


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"{name[:40]!r} is there twice")
        found[name] = value
    return found


class _StrictOptions(_ScannerOptions):
    object_pairs_hook = staticmethod(_without_doubles)


def _refuse(value: object) -> object:
    raise TypeError(f"{type(value).__name__} is no JSON value")


def parse_json(text: str | bytes, *, subject: str = "JSON", strict: bool = False, first: bool = False) -> Any:
    """Return the one value in `text` (RFC 8259). Raises Corrupt, naming `subject`.

    `strict` refuses an object that has a name twice, of which programs read different ones: for what is signed, and for
    what says whom to trust. With `first` whatever follows the value is not looked at, as Go's decoder has it.
    """
    scan = _json.make_scanner(_StrictOptions()) if strict else _scan  # type: ignore[arg-type]
    try:
        string = text.decode("utf-8") if isinstance(text, bytes) else text
        start = 0
        while start < len(string) and string[start] in _BLANKS:
            start += 1
        value, end = scan(string, start)
    except StopIteration:
        raise Corrupt("it is not valid JSON", subject=subject) from None
    except SystemError:  # the scanner takes its error from json.decoder, where that is loaded: here it is not
        raise Corrupt(f"it is not valid JSON: {_fault(string)}", subject=subject) from None
    except (ValueError, RecursionError) as error:
        raise Corrupt(f"it is not valid JSON: {error}", subject=subject) from None
    if not first and string[end:].strip(_BLANKS):
        raise Corrupt("there is text after the JSON value", subject=subject)
    if string.count("[") + string.count("{") > _DEEPEST and _is_too_deep(value):
        raise Corrupt(f"it has more than {_DEEPEST} levels", subject=subject)
    return value


def _is_too_deep(value: object) -> bool:
    """Say whether a value has more levels than are read; without recursion."""
    level = [value]
    for _ in range(_DEEPEST):
        level = [
            child
            for each in level
            for child in (each.values() if isinstance(each, dict) else each if isinstance(each, list) else ())
            if isinstance(child, (dict, list))
        ]
        if not level:
            return False
    return True


def _fault(text: str) -> str:
    import json  # only for the words of an error

    try:
        json.loads(text)
    except ValueError as error:
        return str(error)
    return "it cannot be read"


def format_json(value: object, *, indent: int | None = None, sort_keys: bool = False) -> str:
    """Return `value` as JSON: compact, or on many lines with `indent` spaces a level; non-ASCII characters as they are.

    Bytes of arguments and paths that are not UTF-8 (surrogates, PEP 383) are written as escapes, which `parse_json` reads back.
    """
    if indent is not None:
        return _pretty(value, "\n", " " * indent, sort_keys)
    encode = _json.make_encoder({}, _refuse, _json.encode_basestring, None, ":", ",", sort_keys, False, True)
    text = "".join(encode(value, 0))
    return text if text.isascii() else _encodable(text)


def _encodable(text: str) -> str:
    """Return a JSON text with its surrogates, which stand in strings only and have no UTF-8, as escapes."""
    if is_utf8(text):
        return text
    return "".join(f"\\u{ord(letter):04x}" if "\ud800" <= letter <= "\udfff" else letter for letter in text)


def is_utf8(text: str) -> bool:
    """Return whether a text can be encoded: without surrogates, which stand for bytes that are not UTF-8 (PEP 383)."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def as_utf8(text: str) -> str:
    """Return a text with U+FFFD in place of each byte that is not UTF-8."""
    return "".join("\ufffd" if "\ud800" <= letter <= "\udfff" else letter for letter in text)


def _pretty(value: object, newline: str, step: str, sort_keys: bool) -> str:
    kind = type(value)
    if kind is str:
        return _string(value)  # type: ignore[arg-type]
    if kind is int:
        return repr(value)
    if value is None or kind is bool:
        return "null" if value is None else "true" if value else "false"
    if isinstance(value, dict) and value:
        inner = newline + step
        keys = sorted(value) if sort_keys else value
        rows = [f"{_string(str(key))}: {_pretty(value[key], inner, step, sort_keys)}" for key in keys]
        return "{" + inner + ("," + inner).join(rows) + newline + "}"
    if isinstance(value, (list, tuple)) and value:
        inner = newline + step
        return (
            "[" + inner + ("," + inner).join([_pretty(item, inner, step, sort_keys) for item in value]) + newline + "]"
        )
    return format_json(value)


def _string(value: str) -> str:
    text = _json.encode_basestring(value)
    return text if text.isascii() else _encodable(text)
