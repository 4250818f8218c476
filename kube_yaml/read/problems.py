"""Problems of documents as values: each with its file, line and path; InvalidYaml raises all of them at once."""

from __future__ import annotations

from pycman.errors import InvalidInput
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


class Problem(Record):
    """One problem, such as "pod.yaml:14: spec.containers[0].ports[0].containerPort: 99999 is not a port"."""

    file: str
    line: int
    path: str
    text: str

    def describe(self) -> str:
        """Return the problem as one line: FILE:LINE: PATH: TEXT."""
        where = f"{self.file}:{self.line}" if self.line else self.file
        return ": ".join(filter(None, (where, self.path, self.text)))


class InvalidYaml(InvalidInput):
    """Documents with problems. `problems` has all of them, sorted by place; the message has one line for each."""

    reference = "invalid-yaml"

    def __init__(
        self, problem: str = "", *, subject: str = "", hint: str = "", problems: Sequence[Problem] = ()
    ) -> None:
        lines = [one.describe() for one in problems]
        super().__init__(problem or "\n".join(lines), subject=subject, hint=hint)
        self.problems = tuple(problems)


def format_path(path: Sequence[str | int]) -> str:
    """Return a path as text: spec.containers[0].name."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text
