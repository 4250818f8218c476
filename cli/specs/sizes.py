"""Parse sizes, numbers and durations as docker's flags write them. Pure."""

from __future__ import annotations

from pycman.errors import InvalidInput
from pycman.spec.resources import is_count, parse_size
from pycman.state.times import parse_duration_ns

__all__ = ["is_count", "is_decimal", "optional_size", "parse_cpus", "parse_number", "parse_size", "parse_time_ns"]


def is_decimal(text: str) -> bool:
    """Say whether a text is digits, with one "." at most: float() also takes nan, inf, 1e9, 1_0 and digits of other scripts."""
    return text.isascii() and text.replace(".", "", 1).isdigit()


def optional_size(text: str, flag: str, *, unlimited: bool = False) -> int | None:
    """Return bytes as `parse_size` does, or None for ""."""
    return parse_size(text, flag, unlimited=unlimited) if text else None


def parse_number(text: str, flag: str) -> int:
    """Return a whole number that fits into 64 bits. Raises InvalidInput naming the flag."""
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 18:
        raise InvalidInput("not a whole number", subject=f"{flag} {text}")
    return int(text)


def parse_cpus(text: str) -> tuple[int | None, int | None]:
    """Return (quota, period) in microseconds for --cpus; 0 is no limit."""
    cpus = float(text) if is_decimal(text) else -1.0
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
        raise InvalidInput(
            error.problem,
            subject=f"{flag} {text}",
            hint=error.hint,
            code=f"not-a-duration-of{flag[1:]}",
            facts={"text": text},
        ) from None
    if duration_ns < 0:
        raise InvalidInput("must not be negative", subject=f"{flag} {text}")
    return duration_ns
