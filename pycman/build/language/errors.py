"""What is wrong with a Dockerfile: one line for each problem, with its place; and the limits of what is read."""

from __future__ import annotations

from pycman.errors import InvalidInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from pycman.build.language.position import Location

LARGEST_FILE_BYTES = 4 << 20
MOST_INSTRUCTIONS = 10_000
MOST_ARGUMENTS = 10_000
MOST_PROBLEMS = 20
"""A Dockerfile may be a stranger's. The largest of well-known projects have some 100 KB and 300 instructions."""
_LONGEST_QUOTE = 60
_MOST_COMPARED = 100


class DockerfileError(InvalidInput):
    """A Dockerfile that cannot be used. Its text is "FILE:LINE: problem (hint)".

    `others` are further problems of the same file, in that form, at most `MOST_PROBLEMS`.
    """

    reference = "dockerfile"
    others: tuple[str, ...] = ()


class Wrong(Exception):
    """What a part of an instruction is told to be wrong, before anybody has said where it stands."""

    def __init__(self, problem: str, hint: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.hint = hint


def at(location: Location, problem: str, hint: str = "") -> DockerfileError:
    """Return the error with its place."""
    return DockerfileError(problem, subject=str(location), hint=hint)


def raise_first(problems: list[DockerfileError]) -> None:
    """Raise the first problem, with the others as text, if there is one."""
    if problems:
        first = problems[0]
        first.others = tuple(str(each) for each in problems[1:MOST_PROBLEMS])
        raise first


def quoted(text: str) -> str:
    """Return a stranger's text for a message: one line, not long."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_QUOTE else f"{line[: _LONGEST_QUOTE - 1]}…"


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the one of `known` that `word` was probably meant to be, or "": two letters or a third of it differ."""
    if len(word) > _LONGEST_QUOTE:
        return ""
    known = list(known)
    if len(known) > _MOST_COMPARED:
        return ""
    best, best_distance = "", 1 + max(2 if len(word) > 3 else 1, len(word) // 3)
    for each in known:
        distance = (
            _distance(word.lower(), each.lower()) if abs(len(each) - len(word)) < best_distance else best_distance
        )
        if distance < best_distance:
            best, best_distance = each, distance
    return best


def _distance(one: str, other: str) -> int:
    """Return how many letters must be inserted, removed or replaced."""
    row = list(range(len(other) + 1))
    for number, letter in enumerate(one, 1):
        before, row[0] = row[0], number
        for place, against in enumerate(other, 1):
            before, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, before + (letter != against))
    return row[-1]


def did_you_mean(word: str, known: Iterable[str], prefix: str = "") -> str:
    """Return the hint "did you mean X?", or ""."""
    found = nearest(word, known)
    return f"did you mean {prefix}{found}?" if found else ""
