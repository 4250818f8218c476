"""--chmod of COPY and ADD: octal digits, or symbolic changes as chmod(1) has them ("u=rwX,go=rX"). Pure."""

from __future__ import annotations

import re

from pycman.errors import InvalidInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_CLAUSE = re.compile(r"([ugoa]*)([-+=])([rwxXst]*)")
_SHIFTS = {"u": 6, "g": 3, "o": 0}


def parse_mode(text: str) -> Callable[[int, bool], int]:
    """Return a function from a mode (and whether it is a directory's) to the new mode. Raises InvalidInput."""
    if text and set(text) <= set("01234567") and len(text) <= 5:
        fixed = int(text, 8)
        if fixed > 0o7777:
            raise _wrong(text)
        return lambda _mode, _is_directory: fixed
    clauses = []
    for part in text.split(","):
        match = _CLAUSE.fullmatch(part)
        if match is None:
            raise _wrong(text)
        clauses.append((match[1] or "a", match[2], match[3]))
    return lambda mode, is_directory: _apply(clauses, mode & 0o7777, is_directory=is_directory)


def _wrong(text: str) -> InvalidInput:
    return InvalidInput("not a mode", subject=f"--chmod={text}", hint="write it as in 755 or u=rwX,go=rX")


def _apply(clauses: list[tuple[str, str, str]], mode: int, *, is_directory: bool) -> int:
    for who, operator, letters in clauses:
        classes = "ugo" if "a" in who else who
        bits = 0
        for name in classes:
            shift = _SHIFTS[name]
            for letter in letters:
                if letter == "X" and (is_directory or mode & 0o111):
                    bits |= 1 << shift
                elif letter in "rwx":
                    bits |= {"r": 4, "w": 2, "x": 1}[letter] << shift
                elif letter == "s" and name in "ug":
                    bits |= 0o4000 if name == "u" else 0o2000
        if "t" in letters:
            bits |= 0o1000
        if operator == "+":
            mode |= bits
        elif operator == "-":
            mode &= ~bits
        else:
            for name in classes:
                mode &= ~(7 << _SHIFTS[name])
            mode |= bits
    return mode
