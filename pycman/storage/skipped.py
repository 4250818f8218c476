"""The entries that could not be unpacked or copied, as lines for the user: the first hundred, and the number of others."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST = 100
_LONGEST = 300


class Skipped:
    """Iterate over it for lines. A hostile archive may have any number of such entries, so not all lines are kept."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._more = 0

    def add(self, line: str) -> None:
        """Record one entry and the reason, as one line."""
        if len(self._lines) < _MOST:
            self._lines.append(line if len(line) <= _LONGEST else f"…{line[-_LONGEST:]}")
        else:
            self._more += 1

    def __iter__(self) -> Iterator[str]:
        yield from self._lines
        if self._more:
            yield f"{self._more} more entries"

    def __len__(self) -> int:
        return len(self._lines) + self._more
