"""Go's flag rules (pflag), with the table: what every command line of docker and podman is read by. Pure.

    --flag value  --flag=value  -f value  -fvalue  -f=value  -abc (switches; the last may take a value)  --
A switch takes a value only with "=". Options end at "--", and for some commands at the first argument.
"""

from __future__ import annotations

from pycman.errors import InvalidInput

TRUE = frozenset(("1", "t", "T", "true", "TRUE", "True"))
FALSE = frozenset(("0", "f", "F", "false", "FALSE", "False"))

Flags = dict[str, object]
"""Only what was given: bool, str, int or list[str] by long name."""


class UsageError(InvalidInput):
    """A command line that cannot be read. Docker's status for flags is 125, for arguments 1."""

    reference = "usage"


class ArgumentsError(UsageError):
    """A wrong number of arguments, or a command there is not."""

    reference = "arguments"


class FlagTable:
    """The flags of one command, from a row of the table."""

    def __init__(self, text: str) -> None:
        self.kinds: dict[str, str] = {}
        self.shorts: dict[str, str] = {}
        self.others: dict[str, str] = {}
        self.refused: set[str] = set()
        for word in text.split():
            names, _, kind = word.partition(":")
            long, _, short = names.partition(",")
            kind, _, other = kind.partition("=")
            if len(kind) > 1:
                kind = kind[0]
                self.refused.add(other or long)
            self.kinds[long] = kind
            if short:
                self.shorts[short] = long
            if other:
                self.others[long] = other


def parse_flags(table: FlagTable, words: list[str], *, stop_at_first: bool) -> tuple[Flags, list[str]]:
    """Return (flags given, arguments). Raises UsageError naming the flag and the nearest one there is."""
    flags: Flags = {}
    arguments: list[str] = []
    at = 0
    while at < len(words):
        word = words[at]
        at += 1
        if word == "--":
            arguments += words[at:]
            break
        if word.startswith("--"):
            at = _long(table, flags, words, at, word)
        elif word.startswith("-") and word != "-":
            at = _short(table, flags, words, at, word)
        else:
            arguments.append(word)
            if stop_at_first:
                arguments += words[at:]
                break
    return flags, arguments


def _long(table: FlagTable, flags: Flags, words: list[str], at: int, word: str) -> int:
    name, equals, value = word[2:].partition("=")
    kind = table.kinds.get(name)
    if kind is None:
        if name == "help":
            flags["help"] = True
            return at
        raise UsageError(f"unknown flag: --{name}", hint=_suggest(name, table.kinds, "--"))
    if equals:
        _put(table, flags, name, value, word)
    elif kind == "b":
        _put(table, flags, name, "true", word)
    elif at >= len(words):
        raise UsageError(f"flag needs an argument: --{name}")
    else:
        _put(table, flags, name, words[at], f"--{name}")
        at += 1
    return at


def _short(table: FlagTable, flags: Flags, words: list[str], at: int, word: str) -> int:
    rest = word[1:]
    while rest:
        letter, rest = rest[0], rest[1:]
        name = table.shorts.get(letter)
        if name is None:
            if letter == "h":
                flags["help"] = True
                continue
            raise UsageError(f"unknown shorthand flag: {letter!r} in {word}", hint="pycman COMMAND --help lists them")
        if table.kinds[name] == "b" and not rest.startswith("="):
            _put(table, flags, name, "true", word)
            continue
        if rest:
            _put(table, flags, name, rest.removeprefix("="), f"-{letter}")
            return at
        if at >= len(words):
            raise UsageError(f"flag needs an argument: {letter!r} in {word}")
        _put(table, flags, name, words[at], f"-{letter}")
        return at + 1
    return at


def _put(table: FlagTable, flags: Flags, name: str, value: str, word: str) -> None:
    kind = table.kinds[name]
    name = table.others.get(name, name)
    if kind == "b":
        if value not in TRUE | FALSE:
            raise UsageError(f'invalid argument "{value}" for --{name}: not true or false')
        flags[name] = value in TRUE
    elif kind == "i":
        try:
            flags[name] = int(value, 0 if value.startswith("0x") else 10)
        except ValueError:
            raise UsageError(f'invalid argument "{value}" for {word.partition("=")[0]}: not a number') from None
    elif kind == "s":
        flags[name] = value
    else:
        known = flags.setdefault(name, [])
        assert isinstance(known, list)
        known += split_commas(value) if kind == "c" else [value]


def split_commas(text: str) -> list[str]:
    """Split a value at commas as Go's CSV reader does: a part in double quotes may hold commas, "" is a quote."""
    if '"' not in text:
        return text.split(",")
    parts: list[str] = []
    at = 0
    while at <= len(text):
        if text[at : at + 1] == '"':
            part, at = "", at + 1
            while at < len(text):
                if text[at] == '"' and text[at + 1 : at + 2] != '"':
                    break
                at += text[at] == '"'
                part += text[at]
                at += 1
            at += 1
        else:
            end = text.find(",", at)
            end = len(text) if end < 0 else end
            part, at = text[at:end], end
        parts.append(part)
        at += 1
    return parts


def _suggest(name: str, known: object, prefix: str = "") -> str:
    found = nearest(name, list(known))  # type: ignore[call-overload]
    return f"did you mean {prefix}{found}?" if found else ""


def nearest(word: str, known: list[str]) -> str:
    """Return the known word that differs by at most two letters (or a third of them), or ""."""
    best, best_distance = "", max(2, len(word) // 3) + 1
    for each in known:
        if abs(len(each) - len(word)) < best_distance:
            distance = _distance(word, each)
            if distance < best_distance:
                best, best_distance = each, distance
    return best


def _distance(one: str, other: str) -> int:
    """Return how many letters must be put in, taken out, changed or swapped (Damerau, optimal string alignment)."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        older, before, row = before, row, [i]
        for j, b in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
    return row[-1]
