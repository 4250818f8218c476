"""Durations and moments as users write them: Go durations; Unix seconds, RFC 3339, or a duration before now."""

from __future__ import annotations

import time

from pycman.errors import InvalidInput

_UNITS = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "ms": 1_000_000,
    "s": 10**9,
    "m": 60 * 10**9,
    "h": 3600 * 10**9,
    "d": 86400 * 10**9,
}

_FARTHEST_NS = (1 << 63) - 1
_MOST_DIGITS = 20
"""Of one number: a longer one is no time, and would be slow to convert."""


def parse_duration_ns(text: str) -> int:
    """Return a Go duration ("1h30m", "1.5s", "300ms") as nanoseconds, 292 years at most. Raises InvalidInput."""
    rest = text.strip()
    sign = -1 if rest.startswith("-") else 1
    rest = rest.lstrip("+-")
    if rest == "0":
        return 0
    total = 0.0
    while rest:
        number = 0
        while number < len(rest) and (rest[number].isdecimal() or rest[number] == "."):
            number += 1
        unit = number
        while unit < len(rest) and not (rest[unit].isdecimal() or rest[unit] == "."):
            unit += 1
        factor = _UNITS.get(rest[number:unit])
        if (
            not number
            or factor is None
            or rest[:number].count(".") > 1
            or not 0 < len(rest[:number].strip(".")) < _MOST_DIGITS
        ):
            raise InvalidInput(
                "not a duration", subject=text or '""', hint="write it as in 1h30m, 10s or 500ms", code="not-a-duration"
            )
        total += float(rest[:number]) * factor
        rest = rest[unit:]
    if not total and not text.strip():
        raise InvalidInput(
            "not a duration", subject='""', hint="write it as in 1h30m, 10s or 500ms", code="not-a-duration"
        )
    return sign * min(int(total), _FARTHEST_NS)


def parse_time_ns(text: str, *, now_ns: int = 0) -> int:
    """Return a moment in ns since 1970: "now", Unix seconds (with fraction), RFC 3339, a date, or a duration before now.

    It fits into 64 bits: a moment before 1677 or after 2262 is the first or the last that does. Raises InvalidInput.
    """
    return max(-_FARTHEST_NS, min(_parse_time(text, now_ns or time.time_ns()), _FARTHEST_NS))


def _parse_time(text: str, now: int) -> int:
    bare = text.strip()
    if bare == "now":
        return now
    if bare.replace(".", "", 1).isdecimal() and len(bare) < 2 * _MOST_DIGITS:
        seconds, _, fraction = bare.partition(".")
        return int(seconds or "0") * 10**9 + int((fraction + "000000000")[:9])
    if bare[4:5] == "-" and bare[:4].isdecimal():
        return _parse_rfc3339(bare)
    try:
        return now - parse_duration_ns(bare)
    except InvalidInput:
        raise InvalidInput(
            "not a time",
            subject=text or '""',
            hint="write Unix seconds, 2006-01-02T15:04:05Z or a duration such as 10m",
            code="not-a-time",
        ) from None


def _parse_rfc3339(text: str) -> int:
    import datetime  # 2 ms: only imported for dates

    head, dot, rest = text.partition(".")
    digits = ""
    while dot and rest and rest[0].isdecimal():
        digits, rest = digits + rest[0], rest[1:]
    stamp = head + rest if dot else text
    try:
        moment = datetime.datetime.fromisoformat(stamp.replace("Z", "+00:00"))
    except ValueError:
        raise InvalidInput(
            "not a time", subject=text, hint="write it as in 2006-01-02T15:04:05Z", code="not-a-time"
        ) from None
    if moment.tzinfo is None and 1 < moment.year < datetime.MAXYEAR:  # at both ends no zone can be added
        moment = moment.astimezone()
    elif moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.UTC)
    return int(moment.timestamp()) * 10**9 + int((digits + "000000000")[:9])


def format_rfc3339(time_ns: int) -> str:
    """Return a moment (ns since 1970) as RFC 3339 in UTC, with its fraction; Go's zero time for 0."""
    if not time_ns:
        return "0001-01-01T00:00:00Z"
    seconds, fraction = divmod(time_ns, 10**9)
    parts = time.gmtime(seconds)
    text = f"{fraction:09d}".rstrip("0")
    return time.strftime("%Y-%m-%dT%H:%M:%S", parts) + (f".{text}" if text else "") + "Z"
