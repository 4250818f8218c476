"""The types of fields. Each is a function that returns the problem of a value, or "" (apimachinery, validation; RFC 1123). Pure."""

from __future__ import annotations

import binascii

from kube_yaml.quantity import parse_quantity
from pycman.errors import InvalidInput
from pycman.network.addresses import parse_address
from pycman.spec.relative_path import clean_relative_path
from pycman.spec.resources import is_count

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_LOWER = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")
_LETTERS_DIGITS = _LOWER | frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
MOST_PODS = 1000
_LARGEST_ID = 2**31 - 1


def is_label(text: str, longest: int = 63) -> bool:
    """Say whether `text` is a DNS label (RFC 1123): lower-case letters and digits, "-" not first or last."""
    return 0 < len(text) <= longest and (_LOWER | {"-"}).issuperset(text) and text[0] != "-" and text[-1] != "-"


def is_subdomain(text: str) -> bool:
    """Say whether `text` is a DNS subdomain (RFC 1123): labels joined by dots, at most 253 characters."""
    return len(text) <= 253 and all(is_label(part, 253) for part in text.split("."))


def is_data_key(text: str) -> bool:
    """Say whether a text may be the key of a ConfigMap or Secret, which becomes the name of a file (core/v1)."""
    return (
        0 < len(text) <= 253
        and (_LETTERS_DIGITS | frozenset("-_.")).issuperset(text)
        and text != "."
        and text[:2] != ".."
    )


def is_qualified(text: str) -> bool:
    """Say whether `text` may be the key of a label or annotation: [PREFIX/]NAME."""
    prefix, slash, name = text.rpartition("/")
    return (not slash or is_subdomain(prefix)) and 0 < len(name) <= 63 and _is_name(name)


def _is_name(text: str) -> bool:
    return (
        (_LETTERS_DIGITS | frozenset("-_.")).issuperset(text)
        and text[0] in _LETTERS_DIGITS
        and text[-1] in _LETTERS_DIGITS
    )


def is_podman_name(value: Any) -> bool:
    """Say whether podman takes a value as a name: letters, digits, _ . and -, the first one a letter or digit."""
    return isinstance(value, str) and value[:1] in _LETTERS_DIGITS and (_LETTERS_DIGITS | set("_.-")).issuperset(value)


def _string(value: Any) -> str:
    return (
        ""
        if isinstance(value, str)
        else f"{value!r} is not a string" + ("; put it in quotes" if value is not None else "")
    )


def _text(rule: Callable[[str], bool], what: str) -> Callable[[Any], str]:
    """Return the type of strings for which `rule` holds; `what` names it in problems."""

    def check(value: Any) -> str:
        if not isinstance(value, str):
            return _string(value)
        return "" if rule(value) else f"{value!r} is not {what}"

    return check


def _int(least: int, most: int, what: str) -> Callable[[Any], str]:
    """Return the type of whole numbers from `least` to `most`; `what` names it in problems."""

    def check(value: Any) -> str:
        if isinstance(value, bool) or not isinstance(value, int):
            return f"{value!r} is not a whole number"
        return "" if least <= value <= most else f"{value} is not {what}"

    return check


def _bool(value: Any) -> str:
    return "" if isinstance(value, bool) else f"{value!r} is neither true nor false"


