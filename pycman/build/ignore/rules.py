"""The patterns of an ignore file in order, and which paths they leave out."""

from __future__ import annotations

import posixpath
import re

from pycman.build.ignore.pattern import Pattern
from pycman.errors import InvalidInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LARGEST_FILE_BYTES = 4 << 20
MOST_PATTERNS = 10_000
NOT_MATCHED = -1
"""The state of a walk above which no pattern has matched: that of the context itself."""


class IgnoreRules:
    """Patterns in order; the last that matches a path, or a directory above it, decides.

    A walk through a tree carries a number, the place of the last pattern that matched so far: `enter` takes the one of
    the directory above and returns the one of the path.
    """

    def __init__(self, patterns: Sequence[tuple[Pattern, bool]] = ()) -> None:
        """Take patterns, each with whether it is an exception ("!")."""
        self._patterns = [pattern for pattern, _ in patterns]
        self._is_exception = [exception for _, exception in patterns]
        self._exceptions = [number for number, exception in enumerate(self._is_exception) if exception]
        self._exact: dict[str, int] = {}
        self._by_name: dict[str, list[int]] = {}
        self._others: list[int] = []
        for number, (pattern, _) in enumerate(patterns):
            name = _last_name(pattern.text)
            if pattern.literal is not None:
                self._exact[pattern.literal] = number
            elif name:
                self._by_name.setdefault(name, []).append(number)
            else:
                self._others.append(number)
        self._states: dict[str, int] = {}
        self._any_other = _any_of([self._patterns[number] for number in self._others])

    @property
    def has_exceptions(self) -> bool:
        """Say whether some pattern begins with "!"."""
        return bool(self._exceptions)

    @property
    def leaves_out_everything(self) -> bool:
        """Say whether a pattern matches all names of the context, and none begins with "!"."""
        return not self._exceptions and any(each.text in ("*", "**", "**/*") for each in self._patterns)

    def enter(self, path: str, above: int = NOT_MATCHED) -> int:
        """Return the state of `path` ("dir/file", relative), its directory's state being `above`."""
        best = max(above, self._exact.get(path, NOT_MATCHED))
        for number in reversed(self._by_name.get(path.rpartition("/")[2], ())):
            if number > best and self._patterns[number].matches(path):
                best = number
        if self._others and self._others[-1] > best and (self._any_other is None or self._any_other.match(path)):
            for number in reversed(self._others):
                if number <= best:
                    break
                if self._patterns[number].matches(path):
                    return number
        return best

    def is_excluded(self, state: int) -> bool:
        """Say whether a path in this state is left out."""
        return state >= 0 and not self._is_exception[state]

    def prunes(self, directory: str, state: int) -> bool:
        """Say whether nothing below `directory` can be in the context, so that a walk need not look there."""
        if not self.is_excluded(state):
            return False
        return not any(
            number > state and self._patterns[number].may_match_below(directory) for number in self._exceptions
        )

    def excludes(self, path: str, is_directory: bool = False) -> bool:  # noqa: ARG002
        """Say whether a path is left out. `is_directory` makes no difference to these rules."""
        return self.is_excluded(self.enter(path, self._above(path)))

    def may_include_below(self, directory: str) -> bool:
        """Say whether something below a directory that is left out may be in the context all the same."""
        return not self.prunes(directory, self.enter(directory, self._above(directory)))

    def _above(self, path: str) -> int:
        """Return the state of the directory of `path`; kept, as a walk asks for it again and again."""
        state = NOT_MATCHED
        known = path.rfind("/")
        while known >= 0 and (kept := self._states.get(path[:known])) is None:
            known = path.rfind("/", 0, known)
        if known >= 0 and kept is not None:
            state = kept
        end = path.find("/", known + 1)
        while end >= 0:
            state = self.enter(path[:end], state)
            if len(self._states) >= _MOST_KEPT:
                self._states.clear()
            self._states[path[:end]] = state
            end = path.find("/", end + 1)
        return state


_MOST_KEPT = 10_000


def _last_name(text: str) -> str:
    """Return the last component of "**/…/name" if nothing but ** at its start is a wildcard, else ""."""
    rest = text.removeprefix("**/")
    return "" if rest == text or any(letter in rest for letter in "*?[\\") else rest.rpartition("/")[2]


_MOST_TOGETHER = 500


def _any_of(patterns: list[Pattern]) -> re.Pattern[str] | None:
    """Return one expression for "any of these", so that most paths are tried once; None if there is no such."""
    expressions = [pattern.expression for pattern in patterns]
    if not all(expressions) or not 1 < len(expressions) <= _MOST_TOGETHER:
        return None
    return re.compile("(?:" + "|".join(f"(?:{each})" for each in expressions) + r")\Z")


def parse_ignore(data: bytes, name: str) -> IgnoreRules:
    """Return the rules of an ignore file, `name` being what errors call it. Raises InvalidInput.

    A line that begins with "#" is a comment; blanks at its ends, a slash at its start and one at its end mean nothing.
    """
    if len(data) > LARGEST_FILE_BYTES:
        raise InvalidInput(f"the file is larger than {LARGEST_FILE_BYTES >> 20} MiB", subject=name)
    rows = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape").split("\n")
    patterns: list[tuple[Pattern, bool]] = []
    for number, row in enumerate(rows, 1):
        if row.startswith("#") or not row.strip():
            continue
        try:
            patterns.append(_pattern(row.strip()))
        except InvalidInput as error:
            subject = f"{name}:{number}"
            raise InvalidInput(error.problem, subject=subject, hint=error.hint) from None
        if len(patterns) > MOST_PATTERNS:
            raise InvalidInput(f"there are more than {MOST_PATTERNS} patterns", subject=name)
    return IgnoreRules(patterns)


def rules_of(patterns: Iterable[str]) -> IgnoreRules:
    """Return the rules that a list of patterns makes (`COPY --exclude`). Raises InvalidInput."""
    return IgnoreRules([_pattern(each.strip()) for each in patterns if each.strip()])


def _pattern(text: str) -> tuple[Pattern, bool]:
    exception = text.startswith("!")
    bare = text[1:].strip() if exception else text
    if not bare:
        raise InvalidInput("an exception has no pattern", subject=text, hint="write !PATH")
    if "\0" in bare:
        raise InvalidInput("there is a NUL byte", hint="is it a text file?")
    cleaned = posixpath.normpath(bare)
    cleaned = cleaned.lstrip("/") or "/"
    return Pattern(cleaned), exception
