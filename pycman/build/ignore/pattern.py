r"""One pattern of an ignore file: *, ?, [class], \ and ** (any number of directories), held against whole paths.

No pattern takes more than its length times the path's length steps. Where every ** is a component of its own, which is
the rule, the pattern becomes a regular expression in which each part is looked for once: parts between two ** have a
fixed number of components, and parts between two stars of a component a fixed number of letters, so the first place
where such a part fits is as good as any later one (atomic groups). Others are run as automata, one bit for each state.
"""

from __future__ import annotations

import re

from pycman.errors import InvalidInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    Token = tuple[str, str]

LONGEST_PATTERN = 4096
_ONE, _STAR, _DEEP, _REST = "one", "star", "deep", "rest"
"""Kinds of tokens: a letter or class; * (no slash); ** before something (nothing, or up to a slash); ** at the end."""
_NO_SLASH: Final = "[^/]"


class Pattern:
    """A pattern without its "!", cleaned: no slash at its ends, no "." or ".." inside. Raises InvalidInput."""

    def __init__(self, text: str) -> None:
        if len(text) > LONGEST_PATTERN:
            raise InvalidInput(f"a pattern is longer than {LONGEST_PATTERN} letters", subject=text[:40])
        self.text = text
        self.tokens = _tokens(text)
        self.literal = _literal(self.tokens)
        """The only path that it matches, if it has no wildcards."""
        self.expression = _expression(text)
        """A regular expression for `fullmatch`; "" if it must be run as an automaton."""
        self._automaton: _Automaton | None = None
        self._compiled: re.Pattern[str] | None = None

    def matches(self, path: str) -> bool:
        """Say whether it matches this very path (not one above it)."""
        if self.literal is not None:
            return path == self.literal
        if not self.expression:
            if self._automaton is None:
                self._automaton = _Automaton(self.text, self.tokens)
            return self._automaton.matches(path)
        if self._compiled is None:
            self._compiled = re.compile(self.expression)
        return self._compiled.fullmatch(path) is not None

    def may_match_below(self, directory: str) -> bool:
        """Say whether some path below `directory` could match; True in doubt."""
        components = self.text.split("/")
        names = directory.split("/")
        for component, name in zip(components, names, strict=False):
            if "**" in component or "[" in component or "\\" in component:
                return True
            if not re.fullmatch(_component(component), name):
                return False
        return len(components) > len(names)


def _tokens(text: str) -> list[Token]:
    """Return the pattern as (kind, regular expression of one letter). Raises InvalidInput for a broken one."""
    tokens: list[Token] = []
    position = 0
    while position < len(text):
        letter = text[position]
        if text.startswith("**", position):
            position += 2
            position += text.startswith("/", position)
            tokens.append((_DEEP if position < len(text) else _REST, ""))
            continue
        if letter == "[":
            end = _class_end(text, position)
            tokens.append((_ONE, f"(?!/){_class(text[position + 1 : end - 1])}"))
            position = end
            continue
        if letter == "\\":
            position += 1
            if position == len(text):
                raise InvalidInput("a pattern ends with \\", subject=text, hint="write \\\\ for a backslash")
            letter = text[position]
            tokens.append((_ONE, re.escape(letter)))
        elif letter == "*":
            tokens.append((_STAR, ""))
        else:
            tokens.append((_ONE, _NO_SLASH if letter == "?" else re.escape(letter)))
        position += 1
    return tokens


def _class_end(text: str, start: int) -> int:
    """Return where the class that begins at `start` is over. Raises InvalidInput."""
    position = start + 1 + text.startswith("^", start + 1)
    first = position
    while position < len(text) and (text[position] != "]" or position == first):
        if text[position] in "-]":  # a range has a letter at both ends (Go's filepath.Match)
            break
        position = _class_letter(text, position)
        if text.startswith("-", position):
            position = _class_letter(text, position + 1)
    if position >= len(text) or text[position] != "]" or position == first:
        raise InvalidInput("a class in a pattern is not complete", subject=text, hint="write it as in [a-z], or \\[")
    return position + 1


def _class_letter(text: str, position: int) -> int:
    """Return the place after a letter of a class, which may be escaped."""
    return position + 1 + (text[position : position + 1] == "\\")