def _quantity(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return f"{value!r} is not a quantity"
    try:
        quantity = parse_quantity(str(value))
    except InvalidInput:
        return f"{value!r} is not a quantity (such as 500m or 1.5Gi)"
    return "" if quantity >= 0 else f"{value!r} is less than 0"


def _port_reference(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return _PORT(value)
    if isinstance(value, str) and is_count(value):
        return _PORT(int(value))
    return _port_name(value)


def _port_name(value: Any) -> str:
    valid = (
        isinstance(value, str)
        and is_label(value, 15)
        and any(letter.isalpha() for letter in value)
        and "--" not in value
    )
    return "" if valid else f"{value!r} is not a port name (at most 15 lower-case letters, digits, -)"


def _ip(value: Any) -> str:
    try:
        parse_address(value if isinstance(value, str) else "")
    except InvalidInput:
        return f"{value!r} is not an IP address"
    return ""


def _base64(value: Any) -> str:
    if value is None:
        return ""
    try:
        binascii.a2b_base64("".join(str(value).split()), strict_mode=True)
    except (binascii.Error, ValueError):
        return "not base64 (use stringData for plain text)"
    return "" if isinstance(value, str) else _string(value)


def _sub_path(value: Any) -> str:
    if not isinstance(value, str):
        return _string(value)
    return f"{value!r} leads out of the volume" if value.startswith("/") or ".." in value.split("/") else ""


def _item_path(value: Any) -> str:
    """Say what is wrong with the path of a file in a volume: no part of it leads up, or is one of the volume's own."""
    if not isinstance(value, str):
        return _string(value)
    try:
        clean = clean_relative_path(value)
    except InvalidInput as error:
        return f"{value!r} is not the path of a file in a volume: {error.problem.partition(',')[0]}"
    return f"{value!r} begins with .., as only the volume's own files do" if clean.startswith("..") else ""


def _cron(value: Any) -> str:
    if not isinstance(value, str):
        return _string(value)
    if value in ("@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"):
        return ""
    bounds = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
    fields = value.split()
    valid = len(fields) == 5 and all(_is_cron_field(field, *bound) for field, bound in zip(fields, bounds, strict=True))
    return "" if valid else f"{value!r} is not a schedule (minute hour day month weekday)"


_MONTHS_AND_DAYS = "jan feb mar apr may jun jul aug sep oct nov dec sun mon tue wed thu fri sat".split()


def _is_cron_field(field: str, least: int, most: int) -> bool:
    for part in field.split(","):
        span, slash, step = part.partition("/")
        if slash and not (is_count(step) and int(step) > 0):
            return False
        if span in ("*", "?"):
            continue
        for end in span.split("-", 1):
            if end.lower() not in _MONTHS_AND_DAYS and not (is_count(end) and least <= int(end) <= most):
                return False
    return True


_PORT = _int(1, 65535, "a port")
_VARIABLE_NAME = "a variable name (printable characters without =)"

TYPES: dict[str, Callable[[Any], str]] = {
    "any": lambda _value: "",
    "string": _string,
    "text": lambda value: _string(value) or ("no process can be given a NUL" if "\0" in value else ""),
    "bool": _bool,
    "int": _int(-(2**63), 2**63 - 1, "a number"),
    "count": _int(0, 2**31 - 1, "0 or more"),
    "pods": _int(0, MOST_PODS, f"from 0 to {MOST_PODS} pods, what one host may be asked for"),
    "positive": _int(1, 2**31 - 1, "1 or more"),
    "exitcode": _int(0, 255, "a status from 0 to 255"),
    "id": _int(0, _LARGEST_ID, "an id"),
    "mode": _int(0, 0o777, "a file mode from 0 to 0777"),
    "port": _PORT,
    "portref": _port_reference,
    "portname": _port_name,
    "quantity": _quantity,
    "label": _text(is_label, "a DNS label (lower-case letters, digits, - inside; at most 63)"),
    "volumename": _text(is_label, "a DNS label (lower-case letters, digits, - inside; at most 63)"),
    "subdomain": _text(is_subdomain, "a DNS name (lower-case letters, digits, - and . inside; at most 253)"),
    "labelkey": _text(is_qualified, "a label key"),
    "labelvalue": _text(
        lambda text: not text or (len(text) <= 63 and _is_name(text)),
        "a label value (at most 63 letters, digits, - _ .)",
    ),
    "annotation": _string,
    "ip": _ip,
    "clusterip": lambda value: "" if value in ("", "None") else _ip(value),
    "base64": _base64,
    "envname": _text(lambda text: bool(text) and "=" not in text and text.isprintable(), _VARIABLE_NAME),
    "capability": _text(
        lambda text: text.replace("_", "").isalpha() and text.isascii(),
        "a capability (such as NET_ADMIN)",
    ),
    "subpath": _sub_path,
    "itempath": _item_path,
    "datakey": _text(is_data_key, "a valid key (letters, digits, - _ . ; at most 253; not . or ..)"),
    "cron": _cron,
}
