"""Format values as Go does (package fmt, "Printing"), for templates."""

from __future__ import annotations

from pycman.jsontext import format_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

_WIDEST = 1_000_000
NO_VALUE = "<no value>"


class Fields(dict[str, "Any"]):
    """A value with fixed fields, as a Go struct: asking for another one is an error, not `<no value>`.

    The template function `json` prints `json_fields`, all as strings, with the constants `json_fixed` for some of them; if
    `json_fields` is empty it prints every field as it is.
    """

    json_fields: Sequence[str] = ()
    json_fixed: Mapping[str, str] = {}


class TextMap(dict[str, "Any"]):
    """A map of texts: `index` gives the empty text for a key that is not there (Go's zero value)."""


class Labels(TextMap):
    """Labels in podman's listings: printed, and in JSON, one text (a=1,b=2), as podman 5.8 has them; `index` finds each, as before."""


class NilMap(TextMap):
    """A nil map of Go: empty, and null in JSON."""


class NilList(list["Any"]):
    """A nil slice of Go: empty, and null in JSON."""


_TEXT_MAPS = frozenset((
    "Labels", "Annotations", "Tmpfs", "Sysctls", "Options", "DriverOpts", "StorageOpt", "Attributes", "CgroupConf",
    "AuxiliaryAddresses", "labels", "options", "ipam_options",
))  # fmt: skip
_MAPS = _TEXT_MAPS | frozenset((
    "Ports", "PortBindings", "Networks", "Volumes", "ExposedPorts", "Data", "Runtimes", "NamesHistory", "search",
    "DriverStatus", "Containers", "containers", "interfaces",
))  # fmt: skip
"""Objects of inspect that are maps in Go: users choose their keys, so a missing key is no error."""
_LISTS = frozenset((
    "Entrypoint", "Cmd", "Env", "OnBuild", "Shell", "Args", "ExecIDs", "Log", "RepoTags", "RepoDigests", "Layers", "Binds",
    "Mounts", "VolumesFrom", "CapAdd", "CapDrop", "Dns", "DnsOptions", "DnsSearch", "ExtraHosts", "GroupAdd", "Links",
    "SecurityOpt", "Devices", "DeviceCgroupRules", "DeviceRequests", "Ulimits", "MaskedPaths", "ReadonlyPaths", "Aliases",
    "DNSNames", "BlkioWeightDevice", "BlkioDeviceReadBps", "BlkioDeviceWriteBps", "BlkioDeviceReadIOps",
    "BlkioDeviceWriteIOps", "SecondaryIPAddresses", "SecondaryIPv6Addresses", "EffectiveCaps", "BoundingCaps",
))  # fmt: skip
"""Fields that are slices in Go: null is an empty list in a template."""


class Duration(int):
    """A time.Duration of Go: a number of nanoseconds in JSON, and 1m30s as text."""

    def __str__(self) -> str:
        if 0 < self < 10**9:
            size, unit = next((size, unit) for size, unit in ((10**6, "ms"), (10**3, "µs"), (1, "ns")) if self >= size)
            return f"{self / size:g}{unit}"
        minutes, rest = divmod(int(self), 60 * 10**9)
        hours, minutes = divmod(minutes, 60)
        head = f"{hours}h{minutes}m" if hours else f"{minutes}m" if minutes else ""
        return f"{head}{rest / 10**9:.9f}".rstrip("0").rstrip(".") + "s"


_DURATIONS = frozenset(("Interval", "Timeout", "StartPeriod", "StartInterval"))
"""Fields of a health check that are durations."""


def typed(value: Any, *, key: str = "") -> Any:
    """Return inspected JSON as Go's types hold it: `Fields` for every object but the maps, so that a misspelt field is an
    error, and empty lists and maps for the null of one.
    """
    if isinstance(value, dict):
        inside = {name: typed(item, key=name) for name, item in value.items()}
        if key in _TEXT_MAPS:
            return TextMap(inside)
        if key in ("Healthcheck", "StartupHealthCheck"):
            inside = {name: Duration(item) if name in _DURATIONS else item for name, item in inside.items()}
        return inside if key in _MAPS or (key == "Config" and "Type" in value) else Fields(inside)
    if isinstance(value, (list, tuple)):
        return [typed(item) for item in value]
    if value is None:
        return NilMap() if key in _MAPS else NilList() if key in _LISTS else None
    return value


