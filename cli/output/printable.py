"""What is written to a terminal cannot steer it: names, labels and errors may be a stranger's (ECMA-48, control functions)."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, TextIO

_ESCAPED = {number: f"\\x{number:02x}" for number in (*range(32), *range(0x7F, 0xA0)) if chr(number) not in "\n\t"}
_ESCAPED |= {number: f"\\u{number:04x}" for number in (0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A))}
"""C0, DEL, C1, and what turns the order of letters round."""


def printable(text: str) -> str:
    """Return a text with every control character but newline and tab written out. Pure."""
    return text.translate(_ESCAPED)


class Printable:
    """A text stream on a terminal; `raw` is the stream itself, for the program's own escape sequences."""

    def __init__(self, raw: TextIO) -> None:
        self.raw = raw

    def write(self, text: str) -> int:
        """Write a text, printable."""
        self.raw.write(printable(text))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write texts, printable."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.raw, name)


def guard_terminals() -> None:
    """Have standard output and error write printable texts, where they are terminals."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is not None and stream.isatty() and not isinstance(stream, Printable):
            setattr(sys, name, Printable(stream))


def raw_stream(stream: Any) -> Any:
    """Return the stream below, for escape sequences of our own and nothing else."""
    return stream.raw if isinstance(stream, Printable) else stream
