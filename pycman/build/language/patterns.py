r"""Shell patterns of ${NAME#p}, ${NAME%p} and ${NAME/p/r}: *, ? and \ (no brackets, as in the Dockerfile reference).

Matching takes at most length of pattern times length of value steps: a pattern is the texts between its stars, each of
which is looked for once (an atomic group), for what an earlier place for one text allows, a later one does not exceed.
"""

from __future__ import annotations

import re

from pycman.build.language.errors import Wrong, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def _tokens(pattern: str) -> list[str]:
    """Return the pattern as pieces of a regular expression, "*" for a star. Raises Wrong."""
    tokens = []
    position = 0
    while position < len(pattern):
        letter = pattern[position]
        if letter == "\\":
            position += 1
            letter = pattern[position : position + 1]
            if not letter or letter not in "*?\\/}":
                raise Wrong(f"the pattern {quoted(pattern)} escapes what needs no \\", "remove the \\, or write \\\\")
            tokens.append(re.escape(letter))
        elif letter == "?":
            tokens.append(".")
        else:
            tokens.append("*" if letter == "*" else re.escape(letter))
        position += 1
    return tokens


class _Glob:
    """A pattern, its tokens in the order of the text that it is held against."""

    def __init__(self, tokens: Sequence[str]) -> None:
        pieces = [""]
        for each in tokens:
            if each == "*":
                pieces.append("")
            else:
                pieces[-1] += each
        head, *rest = pieces
        looked_for = "".join(f"(?>.*?{piece})" for piece in rest[:-1] if piece)
        self.is_empty = not tokens
        self.head = re.compile(head)
        self.shortest = re.compile(head + looked_for + (f".*?{rest[-1]}" if rest and rest[-1] else ""))
        self.longest = re.compile(head + looked_for + (f".*{rest[-1]}" if rest else ""))

    def search(self, value: str, start: int) -> tuple[int, int] | None:
        """Return the first and longest match from `start` on.

        A star ends at the end of a line. Where the rest of the pattern is not found after one head, it is not found
        after a later one of the same line.
        """
        while start <= len(value):
            head = self.head.search(value, start)
            if head is None:
                return None
            match = self.longest.match(value, head.start())
            if match is not None:
                return match.span()
            line_end = value.find("\n", head.end())
            if line_end < 0:
                return None
            start = max(head.start() + 1, line_end + 1 - (head.end() - head.start()))
        return None


def without_prefix(value: str, pattern: str, *, longest: bool) -> str:
    """Return `value` without the shortest or longest start that matches. Raises Wrong."""
    return _cut(value, _tokens(pattern), longest=longest)


def without_suffix(value: str, pattern: str, *, longest: bool) -> str:
    """Return `value` without the shortest or longest end that matches. Raises Wrong."""
    return _cut(value[::-1], _tokens(pattern)[::-1], longest=longest)[::-1]


def _cut(value: str, tokens: Sequence[str], *, longest: bool) -> str:
    glob = _Glob(tokens)
    match = (glob.longest if longest else glob.shortest).match(value)
    return value if match is None else value[match.end() :]


def replaced(value: str, pattern: str, replacement: str, *, everywhere: bool) -> str:
    """Return `value` with the first match, or every one, replaced. An empty pattern matches nothing. Raises Wrong."""
    glob = _Glob(_tokens(pattern))
    if glob.is_empty:
        return value
    parts = []
    copied = position = 0
    while (span := glob.search(value, position)) is not None:
        start, end = span
        if start == end and start == copied and copied:  # nothing, directly after a match
            position = end + 1
            continue
        parts += [value[copied:start], replacement]
        copied, position = end, end + (start == end)
        if not everywhere:
            break
    return "".join([*parts, value[copied:]])
