"""The functions of `--format`: Go's own (text/template, "Functions") and the eight that docker and podman add
(docs.docker.com, "Format command and log output").
"""

from __future__ import annotations

from cli.gotemplate.printing import Fields, Labels, NilList, NilMap, TextMap, sprint, sprintf, to_text
from pycman.errors import InvalidInput
from pycman.jsontext import format_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class FunctionFailed(InvalidInput):
    """A function was called with arguments it does not accept."""

    reference = "template-function"


def is_true(value: Any) -> bool:
    """Return whether `if` takes a value as true: not zero, nil, or an empty string, list or map."""
    return bool(value) or callable(value)


def _comparable(name: str, one: Any, other: Any) -> tuple[Any, Any]:
    numbers = (int, float)
    if isinstance(one, bool) or isinstance(other, bool) or one is None or other is None:
        if name in ("eq", "ne"):
            return one, other
    elif isinstance(one, numbers) and isinstance(other, numbers) or isinstance(one, str) and isinstance(other, str):
        return one, other
    raise FunctionFailed("incompatible types for comparison", subject=name)


def _eq(first: Any, *others: Any) -> bool:
    if not others:
        raise FunctionFailed("missing argument for comparison", subject="eq")
    return any(one == two for one, two in (_comparable("eq", first, other) for other in others))


def _compare(name: str, test: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def compare(one: Any, other: Any) -> bool:
        return test(*_comparable(name, one, other))

    return compare


def _index(value: Any, *keys: Any) -> Any:
    for key in keys:
        if isinstance(value, dict):
            value = value.get(key, "" if _holds_texts(value) else None)
        elif isinstance(value, (list, tuple, str)):
            if isinstance(key, bool) or not isinstance(key, int):
                raise FunctionFailed(f"cannot index a list with {to_text(key)}", subject="index")
            if not 0 <= key < len(value):
                raise FunctionFailed(f"index out of range: {key}", subject="index")
            value = value[key]
        elif value is None:
            raise FunctionFailed("index of untyped nil", subject="index")
        else:
            raise FunctionFailed(f"cannot index {to_text(value)}", subject="index")
    return value


def _holds_texts(value: dict[str, Any]) -> bool:
    return isinstance(value, TextMap) or (bool(value) and all(isinstance(item, str) for item in value.values()))


def _slice(value: Any, *bounds: int) -> Any:
    if not isinstance(value, (str, list, tuple)) or len(bounds) > 3:
        raise FunctionFailed("it takes a string or a list, and at most three numbers", subject="slice")
    low = bounds[0] if bounds else 0
    high = bounds[1] if len(bounds) > 1 else len(value)
    if not 0 <= low <= high <= len(value):
        raise FunctionFailed(f"index out of range: {high}", subject="slice")
    return value[low:high]


def _len(value: Any) -> int:
    if isinstance(value, str):
        return len(value.encode())
    if isinstance(value, (dict, list, tuple)):
        return len(value)
    raise FunctionFailed(f"{to_text(value)} has no length", subject="len")


def _join(items: Any, separator: str) -> str:
    if not isinstance(items, (list, tuple)):
        raise FunctionFailed("its first argument must be a list", subject="join")
    return separator.join(to_text(item) for item in items)


def _split(text: Any, separator: str) -> list[str]:
    if not isinstance(text, str):
        raise FunctionFailed("its first argument must be a string", subject="split")
    return text.split(separator) if separator else list(text)


_MOST_BLANKS = 1 << 20


def _pad(text: str, before: int, after: int) -> str:
    if max(before, after) > _MOST_BLANKS:
        raise FunctionFailed(f"pad adds at most {_MOST_BLANKS} blanks")
    return " " * before + text + " " * after if text else text


def _truncate(text: str, length: int) -> str:
    return text[:length] if len(text) > length else text


def _title(text: str) -> str:
    return "".join(
        letter.upper() if not number or not (text[number - 1].isalnum() or text[number - 1] in "_'") else letter
        for number, letter in enumerate(text)
    )


def _printf(form: Any, *values: Any) -> str:
    if not isinstance(form, str):
        raise FunctionFailed("its first argument must be a string", subject="printf")
    return sprintf(form, values)


def _html(*values: Any) -> str:
    text = sprint(values)
    for letter, name in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&#34;"), ("'", "&#39;")):
        text = text.replace(letter, name)
    return text


def _js(*values: Any) -> str:
    text = sprint(values)
    for letter in ("\\", "'", '"'):
        text = text.replace(letter, "\\" + letter)
    for letter, code in (("<", "3C"), (">", "3E"), ("&", "26"), ("=", "3D")):
        text = text.replace(letter, "\\u00" + code)
    return text.replace("\n", "\\u000A").replace("\t", "\\u0009")


def _urlquery(*values: Any) -> str:
    plain = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~")
    return "".join(
        chr(byte) if byte in plain else "+" if byte == 0x20 else f"%{byte:02X}" for byte in sprint(values).encode()
    )


def _json(value: Any) -> str:
    return format_json(_plain(value))


def _plain(value: Any) -> Any:
    """Return a value as JSON can hold it: functions are left out, a listing's row becomes strings as docker prints it."""
    if isinstance(value, Fields) and value.json_fields:
        return {
            name: value.json_fixed.get(name) or to_text(call_or_value(value[name]))
            for name in sorted(value.json_fields)
        }
    if isinstance(value, (NilMap, NilList)):
        return None
    if isinstance(value, Labels):
        return to_text(value)
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items() if not callable(item)}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value


def call_or_value(value: Any) -> Any:
    """Return a field's value; a field that is expensive to compute is a function, which is called."""
    return value() if callable(value) else value


def _call(function: Any, *arguments: Any) -> Any:
    if not callable(function):
        raise FunctionFailed("its first argument is not a function", subject="call")
    return function(*arguments)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "not": lambda value: not is_true(value),
    "eq": _eq,
    "ne": _compare("ne", lambda one, other: bool(one != other)),
    "lt": _compare("lt", lambda one, other: bool(one < other)),
    "le": _compare("le", lambda one, other: bool(one <= other)),
    "gt": _compare("gt", lambda one, other: bool(one > other)),
    "ge": _compare("ge", lambda one, other: bool(one >= other)),
    "len": _len,
    "index": _index,
    "slice": _slice,
    "print": lambda *values: sprint(values),
    "println": lambda *values: " ".join(to_text(value) for value in values) + "\n",
    "printf": _printf,
    "html": _html,
    "js": _js,
    "urlquery": _urlquery,
    "call": _call,
    "json": _json,
    "split": _split,
    "join": _join,
    "title": _title,
    "lower": lambda text: to_text(text).lower(),
    "upper": lambda text: to_text(text).upper(),
    "pad": _pad,
    "truncate": _truncate,
}
NAMES = frozenset((*FUNCTIONS, "and", "or"))
"""Every function name. `and` and `or` stop at the first value that decides, so the evaluator implements them."""
