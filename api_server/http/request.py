"""A request as a value, and what is in its query. Pure."""

from __future__ import annotations

from urllib.parse import parse_qsl, unquote

from pycman.errors import Corrupt, InvalidInput
from pycman.jsontext import parse_json
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_MOST_FIELDS = 1000
_FALSE = frozenset(("", "0", "no", "false", "none"))
"""As docker reads switches (httputils.BoolValue): everything else is true."""


class Request(Record):
    """One request. `path` is without the version, decoded; `names` are the parts of it that the route names; `query` keeps the
    order; header names are in lower case; `body` is a parsed JSON value, None for none or one that is streamed.
    """

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = {}
    names: Mapping[str, str] = {}
    version: tuple[int, int] = (1, 0)
    libpod: bool = False
    body: Any = None

    def text(self, name: str, default: str = "") -> str:
        """Return a value of the query: the first, as Go has it."""
        name = self._key(name)
        return next((value for key, value in self.query if key == name), default)

    def _key(self, name: str) -> str:
        """Return a name as it is in the query: podman reads names whatever their case, and they are kept in lower case."""
        return name.lower() if self.libpod else name

    def texts(self, name: str) -> list[str]:
        """Return all values of a name in the query."""
        name = self._key(name)
        return [value for key, value in self.query if key == name]

    def given(self, name: str) -> bool:
        """Say whether the query has a name."""
        name = self._key(name)
        return any(key == name for key, _ in self.query)

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return a switch of the query."""
        return self.text(name).strip().lower() not in _FALSE if self.given(name) else default

    def number(self, name: str, default: int = 0) -> int:
        """Return a whole number of the query, of 64 bits. Raises InvalidInput."""
        text = self.text(name)
        if not text:
            return default
        try:
            number = int(text)
        except ValueError:
            raise InvalidInput("not a whole number", subject=f"{name}={text[:40]}") from None
        if not -(1 << 63) <= number < 1 << 63:
            raise InvalidInput("it is too large a number", subject=f"{name}={text[:40]}")
        return number

    def filters(self) -> list[tuple[str, str]]:
        """Return `filters`, JSON of {KEY: [VALUE, …]} or of the older {KEY: {VALUE: true}}. Raises InvalidInput."""
        return parse_filters(self.text("filters"))

    @property
    def json(self) -> dict[str, Any]:
        """Return the body, which must be an object. Raises InvalidInput."""
        if self.body is None:
            return {}
        if not isinstance(self.body, dict):
            raise InvalidInput("not a JSON object", subject="body")
        return self.body


def parse_filters(text: str) -> list[tuple[str, str]]:
    """Return the (key, value) pairs of a `filters` parameter. Raises InvalidInput."""
    if not text:
        return []
    try:
        value = parse_json(text, subject="filters")
    except Corrupt as error:
        raise InvalidInput(error.problem, subject="filters") from error
    pairs: list[tuple[str, str]] = []
    if not isinstance(value, dict):
        raise InvalidInput('they are no JSON object of lists, as in {"label": ["a=b"]}', subject="filters")
    for key, entries in value.items():
        if isinstance(entries, str):
            entries = [entries]
        elif isinstance(entries, dict):
            entries = [name for name, wanted in entries.items() if wanted]
        if not isinstance(entries, list) or not all(isinstance(entry, (str, bool, int)) for entry in entries):
            raise InvalidInput('they are no JSON object of lists, as in {"label": ["a=b"]}', subject=f"filters: {key}")
        pairs += [(key, str(entry).lower() if isinstance(entry, bool) else str(entry)) for entry in entries]
    return pairs


def parse_target(target: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return the decoded path and the query of a request's target. Raises InvalidInput for what cannot be a path."""
    if "://" in target.partition("?")[0][:16]:  # the absolute form, as for a proxy
        target = "/" + target.partition("://")[2].partition("/")[2]
    path, _, query = target.partition("?")
    path = unquote(path, errors="surrogateescape")
    if not path.startswith("/") or "\0" in path:
        raise InvalidInput("not a path", subject=path[:80])
    try:
        pairs = parse_qsl(query.replace(";", "%3B"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise InvalidInput(f"the query has more than {_MOST_FIELDS} values", subject=path[:80]) from None
    return path, tuple(pairs)