def _class(inside: str) -> str:
    negative = inside.startswith("^")
    parts = []
    position = int(negative)
    while position < len(inside):
        end = _class_letter(inside, position)
        parts.append(re.escape(inside[end - 1]))
        position = end
        if inside.startswith("-", position):
            end = _class_letter(inside, position + 1)
            parts.append("-" + re.escape(inside[end - 1]))  # a letter - too: "+--" is a range, and not what re warns of
            position = end
    text = "".join(parts)
    try:
        re.compile(f"[{text}]")
    except re.error:
        raise InvalidInput("a class in a pattern has a range that ends before it begins", subject=inside) from None
    return f"[{'^' if negative else ''}{text}]"


def _literal(tokens: list[Token]) -> str | None:
    letters = []
    for kind, letter in tokens:
        if kind != _ONE or letter == _NO_SLASH or letter.startswith("(?!/)"):
            return None
        letters.append(letter[-1])
    return "".join(letters)


def _expression(text: str) -> str:
    """Return a regular expression in which nothing is looked for twice, or "" if ** is glued to something else."""
    if text.startswith("**") and not any(each in text[2:] for each in "*?[\\") and text[2:3] != "/":
        return f"(?s:.*){re.escape(text[2:])}"  # as moby: "**x" is whatever ends in x
    if text.endswith("**") and not any(each in text[:-2] for each in "*?[\\"):
        return f"{re.escape(text[:-2])}(?s:.*)"  # "x**" is whatever begins with x
    groups: list[list[str]] = [[]]
    components = text.split("/")
    for component in components:
        if component == "**":
            if groups[-1] or len(groups) == 1:
                groups.append([])
        elif "**" in component or ("[" in component and "]" not in component) or component.endswith("\\"):
            return ""
        else:
            groups[-1].append(_component(component))
    first, *middle = ["/".join(group) for group in groups]
    if not middle:
        return first
    *looked_for, last = middle
    parts = [f"{first}/" if first else ""]
    parts += [f"(?>(?:[^/]*/)*?{group}/)" for group in looked_for]
    parts.append(f"(?:[^/]*/)*?{last}" if last else "(?s:.*)")
    return "".join(parts)


def _component(text: str) -> str:
    """Return the regular expression of a component without **."""
    pieces = [""]
    for kind, letter in _tokens(text):
        if kind == _STAR:
            pieces.append("")
        else:
            pieces[-1] += letter
    head, *rest = pieces
    if not rest:
        return head
    middle = "".join(f"(?>[^/]*?{piece})" for piece in rest[:-1] if piece)
    return f"{head}{middle}[^/]*{rest[-1]}(?![^/])"


class _Automaton:
    """A pattern as a set of states, one bit each: bit n is "the tokens before n have matched"."""

    def __init__(self, text: str, tokens: list[Token]) -> None:
        self._ones = [(1 << number, re.compile(letter)) for number, (kind, letter) in enumerate(tokens) if kind == _ONE]
        self._stars = sum(1 << number for number, (kind, _) in enumerate(tokens) if kind == _STAR)
        self._deeps = sum(1 << number for number, (kind, _) in enumerate(tokens) if kind == _DEEP)
        self._rests = sum(1 << number for number, (kind, _) in enumerate(tokens) if kind == _REST)
        self._end = 1 << len(tokens)
        self._by_letter: dict[str, int] = {}
        self._text = text

    def matches(self, path: str) -> bool:
        inside = 0  # states of ** that have begun to swallow directories, and may only end after a slash
        states = self._skipped(1)
        for letter in path:
            inside |= states & self._deeps
            moved = (states & self._mask(letter)) << 1
            stay = states & self._rests
            if letter == "/":
                moved |= inside << 1
            else:
                stay |= states & self._stars
            states = self._skipped(moved | stay)
            if not states and not inside:
                return False
        return bool(states & self._end)

    def _skipped(self, states: int) -> int:
        """Return the states and those that are reached by tokens which match nothing."""
        empty = self._stars | self._deeps | self._rests
        while True:
            more = states | (states & empty) << 1
            if more == states:
                return states
            states = more

    def _mask(self, letter: str) -> int:
        found = self._by_letter.get(letter)
        if found is None:
            found = sum(bit for bit, expression in self._ones if expression.fullmatch(letter))
            self._by_letter[letter] = found
        return found
