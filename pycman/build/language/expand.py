"""$NAME and ${NAME…} in the arguments of instructions (Dockerfile reference, "Environment replacement").

Quotes and escapes are removed on the way: within '…' everything is literal, within "…" only $ and the escape character
mean something. Forms of ${…}, w being a text which may have variables itself:

    ${x:-w} ${x-w}   w if x is unset (or empty, with the colon)       ${x:+w} ${x+w}   w if x is set (and not empty)
    ${x:?w} ${x?w}   an error with the text w                        ${x#p} ${x##p} ${x%p} ${x%%p}   without a prefix, suffix
    ${x/p/r} ${x//p/r}   the first match, or every one, replaced
"""

from __future__ import annotations

from pycman.build.language.errors import Wrong, quoted
from pycman.build.language.patterns import replaced, without_prefix, without_suffix
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_VALUE = 1 << 20
MOST_LETTERS = 32 << 20
DEEPEST = 50
_PATTERN_STEPS = 8
_SPECIAL = "@*#?-$!"


class Expanded(Record):
    """A text after expansion, and the names it asked for: those that were set, and those that were not.

    A name with a form that says what an unset one means (${x:-w}) is not among the unset.
    """

    text: str
    used: frozenset[str] = frozenset()
    unset: frozenset[str] = frozenset()


class Budget:
    """How much all expansions of one file may make: `ARG A=$B$B` in a row doubles each time."""

    def __init__(self, letters: int = MOST_LETTERS) -> None:
        self._left = letters

    def spend(self, letters: int) -> None:
        """Raise Wrong when all is used up."""
        self._left -= letters
        if self._left < 0:
            raise Wrong(f"variables expand to more than {MOST_LETTERS >> 20} MiB", "shorten them")


def expand(
    text: str, values: Mapping[str, str], budget: Budget, *, escape: str = "\\", keep_quotes: bool = False
) -> Expanded:
    """Return `text` expanded. With `keep_quotes`, quotes are ordinary letters (contents of here-documents). Raises Wrong."""
    special = ("$", escape) if keep_quotes else ("$", escape, "'", '"')
    if not any(each in text for each in special):
        return Expanded(text=text)
    scanner = _Scanner(text, values, budget, escape, keep_quotes=keep_quotes)
    result = scanner.until("", raw=False)
    budget.spend(len(result))
    return Expanded(text=result, used=frozenset(scanner.used), unset=frozenset(scanner.unset))


