"""Parse argv by Go's flag rules (pflag), as docker and podman do, with a row of the flag table. Pure.

    --flag value  --flag=value  -f value  -fvalue  -f=value  -abc (switches; the last may take a value)  --

A switch takes a value only with "=". Options end at "--", and for some commands at the first argument.
"""

from __future__ import annotations

from pycman.errors import InvalidInput

TRUE = frozenset(("1", "t", "T", "true", "TRUE", "True"))
FALSE = frozenset(("0", "f", "F", "false", "FALSE", "False"))

Flags = dict[str, object]
"""By long name the flags that are on the command line, and no others: bool, str, int or list[str]."""


class UsageError(InvalidInput):
    """The command line has a wrong flag (docker ends with 125)."""

    reference = "usage"


class ArgumentsError(UsageError):
    """A wrong number of arguments, or an unknown command (docker ends with 1)."""

    reference = "arguments"


class FlagTable:
    """The flags of one command, from a row of the table: `LONG[,SHORT]:KIND[!][=STORED_AS]`, separated by spaces.

    KIND is b (switch), s (string), o (string that is "true" unless a value follows with "="), i (number), l (list) or c
    (list split at commas); `!` marks a flag that is refused.
    """

    def __init__(self, row: str) -> None:
        self.kinds: dict[str, str] = {}
        self.shorts: dict[str, str] = {}
        self.stored_as: dict[str, str] = {}
        self.refused: set[str] = set()
        for entry in row.split():
            names, _, kind = entry.partition(":")
            long, _, short = names.partition(",")
            kind, _, stored_as = kind.partition("=")
            if len(kind) > 1:
                kind = kind[0]
                self.refused.add(stored_as or long)
            self.kinds[long] = kind
            if short:
                self.shorts[short] = long
            if stored_as:
                self.stored_as[long] = stored_as


def parse_flags(table: FlagTable, argv: list[str], *, stop_at_first: bool) -> tuple[Flags, list[str]]:
    """Return (flags, arguments). Raises UsageError naming the flag and the nearest known one."""
    flags: Flags = {}
    arguments: list[str] = []
    at = 0
    while at < len(argv):
        argument = argv[at]
        at += 1
        if argument == "--":
            arguments += argv[at:]
            break
        if argument.startswith("--"):
            at = _long(table, flags, argv, at, argument)
        elif argument.startswith("-") and argument != "-":
            at = _short(table, flags, argv, at, argument)
        else:
            arguments.append(argument)
            if stop_at_first:
                arguments += argv[at:]
                break
    return flags, arguments


def _long(table: FlagTable, flags: Flags, argv: list[str], at: int, argument: str) -> int:
    name, equals, value = argument[2:].partition("=")
    kind = table.kinds.get(name)
    if kind is None:
        if name == "help":
            flags["help"] = True
            return at
        raise UsageError(f"unknown flag: --{name}", hint=_suggest(name, table.kinds, "--"))
    if equals:
        _put(table, flags, name, value, argument)
    elif kind in ("b", "o"):
        _put(table, flags, name, "true", argument)
    elif at >= len(argv):
        raise UsageError(f"flag needs an argument: --{name}")
    else:
        _put(table, flags, name, argv[at], f"--{name}")
        at += 1
    return at


def _short(table: FlagTable, flags: Flags, argv: list[str], at: int, argument: str) -> int:
    rest = argument[1:]
    while rest:
        letter, rest = rest[0], rest[1:]
        name = table.shorts.get(letter)
        if name is None:
            if letter == "h":
                flags["help"] = True
                continue
            raise UsageError(
                f"unknown shorthand flag: {letter!r} in {argument}", hint="pycman COMMAND --help lists them"
            )
        if table.kinds[name] in ("b", "o") and not rest.startswith("="):
            _put(table, flags, name, "true", argument)
            continue
        if rest:
            _put(table, flags, name, rest.removeprefix("="), f"-{letter}")
            return at
        if at >= len(argv):
            raise UsageError(f"flag needs an argument: {letter!r} in {argument}")
        _put(table, flags, name, argv[at], f"-{letter}")
        return at + 1
    return at


def _put(table: FlagTable, flags: Flags, name: str, value: str, argument: str) -> None:
    kind = table.kinds[name]
    name = table.stored_as.get(name, name)
    if kind == "b":
        if value not in TRUE | FALSE:
            raise UsageError(f'invalid argument "{value}" for --{name}: not true or false')
        flags[name] = value in TRUE
    elif kind == "i":
        flags[name] = _number(value, argument.partition("=")[0])
    elif kind in ("s", "o"):
        flags[name] = value
    else:
        values = flags.setdefault(name, [])
        assert isinstance(values, list)
        values += split_commas(value) if kind == "c" else [value]


def _number(text: str, flag: str) -> int:
    """Return the number of a flag, which 64 bits must hold: more is no time, size or count of anything. Raises UsageError."""
    try:
        number = int(text, 0 if text.startswith("0x") else 10)
    except ValueError:
        raise UsageError(f'invalid argument "{text}" for {flag}: not a number') from None
    if not -(1 << 63) <= number < 1 << 63:
        raise UsageError(f'invalid argument "{text[:40]}" for {flag}: value out of range')
    return number


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
    similar = nearest(name, list(known))  # type: ignore[call-overload]
    return f"did you mean {prefix}{similar}?" if similar else ""


def nearest(name: str, known: list[str]) -> str:
    """Return the known name that differs from `name` in at most two letters (or a third of its letters), or ""."""
    best, best_distance = "", max(2, len(name) // 3) + 1
    for candidate in known:
        if abs(len(candidate) - len(name)) < best_distance:
            distance = _distance(name, candidate)
            if distance < best_distance:
                best, best_distance = candidate, distance
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
