"""Where in a Dockerfile something stands."""

from __future__ import annotations

from pycman.record import Record


class Location(Record):
    """Lines of a file, counted from 1; `last_line` is the last of a continued line or here-document."""

    file: str
    first_line: int
    last_line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.first_line}"
