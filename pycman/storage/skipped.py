"""What could not be unpacked or copied, for its user to read: the first hundred entries, and how many more there were."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST = 100
_LONGEST = 300


class Skipped:
    """Iterate it for lines. A stranger's archive may have any number of such entries, so they are not all kept."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._more = 0

    def add(self, line: str) -> None:
        """Take note of an entry and the reason."""
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
