"""Parse sizes, numbers and durations as docker's flags write them. Pure."""

from __future__ import annotations

from pycman.errors import InvalidInput
from pycman.state.times import parse_duration_ns

_UNITS = {"": 1, "b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40, "p": 1 << 50}


def parse_size(text: str, flag: str, *, unlimited: bool = False) -> int:
    """Return bytes: "64m", "1.5g", "512kb", "1GiB" (binary units, docker's RAMInBytes); if `unlimited`, -1 for "-1"."""
    lowered = text.strip().lower()
    if lowered == "-1" and unlimited:
        return -1
    digits = lowered.rstrip("bikmgtp ")
    unit = lowered[len(digits) :].strip()
    unit = unit.removesuffix("ib").removesuffix("b") if len(unit) > 1 else unit
    try:
        number = float(digits)
    except ValueError:
        number = -1.0
    if number < 0 or unit not in _UNITS:
        raise InvalidInput("not a size", subject=f"{flag} {text}", hint="write it as in 512m or 2g")
    return int(number * _UNITS[unit])


def optional_size(text: str, flag: str, *, unlimited: bool = False) -> int | None:
    """Return bytes as `parse_size` does, or None for ""."""
    return parse_size(text, flag, unlimited=unlimited) if text else None


def parse_number(text: str, flag: str) -> int:
    """Return a whole number. Raises InvalidInput naming the flag."""
    try:
        return int(text)
    except ValueError:
        raise InvalidInput("not a whole number", subject=f"{flag} {text}") from None


def parse_cpus(text: str) -> tuple[int | None, int | None]:
    """Return (quota, period) in microseconds for --cpus; 0 is no limit."""
    try:
        cpus = float(text)
    except ValueError:
        cpus = -1.0
    if cpus == 0:
        return None, None
    if not 0.01 <= cpus < 1e6:
        raise InvalidInput("not a number of processors", subject=f"--cpus {text}", hint="write it as in 1.5")
    return int(cpus * 100_000), 100_000


def parse_time_ns(text: str, flag: str, default_ns: int) -> int:
    """Return a Go duration in ns; "" gives `default_ns`, "disable" gives 0. Raises InvalidInput naming the flag."""
    if not text:
        return default_ns
    if text in ("disable", "0"):
        return 0
    try:
        duration_ns = parse_duration_ns(text)
    except InvalidInput as error:
        raise InvalidInput(error.problem, subject=f"{flag} {text}", hint=error.hint) from None
    if duration_ns < 0:
        raise InvalidInput("must not be negative", subject=f"{flag} {text}")
    return duration_ns
