"""YAML (or JSON) into documents with a line for every field, read as Kubernetes reads it and bounded against bombs.

Kubernetes turns YAML into JSON first: keys are texts, dates stay texts, booleans are true and false (and YAML 1.1's yes, no,
on, off), numbers may be octal (0644, 0o644). PyYAML's C parser gives events; values are made here, because its own
constructors lose lines and follow aliases without a limit.
"""

from __future__ import annotations

import yaml

from pycman.errors import InvalidInput
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_LONGEST_BYTES = 10 << 20
_MOST_NODES = 1_000_000
_DEEPEST = 100
_TRUE = frozenset(("true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"))
_FALSE = frozenset(("false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"))
_NULL = frozenset(("", "~", "null", "Null", "NULL"))

Path = tuple[str | int, ...]


class Document(Record):
    """One object: `value` is its JSON, `lines` the line (from 1) of each field by path; `number` counts from 1 in its file."""

    file: str
    number: int
    api_version: str
    kind: str
    name: str
    namespace: str
    value: dict[str, Any]
    lines: dict[Path, int]

    def line(self, path: Path) -> int:
        """Return the line of a field, or of what would hold it; 0 if that is not known."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 0)


def read_documents(text: str | bytes, *, file: str) -> list[Document]:
    """Return the documents of a file, `List`s opened and empty ones left out. Raises InvalidInput, which names the line."""
    if len(text) > _LONGEST_BYTES:
        raise InvalidInput(f"it has more than {_LONGEST_BYTES >> 20} MiB", subject=file)
    found: list[Document] = []
    try:
        builder = _Builder(yaml.CSafeLoader(text), file)
        number = 0
        while True:
            made = builder.next_document()
            if made is None:
                return found
            number += 1
            value, lines = made
            if value is not None:
                found += _documents_of(value, lines, file, number)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{file}:{mark.line + 1}" if mark else file
        raise InvalidInput(f"it is not YAML: {error.problem or error.context}", subject=where) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InvalidInput(f"it is not YAML: {' '.join(str(error).split())}", subject=file) from error


def _documents_of(value: Any, lines: dict[Path, int], file: str, number: int) -> list[Document]:
    where = f"{file}:{lines.get((), 1)}"
    if not isinstance(value, dict):
        raise InvalidInput("a document must be a mapping with apiVersion and kind", subject=where)
    kind = value.get("kind")
    if isinstance(kind, str) and kind.endswith("List") and isinstance(value.get("items"), list):
        found = []
        for position, item in enumerate(value["items"]):
            prefix: Path = ("items", position)
            own = {path[2:]: line for path, line in lines.items() if path[:2] == prefix}
            if isinstance(item, dict) and kind != "List":
                item.setdefault("kind", kind.removesuffix("List"))
                item.setdefault("apiVersion", value.get("apiVersion"))
            found += _documents_of(item, own, file, number)
        return found
    metadata = value.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    return [
        Document(
            file=file,
            number=number,
            api_version=_text(value.get("apiVersion")),
            kind=_text(kind),
            name=_text(metadata.get("name")),
            namespace=_text(metadata.get("namespace")) or "default",
            value=value,
            lines=lines,
        )
    ]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


class _Builder:
    """Makes values of the parser's events."""

    def __init__(self, parser: Any, file: str) -> None:
        self._parser = parser
        self._file = file
        self._count = 0
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._lines: dict[Path, int] = {}

    def next_document(self) -> tuple[Any, dict[Path, int]] | None:
        """Return the next document's value and lines; None after the last."""
        event = self._parser.get_event()
        while not isinstance(event, yaml.DocumentStartEvent):
            if event is None or isinstance(event, yaml.StreamEndEvent):
                return None
            event = self._parser.get_event()
        self._lines = {}
        self._anchors = {}
        value, _ = self._node(self._parser.get_event(), ())
        self._parser.get_event()  # the document's end
        return value, self._lines

    def _fail(self, problem: str, event: Any) -> InvalidInput:
        return InvalidInput(problem, subject=f"{self._file}:{_line(event)}")

    def _node(self, event: Any, path: Path) -> tuple[Any, int]:
        """Return a node's value, and how many nodes it would be if aliases were written out."""
        self._lines.setdefault(path, _line(event))
        if len(path) > _DEEPEST:
            raise self._fail(f"it is nested more than {_DEEPEST} deep", event)
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in self._anchors:
                raise self._fail(f"the alias *{event.anchor} has no anchor before it", event)
            value, size = self._anchors[event.anchor]
            self._add(size, event)
            return value, size
        before = self._count
        self._add(1, event)
        if isinstance(event, yaml.ScalarEvent):
            value = _scalar(event)
        elif isinstance(event, yaml.SequenceStartEvent):
            value = self._sequence(path)
        else:
            value = self._mapping(path)
        size = self._count - before
        if event.anchor:
            self._anchors[event.anchor] = (value, size)
        return value, size

    def _add(self, size: int, event: Any) -> None:
        self._count += size
        if self._count > _MOST_NODES:
            raise self._fail(f"it has more than {_MOST_NODES} values, aliases written out", event)

    def _sequence(self, path: Path) -> list[Any]:
        found: list[Any] = []
        while not isinstance(event := self._parser.get_event(), yaml.SequenceEndEvent):
            found.append(self._node(event, (*path, len(found)))[0])
        return found

    def _mapping(self, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        merged: list[dict[str, Any]] = []
        lines: dict[str, int] = {}
        while not isinstance(event := self._parser.get_event(), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                raise self._fail("a key must be a text", event)
            key, line = event.value, _line(event)
            if key == "<<" and event.implicit[0]:
                value, _ = self._node(self._parser.get_event(), path)
                merged += value if isinstance(value, list) else [value]
                continue
            if key in lines:
                raise self._fail(f"the key {key} is there twice (before in line {lines[key]})", event)
            lines[key] = self._lines[(*path, key)] = line
            found[key] = self._node(self._parser.get_event(), (*path, key))[0]
        for each in merged:
            if not isinstance(each, dict):
                raise InvalidInput("only mappings can be merged", subject=f"{self._file}:{self._lines.get(path, 1)}")
            found = {**each, **found}
        return found


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def _scalar(event: Any) -> Any:
    """Return a scalar's value: quoted and tagged !!str ones are texts, others what they look like."""
    text = event.value
    tag = event.tag or ""
    if tag == "tag:yaml.org,2002:str" or (event.style in ("'", '"', "|", ">") and tag != "tag:yaml.org,2002:binary"):
        return text
    if text in _NULL:
        return None
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    return _number(text)


def _number(text: str) -> Any:
    """Return an int or float if a plain scalar is one, else the text."""
    bare = text[1:] if text[:1] in ("+", "-") else text
    sign = -1 if text.startswith("-") else 1
    if not bare or not (bare[0].isdigit() or bare[0] == "."):
        return {".inf": float("inf")}.get(bare.lower(), text) if bare.lower() == ".inf" else text
    digits = bare.replace("_", "") if "__" not in bare and not bare.endswith("_") else bare
    for prefix, base in (("0x", 16), ("0o", 8), ("0b", 2)):
        if digits.lower().startswith(prefix):
            return _whole(digits[2:], base, sign, text)
    if digits.isascii() and digits.isdigit():
        octal = len(digits) > 1 and digits[0] == "0"
        return _whole(digits, 8 if octal else 10, sign, text)
    if digits.isascii() and set(digits) <= set("0123456789.eE+-") and digits.count(".") <= 1:
        try:
            return sign * float(digits)
        except ValueError:
            return text
    return text


def _whole(digits: str, base: int, sign: int, text: str) -> Any:
    try:
        return sign * int(digits, base)
    except ValueError:
        return text


def reads_as_text(text: str) -> bool:
    """Say whether a plain scalar of these letters is read as this very text."""
    return text not in _NULL | _TRUE | _FALSE and isinstance(_number(text), str)
