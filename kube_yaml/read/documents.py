"""YAML (or JSON) into documents with a line for every field, read as Kubernetes reads it, and bounded in size, depth and aliases.

Kubernetes converts YAML into JSON first: keys are strings, dates remain strings, booleans are true and false (and YAML 1.1's yes,
no, on, off), numbers may be octal (0644, 0o644), !!binary is the text that it encodes. What the API takes as not said (null, "", 0) is
left out by the tables of schema/. PyYAML's C parser yields events; `_Builder` makes the values, because PyYAML's own
constructors lose the lines and follow aliases without a limit.
"""

from __future__ import annotations

from binascii import a2b_base64  # base64 takes 5 ms to import

from kube_yaml.read.libyaml import CParser, YAMLError, events
from kube_yaml.schema.unsaid import only_said
from pycman.errors import InvalidInput
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_LONGEST_BYTES = 10 << 20
_MOST_NODES = 1_000_000
_DEEPEST = 100
_WHOLE = 1e21
"""Below this a number without a fraction is written without one in JSON (encoding/json), so 1e3 and 1.0 are whole numbers."""
_TRUE = frozenset(("true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"))
_FALSE = frozenset(("false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"))
_BINARY = "tag:yaml.org,2002:binary"
_NULL = frozenset(("", "~", "null", "Null", "NULL"))

Path = tuple[str | int, ...]


class Document(Record):
    """One object: `value` is its JSON without what is not said, `lines` the line (from 1) of each field by path, `number` its position (from 1) in the file.

    `api_version`, `kind` and `name` are "" where the document has none, `namespace` is then "default".
    """

    file: str
    number: int
    api_version: str
    kind: str
    name: str
    namespace: str
    value: dict[str, Any]
    lines: dict[Path, int]

    def line(self, path: Path) -> int:
        """Return the line of a field, or of the nearest field around it that exists; 0 if there is none."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 0)


def read_documents(text: str | bytes, *, file: str) -> list[Document]:
    """Return the documents of a file, without empty ones; each item of a List is a document. Raises InvalidInput with the line."""
    content = text if isinstance(text, bytes) else text.encode(errors="surrogatepass")
    if len(content) > _LONGEST_BYTES:
        raise InvalidInput(f"the file is larger than {_LONGEST_BYTES >> 20} MiB", subject=file)
    documents: list[Document] = []
    try:
        builder = _Builder(CParser(content), file)
        number = 0
        while True:
            next_document = builder.next_document()
            if next_document is None:
                return documents
            number += 1
            value, lines = next_document
            if value is not None:
                documents += _documents_of(value, lines, file, number)
    except YAMLError as error:
        raise _invalid(error, content, file) from error


def read_value(text: bytes, *, file: str) -> Any:
    """Return the first document of a file that is no Kubernetes object, such as a compose file. Raises InvalidInput with the line."""
    try:
        found = _Builder(CParser(text), file).next_document()
    except YAMLError as error:
        raise _invalid(error, text, file) from error
    return None if found is None else found[0]


def _invalid(error: Any, content: bytes, file: str) -> InvalidInput:
    """Return the error for what libyaml says, with its line: of a mark, or of the position of bytes that are no characters of YAML."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    line = mark.line + 1 if mark else content.count(b"\n", 0, getattr(error, "position", 0)) + 1
    problem = getattr(error, "problem", "") or getattr(error, "reason", "") or getattr(error, "context", "")
    return InvalidInput(f"not valid YAML: {problem or error}", subject=f"{file}:{line}")


def _documents_of(value: Any, lines: dict[Path, int], file: str, number: int) -> list[Document]:
    where = f"{file}:{lines.get((), 1)}"
    if not isinstance(value, dict):
        raise InvalidInput("a document must be a mapping with apiVersion and kind", subject=where)
    kind = value.get("kind")
    if isinstance(kind, str) and kind.endswith("List") and isinstance(value.get("items", ""), (list, type(None))):
        documents = []
        for position, item in enumerate(value["items"] or ()):
            prefix: Path = ("items", position)
            own = {path[2:]: line for path, line in lines.items() if path[:2] == prefix}
            if isinstance(item, dict) and kind != "List":
                item.setdefault("kind", kind.removesuffix("List"))
                item.setdefault("apiVersion", value.get("apiVersion"))
            documents += _documents_of(item, own, file, number)
        return documents
    metadata = value.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    return [
        Document(
            file=file,
            number=number,
            api_version=_string_or_empty(value.get("apiVersion")),
            kind=_string_or_empty(kind),
            name=_string_or_empty(metadata.get("name")),
            namespace=_string_or_empty(metadata.get("namespace")) or "default",
            value=only_said(value, _string_or_empty(kind)),
            lines=lines,
        )
    ]


def _string_or_empty(value: Any) -> str:
    return value if isinstance(value, str) else ""


