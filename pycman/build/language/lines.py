"""From bytes to one text for each instruction: directives, comments, continued lines and here-documents."""

from __future__ import annotations

from pycman.build.language.errors import LARGEST_FILE_BYTES, MOST_INSTRUCTIONS, DockerfileError, Wrong, at, quoted
from pycman.build.language.heredoc import heredocs_of
from pycman.build.language.instructions import Heredoc
from pycman.build.language.position import Location
from pycman.build.language.warning import CheckOptions, parse_check
from pycman.build.language.words import json_words, split_flags, split_name
from pycman.record import Record

_DIRECTIVES = ("syntax", "escape", "check")
_MOST_COMMENTS = 20
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_LOWER_OF_HEREDOCS = ("run", "copy", "add")


class Line(Record):
    """One instruction as text: continued lines joined, blanks around it removed.

    `comments` are those directly above it, without "#"; `empty_line` is the number of an empty line inside it, or 0.
    """

    text: str
    location: Location
    heredocs: tuple[Heredoc, ...] = ()
    comments: tuple[str, ...] = ()
    empty_line: int = 0


class Directives(Record):
    """Parser directives at the top of a file."""

    syntax: str = ""
    escape: str = "\\"
    check: CheckOptions = CheckOptions()


class FileLines(Record):
    """A file as lines of instructions."""

    lines: tuple[Line, ...]
    directives: Directives
    is_utf8: bool = True


def read_lines(data: bytes, name: str) -> FileLines:
    """Return the instructions of a file as texts. Raises DockerfileError."""
    if len(data) > LARGEST_FILE_BYTES:
        limit = f"{LARGEST_FILE_BYTES >> 20} MiB"
        raise DockerfileError(f"the file is larger than {limit}", subject=name, hint="is it a Dockerfile?")
    zero = data.find(b"\0")
    if zero >= 0:
        line = data.count(b"\n", 0, zero) + 1
        raise DockerfileError("there is a NUL byte", subject=f"{name}:{line}", hint="is it a text file in UTF-8?")
    text = data.removeprefix(_BYTE_ORDER_MARK).decode("utf-8", "replace")
    is_utf8 = "\ufffd" not in text or "\ufffd".encode() in data
    rows = text.split("\n")
    directives, start = _directives(rows, name)
    return FileLines(lines=_Reader(rows, name, directives.escape).read(start), directives=directives, is_utf8=is_utf8)


def _directives(rows: list[str], name: str) -> tuple[Directives, int]:
    """Return the directives and the number of lines that they take. The first line that is none ends them."""
    found = Directives()
    seen: set[str] = set()
    number = 1 if rows[0].startswith("#!") else 0
    while number < len(rows):
        row = rows[number].strip()
        key, equals, value = row.removeprefix("#").partition("=")
        key, value = key.strip().lower(), value.strip()
        if not row.startswith("#") or not equals or not value or key not in _DIRECTIVES:
            break
        number += 1
        here = Location(file=name, first_line=number, last_line=number)
        if key in seen:
            raise at(here, f"there is a second {key} directive", "remove one of them")
        seen.add(key)
        if key == "escape":
            if value not in ("\\", "`"):
                raise at(here, f"{quoted(value)} cannot be the escape character", "write escape=\\ or escape=`")
            found = found.replace(escape=value)
        elif key == "check":
            try:
                found = found.replace(check=parse_check(value))
            except Wrong as error:
                raise at(here, error.problem, error.hint) from None
        else:
            found = found.replace(syntax=value.split()[0])
    return found, number


class _Reader:
    def __init__(self, rows: list[str], name: str, escape: str) -> None:
        self._rows = rows
        self._name = name
        self._escape = escape
        self._next = 0

    def read(self, start: int) -> tuple[Line, ...]:
        lines: list[Line] = []
        comments: list[str] = []
        self._next = start
        while self._next < len(self._rows):
            row = self._rows[self._next].strip()
            self._next += 1
            if not row:
                comments = []
            elif row[0] == "#":
                comment = row[1:].strip()
                comments = [*comments[1 - _MOST_COMMENTS :], comment] if comment else []
            else:
                line = self._instruction(comments)
                comments = []
                if line is not None:
                    lines.append(line)
                if len(lines) > MOST_INSTRUCTIONS:
                    raise at(lines[-1].location, f"there are more than {MOST_INSTRUCTIONS} instructions")
        return tuple(lines)

    def _instruction(self, comments: list[str]) -> Line | None:
        """Read the instruction that begins in the line before the next."""
        first = self._next
        text, goes_on = self._continued(self._rows[first - 1].rstrip("\r").lstrip())
        parts = [text]
        empty_line = 0
        while goes_on and self._next < len(self._rows):
            row = self._rows[self._next].rstrip("\r")
            self._next += 1
            bare = row.lstrip()
            if bare[:1] == "#":
                continue
            if not bare:
                at_end = self._next == len(self._rows)  # what follows the last line end is no line
                empty_line = empty_line or (0 if at_end else self._next)
                continue
            text, goes_on = self._continued(row)
            parts.append(text)
        joined = "".join(parts).strip()
        if not joined:
            return None
        heredocs = self._heredocs(joined, first)
        location = Location(file=self._name, first_line=first, last_line=self._next)
        return Line(text=joined, location=location, heredocs=heredocs, comments=tuple(comments), empty_line=empty_line)

    def _continued(self, row: str) -> tuple[str, bool]:
        """Return a line without the escape character at its end, and whether there was one that is not escaped."""
        bare = row.rstrip(" \t")
        if bare.endswith(self._escape) and bare[-2:-1] != self._escape:
            return bare[:-1], True
        return row, False

    def _heredocs(self, text: str, first: int) -> tuple[Heredoc, ...]:
        return tuple(self._content(heredoc, first) for heredoc in self._begun(text))

    def _begun(self, text: str) -> list[Heredoc]:
        if "<<" not in text:
            return []
        name, rest = split_name(text)
        if name.lower() == "onbuild":
            name, rest = split_name(split_flags(rest, self._escape)[1])
        if name.lower() not in _LOWER_OF_HEREDOCS:
            return []
        arguments = split_flags(rest, self._escape)[1]
        try:
            if json_words(arguments) is not None:
                return []
        except Wrong:  # told when the instruction is read
            return []
        return heredocs_of(arguments)

    def _content(self, heredoc: Heredoc, first: int) -> Heredoc:
        start = self._next
        while self._next < len(self._rows):
            row = self._rows[self._next].rstrip("\r")
            self._next += 1
            if (row.lstrip("\t") if heredoc.strip_tabs else row) == heredoc.name:
                content = self._rows[start : self._next - 1]
                return heredoc.replace(content="\n".join([*content, ""]))
        here = Location(file=self._name, first_line=first, last_line=first)
        raise at(here, f"the here-document {quoted(heredoc.name)} has no end", f"write a line that is {heredoc.name}")
