"""Go's durations (time.ParseDuration): 1m30s, 500ms. Pure."""

from __future__ import annotations

import re

from pycman.errors import InvalidInput

_UNITS_NS = {"ns": 1, "us": 10**3, "µs": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9}
_PART = re.compile(r"(\d{1,15}(?:\.\d{0,9})?|\.\d{1,9})(ns|us|µs|ms|s|m|h)")


def duration_ns(text: str, subject: str) -> int:
    """Return a duration in ns; "0" needs no unit. Raises InvalidInput."""
    if text == "0":
        return 0
    place, total = 0, 0
    while place < len(text):
        part = _PART.match(text, place)
        if part is None:
            break
        total += int(float(part[1]) * _UNITS_NS[part[2]])
        place = part.end()
    if not text or place < len(text):
        raise InvalidInput("not a duration", subject=f"{subject} {text[:40]}", hint="write it as in 1m30s")
    return total
