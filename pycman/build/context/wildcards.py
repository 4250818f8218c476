r"""Patterns of COPY and ADD: "*" and "?" match within one name, "[a-z]" and "[^a-z]" one character, "\" takes the next
character as it is (Go's path.Match, which the Dockerfile reference names). Pure.
"""

from __future__ import annotations

import re

from pycman.errors import InvalidInput

_SPECIAL = frozenset("*?[\\")


def has_wildcard(text: str) -> bool:
    """Say whether a name or path has to be matched against names."""
    return not _SPECIAL.isdisjoint(text)


def compile_name(pattern: str) -> re.Pattern[str]:
    """Return the regular expression of one name's pattern. Raises InvalidInput for one that never ends."""
    parts: list[str] = []
    place = 0
    while place < len(pattern):
        letter = pattern[place]
        place += 1
        if letter == "*":
            parts.append("[^/]*")
        elif letter == "?":
            parts.append("[^/]")
        elif letter == "\\":
            if place >= len(pattern):
                raise InvalidInput("a pattern ends with a backslash", subject=pattern)
            parts.append(re.escape(pattern[place]))
            place += 1
        elif letter == "[":
            text, place = _class(pattern, place)
            parts.append(text)
        else:
            parts.append(re.escape(letter))
    return re.compile("".join(parts), re.DOTALL)


def _class(pattern: str, place: int) -> tuple[str, int]:
    """Return a "[…]" as a regular expression and the place after it."""
    negated = pattern[place : place + 1] == "^"
    place += negated
    inside: list[str] = []
    first = True
    while place < len(pattern) and (pattern[place] != "]" or first):
        first = False
        low, place = _letter(pattern, place)
        high = low
        if pattern[place : place + 1] == "-" and pattern[place + 1 : place + 2] not in ("]", ""):
            high, place = _letter(pattern, place + 1)
        if low > high:
            raise InvalidInput("a range of a pattern is empty", subject=pattern)
        inside.append(f"{re.escape(low)}-{re.escape(high)}")
    if place >= len(pattern):
        raise InvalidInput("a [ of a pattern has no ]", subject=pattern)
    return f"[{'^' if negated else ''}{''.join(inside)}]", place + 1


def _letter(pattern: str, place: int) -> tuple[str, int]:
    if pattern[place] == "\\":
        place += 1
    if place >= len(pattern):
        raise InvalidInput("a pattern ends with a backslash", subject=pattern)
    return pattern[place], place + 1