class _Scanner:
    def __init__(self, text: str, values: Mapping[str, str], budget: Budget, escape: str, *, keep_quotes: bool) -> None:
        self._text = text
        self._values = values
        self._budget = budget
        self._escape = escape
        self._keep_quotes = keep_quotes
        self._position = 0
        self._depth = 0
        self.used: set[str] = set()
        self.unset: set[str] = set()

    def _peek(self) -> str:
        return self._text[self._position : self._position + 1]

    def _next(self) -> str:
        letter = self._peek()
        self._position += 1
        return letter

    def until(self, stop: str, *, raw: bool) -> str:
        """Return what comes before the letter `stop` ("": the end), expanded; with `raw`, escapes are kept."""
        parts: list[str] = []
        length = 0
        while True:
            letter = self._next()
            if letter == stop:
                return "".join(parts)
            if not letter:
                raise Wrong(f"{quoted(self._text)} ends where {stop} is missing", f"write {stop}")
            if letter == "$":
                parts.append(self._variable())
            elif letter == "'" and not self._keep_quotes:
                parts.append(self._single())
            elif letter == '"' and not self._keep_quotes:
                parts.append(self._double())
            elif letter == self._escape:
                parts.append((letter if raw else "") + self._next())
            else:
                parts.append(letter)
            length += len(parts[-1])
            self._check(length)

    def _check(self, length: int) -> None:
        if length > LONGEST_VALUE:
            raise Wrong(f"a value expands to more than {LONGEST_VALUE >> 20} MiB", "shorten its variables")

    def _single(self) -> str:
        end = self._text.find("'", self._position)
        if end < 0:
            raise Wrong(f"{quoted(self._text)} has a ' that is not closed", "close it, or escape it")
        start, self._position = self._position, end + 1
        return self._text[start:end]

    def _double(self) -> str:
        parts: list[str] = []
        length = 0
        while True:
            letter = self._next()
            if letter == '"':
                return "".join(parts)
            if not letter:
                raise Wrong(f'{quoted(self._text)} has a " that is not closed', "close it, or escape it")
            if letter == "$":
                letter = self._variable()
            elif letter == self._escape:
                following = self._peek()
                if following and following in f'"${self._escape}':
                    letter = self._next()
                elif not following:
                    continue
            parts.append(letter)
            length += len(letter)
            self._check(length)

    def _variable(self) -> str:
        if self._peek() != "{":
            name = self._name()
            return self._value(name, told=False) or "" if name else "$"
        self._depth += 1
        if self._depth > DEEPEST:
            raise Wrong(f"variables are nested deeper than {DEEPEST}", "use an ARG for the inner ones")
        self._position += 1
        value = self._braces()
        self._depth -= 1
        self._budget.spend(len(value))
        return value

    def _name(self) -> str:
        start = self._position
        first = self._peek()
        if first.isdecimal():
            while self._peek().isdecimal():
                self._position += 1
        elif first and first in _SPECIAL:
            self._position += 1
        else:
            while self._peek().isalnum() or self._peek() == "_":
                self._position += 1
        return self._text[start : self._position]

    def _value(self, name: str, *, told: bool) -> str | None:
        """Return a variable's value; `told` says that the text itself tells what an unset one means."""
        value = self._values.get(name)
        if value is not None:
            self.used.add(name)
        elif not told:
            self.unset.add(name)
        return value

    def _braces(self) -> str:
        """Return the value of what follows "${", up to and with the "}"."""
        start = self._position
        if self._peek() in ("", "{", "}", ":"):
            raise self._bad(start)
        name = self._name()
        operator = self._next()
        if operator == "}":
            return self._value(name, told=False) or ""
        if operator == "/":
            return self._replaced(name)
        empty_is_unset = operator == ":"
        if empty_is_unset:
            operator = self._next()
        if not operator or operator not in "-+?#%" or (empty_is_unset and operator in "#%"):
            raise self._bad(start)
        word = self.until("}", raw=operator in "#%")
        value = self._value(name, told=operator in "-+?")
        if operator in "#%":
            return self._cut(value or "", word, operator)
        is_set = value is not None and not (empty_is_unset and value == "")
        if operator == "+":
            return word if is_set else ""
        if is_set and value is not None:
            return value
        if operator == "-":
            return word
        missing = "is empty" if value == "" else "is not set"
        raise Wrong(f"{name}: {quoted(word) or missing}", f"give it with --build-arg {name}=VALUE or set it with ENV")

    def _cut(self, value: str, pattern: str, operator: str) -> str:
        longest = pattern.startswith(operator)
        pattern = pattern[longest:]
        self._budget.spend(len(value) * len(pattern) // _PATTERN_STEPS)
        cut = without_prefix if operator == "#" else without_suffix
        return cut(value, pattern, longest=longest)

    def _replaced(self, name: str) -> str:
        everywhere = self._peek() == "/"
        self._position += everywhere
        pattern = self.until("/", raw=True)
        replacement = self.until("}", raw=True)
        value = self._value(name, told=False) or ""
        self._budget.spend(len(value) * (len(pattern) + (len(replacement) if everywhere else 0)) // _PATTERN_STEPS)
        result = replaced(value, pattern, replacement, everywhere=everywhere)
        self._check(len(result))
        return result

    def _bad(self, start: int) -> Wrong:
        return Wrong(f"${{{quoted(self._text[start:])} is no substitution", "write ${NAME} or ${NAME:-DEFAULT}")
