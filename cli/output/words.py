"""Sizes, durations, times, ids, names and labels as docker prints them (docker/go-units; docker CLI's formatter). Pure."""

from __future__ import annotations

import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_UNITS = ("B", "kB", "MB", "GB", "TB", "PB")
_BINARY = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")


def human_size(size: float, digits: int = 3) -> str:
    """Return bytes in decimal units with `digits` significant digits: 7.83MB."""
    return _scaled(size, 1000.0, _UNITS, digits)


def binary_size(size: float) -> str:
    """Return bytes in binary units with four significant digits: 1.5MiB."""
    return _scaled(size, 1024.0, _BINARY, 4)


def _scaled(size: float, base: float, units: tuple[str, ...], digits: int) -> str:
    number = float(size)
    unit = 0
    while number >= base and unit < len(units) - 1:
        number /= base
        unit += 1
    return f"{number:.{digits}g}{units[unit]}"


def human_duration(seconds: float) -> str:
    """Return a duration as docker prints it: "About a minute", "3 hours", "2 weeks"."""
    whole = int(seconds)
    if whole < 1:
        return "Less than a second"
    if whole == 1:
        return "1 second"
    if whole < 60:
        return f"{whole} seconds"
    minutes = whole // 60
    if minutes == 1:
        return "About a minute"
    if minutes < 60:
        return f"{minutes} minutes"
    hours = int(seconds / 3600 + 0.5)
    if hours == 1:
        return "About an hour"
    if hours < 48:
        return f"{hours} hours"
    for limit, size, unit in ((24 * 14, 24, "days"), (24 * 60, 24 * 7, "weeks"), (24 * 730, 24 * 30, "months")):
        if hours < limit:
            return f"{hours // size} {unit}"
    return f"{hours // 24 // 365} years"


def go_duration(time_ns: int) -> str:
    """Return a duration as Go writes it: "1m30s", "22.483914ms", "0s"."""
    if time_ns < 10**9:
        unit, size = next(
            ((unit, size) for unit, size in (("ms", 10**6), ("µs", 10**3), ("ns", 1)) if time_ns >= size), ("s", 1)
        )
        return f"{_exact(time_ns, size)}{unit}"
    minutes, rest = divmod(time_ns, 60 * 10**9)
    hours, minutes = divmod(minutes, 60)
    return (f"{hours}h" if hours else "") + (f"{minutes}m" if hours or minutes else "") + f"{_exact(rest, 10**9)}s"


def _exact(number: int, size: int) -> str:
    whole, rest = divmod(number, size)
    return f"{whole}.{rest:0{len(str(size)) - 1}d}".rstrip("0") if rest else str(whole)


def ago(time_ns: int, now_ns: int = 0) -> str:
    """Return "3 hours ago" for a time in ns since 1970; "N/A" for 0. `now_ns` 0 is the present."""
    if not time_ns:
        return "N/A"
    return human_duration(((now_ns or time.time_ns()) - time_ns) / 1e9) + " ago"


def local_time(time_ns: int) -> str:
    """Return a time as docker's CreatedAt: 2006-01-02 15:04:05 -0700 MST."""
    return time.strftime("%Y-%m-%d %H:%M:%S %z %Z", time.localtime(time_ns // 10**9))


def utc_time(time_ns: int) -> str:
    """Return a time as podman's CreatedAt: 2006-01-02 15:04:05.999999999 +0000 UTC, the fraction without zeros at its end."""
    seconds, rest = divmod(time_ns, 10**9)
    fraction = f".{rest:09d}".rstrip("0").rstrip(".")
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(seconds)) + f"{fraction} +0000 UTC"


def short(object_id: str, *, whole: bool = False) -> str:
    """Return the first twelve digits of an id; `whole`: the id as it is."""
    return object_id if whole else object_id.removeprefix("sha256:")[:12]


def familiar_name(name: str) -> str:
    """Return an image's name as docker prints it: without docker.io/library/, and without localhost/, where a build puts it."""
    return name.removeprefix("localhost/").removeprefix("docker.io/library/").removeprefix("docker.io/")


def labels_text(labels: Mapping[str, str]) -> str:
    """Return labels as listings print them: a=1,b=2, sorted by key."""
    return ",".join(f"{key}={labels[key]}" for key in sorted(labels))


def cut(text: str, length: int) -> str:
    """Return at most `length` characters, the last one "…" if there are more."""
    return text if len(text) <= length else text[: length - 1] + "…"
