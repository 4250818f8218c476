"""Tables as docker prints them: Go's tabwriter with minimal width 10, padding 3 (text/tabwriter). Pure."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_MINIMUM = 10
_PADDING = 3


def layout(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as lines; every cell but the last of its row is padded to its column's width.

    A cell never ends its line: the names and labels in it may be a stranger's.
    """
    rows = [[cell.replace("\n", "\\n").replace("\r", "\\r") for cell in row] for row in rows]
    widths: list[int] = []
    for row in rows:
        for column, cell in enumerate(row[:-1]):
            if column == len(widths):
                widths.append(_MINIMUM)
            widths[column] = max(widths[column], len(cell) + _PADDING)
    lines = []
    for row in rows:
        padded = "".join(cell.ljust(widths[column]) for column, cell in enumerate(row[:-1]))
        lines.append(padded + (row[-1] if row else ""))
    return "".join(line + "\n" for line in lines)
