"""Durations of HEALTHCHECK as Go writes them, exact: 1m30s, 1.5s, 500ms."""

from __future__ import annotations

from pycman.build.language.errors import Wrong, quoted

_UNITS = {
    "ns": 1, "us": 1_000, "µs": 1_000, "μs": 1_000, "ms": 1_000_000, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9
}  # fmt: skip
_SHORTEST_NS = 1_000_000
_LONGEST_NS = 1 << 63
_MOST_LETTERS = 60


def duration_ns(name: str, text: str) -> int:
    """Return a time of at least 1 ms in nanoseconds, or 0 for "0". Raises Wrong, naming the flag."""
    wrong = Wrong(f"--{name}={quoted(text)} is not a time", f"write it as in --{name}=30s or --{name}=1m30s")
    rest = text.removeprefix("+")
    if rest == "0":
        return 0
    if not rest or len(rest) > _MOST_LETTERS:
        raise wrong
    total = 0
    while rest:
        number = rest[: len(rest) - len(rest.lstrip("0123456789."))]
        rest = rest[len(number) :]
        unit = rest[: len(rest) - len(rest.lstrip("nsuµμmh"))]
        rest = rest[len(unit) :]
        whole, _, fraction = number.partition(".")
        if unit not in _UNITS or not whole + fraction or "." in fraction:
            raise wrong
        total += (int(whole or 0) * 10 ** len(fraction) + int(fraction or 0)) * _UNITS[unit] // 10 ** len(fraction)
    if total and not _SHORTEST_NS <= total < _LONGEST_NS:
        raise Wrong(f"--{name}={quoted(text)} is out of range", "write at least 1ms")
    return total
