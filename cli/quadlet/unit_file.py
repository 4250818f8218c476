"""A unit file as a value: sections in their order, with comments; read, asked, changed and written again.

The syntax is systemd.syntax(7) as Quadlet reads it: sections of one name are one, an empty value takes back those before it,
a backslash at the end of a line joins the next one, comments between the two being left out.
"""

from __future__ import annotations

import os

from cli.quadlet.words import WordError, quote_word, quote_words, split_words

_TRUE = ("1", "yes", "true", "on")


class UnitFileError(ValueError):
    """A unit file cannot be read; the text says which line, and why."""


class _Section:
    """`above` are comments before the header; `lines` are (key, value), comments and empty lines with key ""."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.above: list[str] = []
        self.lines: list[tuple[str, str]] = []

    def text(self) -> str:
        above = [*self.above, f"[{self.name}]"] if self.name else self.above
        return "".join(
            f"{line}\n" for line in (*above, *(f"{key}={value}" if key else value for key, value in self.lines))
        )


class UnitFile:
    """One unit file. `path` is where it was read from, "" if nowhere; `name` its file name, which decides its kind."""

    def __init__(self, name: str = "", path: str = "") -> None:
        self.name = name
        self.path = path
        self._sections: dict[str, _Section] = {}

    # Reading and writing

    @classmethod
    def parse(cls, text: str, name: str = "", path: str = "") -> UnitFile:
        """Return the unit file of a text. Raises UnitFileError."""
        unit = cls(name, path)
        section: _Section | None = None
        waiting: list[str] = []
        for number, line in _logical_lines(text):
            if not line or line[0] in "#;":
                waiting.append(line)
                continue
            header = _header(line)
            if header is not None:
                section = unit._section(header)
                section.above += waiting[1:] if waiting[:1] == [""] else waiting  # one empty line comes back by itself
            else:
                key, value = _assignment(line, number)
                if section is None:
                    raise UnitFileError("key file does not start with a group")
                section.lines += [("", comment) for comment in waiting]
                section.lines.append((key, value))
            waiting = []
        if section is None:
            unit._section("").above += waiting
        else:
            section.lines += [("", comment) for comment in waiting]
        return unit

    def text(self) -> str:
        """Return the unit file as text, an empty line before each section but the first."""
        return "\n".join(section.text() for section in self._sections.values())

    def merge(self, other: UnitFile) -> None:
        """Add the sections and lines of another unit file (a drop-in) behind those that are here."""
        for section in other._sections.values():
            mine = self._section(section.name)
            mine.above += section.above
            mine.lines += section.lines

    def copy(self) -> UnitFile:
        """Return a copy that can be changed; it has no path."""
        copied = UnitFile(self.name)
        copied.merge(self)
        return copied

    # Asking

    def has(self, section: str, key: str) -> bool:
        """Return whether a key is set, if only to nothing."""
        return self.last(section, key) is not None

    def keys(self, section: str) -> list[str]:
        """Return the keys of a section, each once, in their order."""
        return list(dict.fromkeys(key for key, _value in self._lines(section) if key))

    def last(self, section: str, key: str) -> str | None:
        """Return the last value of a key as it is written, None if there is none."""
        return next((value for name, value in reversed(self._lines(section)) if name == key), None)

    def value(self, section: str, key: str) -> str | None:
        """Return the last value of a key without blanks at its end and without a pair of double quotes around it."""
        text = self.last(section, key)
        if text is None:
            return None
        text = text.rstrip()
        return text[1:-1] if len(text) >= 2 and text[0] == text[-1] == '"' else text

    def switch(self, section: str, key: str) -> bool | None:
        """Return whether the last value of a key is yes, true, on or 1; None if the key is not set."""
        text = self.value(section, key)
        return None if text is None else text.lower() in _TRUE

    def values(self, section: str, key: str) -> list[str]:
        """Return all values of a key; an empty one takes back those before it."""
        found: list[str] = []
        for name, value in self._lines(section):
            if name == key:
                found = [*found, value] if value else []
        return found

    def items(self, section: str, key: str) -> list[str]:
        """Return the words of all values of a key, as in lists of units: quoted ones are one, backslashes are kept."""
        return self._words(section, key, escapes=False)

    def arguments(self, section: str, key: str) -> list[str]:
        """Return the words of all values of a key, as in command lines: with escapes. A value with a wrong one is left out."""
        return self._words(section, key, escapes=True)

    def command(self, section: str, key: str) -> list[str] | None:
        """Return the words of the last value of a key, as in command lines; None if not set. Raises WordError."""
        text = self.last(section, key)
        return None if text is None else split_words(text, escapes=True)

    def pairs(self, section: str, key: str) -> tuple[dict[str, str | None], list[str]]:
        """Return NAME=VALUE words of all values of a key (None where there is no "="), and what is wrong with the others."""
        found: dict[str, str | None] = {}
        problems: list[str] = []
        for text in self.values(section, key):
            try:
                words = split_words(text, escapes=True)
            except WordError as error:
                problems.append(str(error))
                continue
            for word in words:
                name, equals, value = word.partition("=")
                found[name] = value if equals else None
        return found, problems

    def template(self) -> tuple[str, str | None]:
        """Return the name before "@" and the instance behind it ("" for the template itself, None if it is no template)."""
        base, at, instance = os.path.splitext(self.name)[0].partition("@")
        return base, instance if at else None

    # Changing

    def add(self, section: str, key: str, value: str) -> None:
        """Add a line at the end of a section."""
        self._section(section).lines.append((key, value))

    def add_first(self, section: str, key: str, value: str) -> None:
        """Add a line at the beginning of a section."""
        self._section(section).lines.insert(0, (key, value))

    def add_word(self, section: str, key: str, word: str) -> None:
        """Add a line whose value is one word, in quotes where it needs them."""
        self.add(section, key, quote_word(word))

    def add_command(self, section: str, key: str, words: list[str]) -> None:
        """Add a line whose value is a command line."""
        self.add(section, key, quote_words(words))

    def set(self, section: str, key: str, value: str) -> None:
        """Change the last line of a key, or add one."""
        lines = self._section(section).lines
        for index in range(len(lines) - 1, -1, -1):
            if lines[index][0] == key:
                lines[index] = (key, value)
                return
        lines.append((key, value))

    def unset(self, section: str, key: str) -> None:
        """Remove all lines of a key."""
        mine = self._section(section)
        mine.lines = [line for line in mine.lines if line[0] != key]

    def rename_section(self, name: str, new: str) -> None:
        """Rename a section where it stands; if the new name is there already, its lines are added to that one."""
        if name not in self._sections:
            return
        section = self._sections[name]
        if new in self._sections:
            self._sections[new].above += section.above
            self._sections[new].lines += section.lines
            del self._sections[name]
            return
        section.name = new
        self._sections = {each.name: each for each in self._sections.values()}

    def add_comment(self, *lines: str) -> None:
        """Write comments above everything else."""
        first = next(iter(self._sections.values()), None) or self._section("")
        first.above[:0] = [f"# {line}" for line in lines]

    def _section(self, name: str) -> _Section:
        return self._sections.setdefault(name, _Section(name))

    def _lines(self, section: str) -> list[tuple[str, str]]:
        return self._sections[section].lines if section in self._sections else []

    def _words(self, section: str, key: str, *, escapes: bool) -> list[str]:
        words: list[str] = []
        for text in self.values(section, key):
            try:
                words += split_words(text, escapes=escapes)
            except WordError:
                continue
        return words


def _logical_lines(text: str) -> list[tuple[int, str]]:
    """Return (number of the last physical line, text) of the lines, continued ones joined."""
    lines = text.removesuffix("\n").split("\n")
    found = []
    begun = ""
    for number, physical in enumerate(lines, 1):
        line = physical.strip()
        comment = not line or line[0] in "#;"
        if comment and begun:
            continue
        if not comment and (len(line) - len(line.rstrip("\\"))) % 2:  # two are one backslash at the end of a value
            line = line[:-1]
            if number < len(lines):
                begun += line
                continue
        found.append((number, line if comment else begun + line))
        if not comment:
            begun = ""
    return found


def _header(line: str) -> str | None:
    """Return the name of the section that a line begins, None if it begins none. Raises UnitFileError."""
    name, bracket, rest = line[1:].partition("]")
    if line[0] != "[" or not bracket or rest.strip(" \t"):
        return None
    if not name or "[" in name or not name.isprintable():
        raise UnitFileError(f"invalid group name: {name}")
    return name


def _assignment(line: str, number: int) -> tuple[str, str]:
    key, equals, value = line.partition("=")
    if not key or not equals:
        raise UnitFileError(f"file contains line {number}: “{line}” which is not a key-value pair, group, or comment")
    if not key.rstrip():
        raise UnitFileError(f"invalid key name: {key}")
    return key.rstrip(), value.lstrip()