def to_text(value: Any) -> str:
    """Return a value as %v formats it: true, 12, text, [a b], map[a:b]."""
    if value is None:
        return "<nil>"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, Fields):
        return "{" + " ".join(to_text(item) for item in value.values() if not callable(item)) + "}"
    if isinstance(value, Labels):
        return ",".join(f"{key}={value[key]}" for key in sorted(value))
    if isinstance(value, dict):
        return "map[" + " ".join(f"{key}:{to_text(value[key])}" for key in sorted(value)) + "]"
    if isinstance(value, (list, tuple)):
        return "[" + " ".join(to_text(item) for item in value) + "]"
    return str(value)


def _float(value: float) -> str:
    if value == int(value) and abs(value) < 1e21:
        return str(int(value))
    return repr(value).replace("e+0", "e+").replace("e-0", "e-0")


def sprint(values: Sequence[Any]) -> str:
    """Return values as fmt.Sprint does: spaces only between operands of which neither is a string."""
    parts: list[str] = []
    for number, value in enumerate(values):
        if number and not isinstance(value, str) and not isinstance(values[number - 1], str):
            parts.append(" ")
        parts.append(to_text(value))
    return "".join(parts)


def sprintf(form: str, values: Sequence[Any]) -> str:
    """Return values as fmt.Sprintf does, with Go's own marks for wrong, missing and extra operands."""
    parts: list[str] = []
    used = 0
    at = 0
    while at < len(form):
        if form[at] != "%":
            parts.append(form[at])
            at += 1
            continue
        end = at + 1
        while end < len(form) and (form[end] in "+-# 0.*" or form[end].isdecimal()):
            end += 1
        if end >= len(form):
            parts.append("%!(NOVERB)")
            break
        flags, verb = form[at + 1 : end], form[end]
        at = end + 1
        if verb == "%":
            parts.append("%")
        elif used >= len(values):
            parts.append(f"%!{verb}(MISSING)")
        else:
            while "*" in flags and used + 1 < len(values):
                flags = flags.replace("*", to_text(values[used]), 1)
                used += 1
            parts.append(_verb(flags, verb, values[used]))
            used += 1
    if used < len(values):
        extra = ", ".join(f"{_type_name(value)}={to_text(value)}" for value in values[used:])
        parts.append(f"%!(EXTRA {extra})")
    return "".join(parts)


def _verb(flags: str, verb: str, value: Any) -> str:
    width_text, dot, precision_text = flags.lstrip("+-# 0").partition(".")
    width = _size(width_text)
    precision = _size(precision_text) if dot else -1
    body = _body(flags, verb, value, precision)
    marks = flags[: len(flags) - len(flags.lstrip("+-# 0"))]
    if "-" in marks:
        return body.ljust(width)
    if "0" in marks and verb in "dxXfeog":
        return body.zfill(width)
    return body.rjust(width)


def _size(text: str) -> int:
    """Return a width or precision; one that is none, or beyond Go's own bound (fmt, tooLarge), counts as 0."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 and int(text) <= _WIDEST else 0


def _body(flags: str, verb: str, value: Any, precision: int) -> str:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if verb in "sv":
        if verb == "s" and (is_number or isinstance(value, bool) or value is None):
            return f"%!s({_type_name(value)}={to_text(value)})"
        text = to_text(value)
        return text if precision < 0 else text[:precision]
    if verb == "q":
        text = value if isinstance(value, str) else to_text(value)
        return format_json(text if precision < 0 else text[:precision])
    if verb == "d" and isinstance(value, int) and not isinstance(value, bool):
        return f"{value:+d}" if "+" in flags else str(value)
    if verb in "xX" and isinstance(value, (int, str)) and not isinstance(value, bool):
        text = format(value, verb) if isinstance(value, int) else value.encode().hex()
        return text.upper() if verb == "X" else text
    if verb in "feg" and is_number:
        return format(float(value), f".{6 if precision < 0 else precision}{verb}")
    if verb == "t" and isinstance(value, bool):
        return to_text(value)
    if verb == "T":
        return _type_name(value)
    if verb == "c" and isinstance(value, int):
        return chr(value)
    return f"%!{verb}({_type_name(value)}={to_text(value)})"


def _type_name(value: Any) -> str:
    names = {bool: "bool", int: "int", float: "float64", str: "string", type(None): "<nil>"}
    return names.get(type(value), "[]interface {}" if isinstance(value, (list, tuple)) else "map[string]interface {}")
