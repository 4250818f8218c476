"""Tables as docker and podman print them: Go's tabwriter (text/tabwriter) with minimal width and padding. Pure."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_DOCKER = (10, 3)


def layout(rows: Sequence[Sequence[str]], least_and_padding: tuple[int, int] = _DOCKER) -> str:
    """Return rows as lines; every cell but the last of its row is padded: to a least width, and by blanks between columns.

    A cell never ends its line: the names and labels in it may be a stranger's.
    """
    rows = [[cell.replace("\n", "\\n").replace("\r", "\\r") for cell in row] for row in rows]
    minimum, padding = least_and_padding
    widths: list[int] = []
    for row in rows:
        for column, cell in enumerate(row[:-1]):
            if column == len(widths):
                widths.append(minimum)
            widths[column] = max(widths[column], len(cell) + padding)
    lines = []
    for row in rows:
        padded = "".join(cell.ljust(widths[column]) for column, cell in enumerate(row[:-1]))
        lines.append(padded + (row[-1] if row else ""))
    return "".join(line + "\n" for line in lines)