class _Builder:
    """Builds values from the parser's events, and records the line of every field."""

    def __init__(self, parser: Any, file: str) -> None:
        self._parser = parser
        self._file = file
        self._count = 0
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._lines: dict[Path, int] = {}

    def next_document(self) -> tuple[Any, dict[Path, int]] | None:
        """Return the next document's value and lines; None after the last."""
        event = self._parser.get_event()
        while not isinstance(event, events.DocumentStartEvent):
            if event is None or isinstance(event, events.StreamEndEvent):
                return None
            event = self._parser.get_event()
        self._lines = {}
        self._anchors = {}
        value, _ = self._node(self._parser.get_event(), ())
        self._parser.get_event()  # DocumentEndEvent
        return value, self._lines

    def _fail(self, problem: str, event: Any) -> InvalidInput:
        return InvalidInput(problem, subject=f"{self._file}:{_line(event)}")

    def _node(self, event: Any, path: Path) -> tuple[Any, int]:
        """Return a node's value, and its number of nodes with every alias expanded. `event` is the node's first."""
        self._lines.setdefault(path, _line(event))
        if len(path) > _DEEPEST:
            raise self._fail(f"the document is nested more than {_DEEPEST} levels deep", event)
        if isinstance(event, events.AliasEvent):
            if event.anchor not in self._anchors:
                raise self._fail(f"the alias *{event.anchor} has no anchor before it", event)
            value, size = self._anchors[event.anchor]
            self._add(size, event)
            return value, size
        before = self._count
        self._add(1, event)
        if isinstance(event, events.ScalarEvent):
            value = _decoded(event, self._fail) if event.tag == _BINARY else _scalar(event)
        elif isinstance(event, events.SequenceStartEvent):
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
            raise self._fail(f"the document has more than {_MOST_NODES} values with its aliases expanded", event)

    def _sequence(self, path: Path) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := self._parser.get_event(), events.SequenceEndEvent):
            items.append(self._node(event, (*path, len(items)))[0])
        return items

    def _mapping(self, path: Path) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        merged: list[dict[str, Any]] = []
        lines: dict[str, int] = {}
        while not isinstance(event := self._parser.get_event(), events.MappingEndEvent):
            if not isinstance(event, events.ScalarEvent):
                raise self._fail("a key must be a string", event)
            key, line = event.value, _line(event)
            if key == "<<" and event.implicit[0]:
                value, _ = self._node(self._parser.get_event(), path)
                merged += value if isinstance(value, list) else [value]
                continue
            if key in lines:
                raise self._fail(f"the key {key} is defined twice (first in line {lines[key]})", event)
            lines[key] = self._lines[(*path, key)] = line
            fields[key] = self._node(self._parser.get_event(), (*path, key))[0]
        for mapping in merged:
            if not isinstance(mapping, dict):
                raise InvalidInput(
                    "only mappings can be merged with <<", subject=f"{self._file}:{self._lines.get(path, 1)}"
                )
            fields = {**mapping, **fields}
        return fields


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def _scalar(event: Any) -> Any:
    """Return a scalar's value: a string if it is quoted or tagged !!str, else what YAML 1.1 reads the plain scalar as."""
    text = event.value
    tag = event.tag or ""
    if tag == "tag:yaml.org,2002:str" or event.style in ("'", '"', "|", ">"):
        return text
    if text in _NULL:
        return None
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    return _number(text)


def _decoded(event: Any, fail: Callable[[str, Any], InvalidInput]) -> str:
    """Return the text of a !!binary scalar. Raises InvalidInput: JSON, which Kubernetes makes of YAML, has no other bytes."""
    try:
        return a2b_base64("".join(event.value.split()), strict_mode=True).decode()
    except UnicodeDecodeError:
        raise fail(
            "!!binary is not text; write the base64 into binaryData, or data of a Secret, without !!binary", event
        ) from None
    except ValueError:  # binascii.Error, and letters that are not ASCII
        raise fail("!!binary is not base64", event) from None


def _number(text: str) -> Any:
    """Return an int or float if a plain scalar is one, else the text itself."""
    bare = text[1:] if text[:1] in ("+", "-") else text
    sign = -1 if text.startswith("-") else 1
    if not bare or not (bare[0].isdecimal() or bare[0] == "."):
        return float("inf") if bare.lower() == ".inf" else text
    digits = bare.replace("_", "") if "__" not in bare and not bare.endswith("_") else bare
    for prefix, base in (("0x", 16), ("0o", 8), ("0b", 2)):
        if digits.lower().startswith(prefix):
            return _whole(digits[2:], base, sign, text)
    if digits.isascii() and digits.isdecimal():
        octal = len(digits) > 1 and digits[0] == "0"
        return _whole(digits, 8 if octal else 10, sign, text)
    if digits.isascii() and set(digits) <= set("0123456789.eE+-") and digits.count(".") <= 1:
        try:
            number = sign * float(digits)
        except ValueError:
            return text
        return int(number) if abs(number) < _WHOLE and number == int(number) else number
    return text


def _whole(digits: str, base: int, sign: int, text: str) -> Any:
    try:
        return sign * int(digits, base)
    except ValueError:
        return text


def is_plain_string(text: str) -> bool:
    """Say whether `text`, written without quotes, is read as the string itself (not as null, a boolean or a number)."""
    return text not in _NULL | _TRUE | _FALSE and isinstance(_number(text), str)
