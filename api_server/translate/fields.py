"""Reading the fields of a JSON object: types are checked, and what is left over is refused by name. Pure."""

from __future__ import annotations

from pycman.errors import InvalidInput, Unsupported

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

_KINDS: dict[str, type | tuple[type, ...]] = {
    "text": str, "number": int, "switch": bool, "list": (list, tuple), "object": dict,
}  # fmt: skip
_ZEROS: dict[str, Any] = {"text": "", "number": 0, "switch": False, "list": [], "object": {}}


class Fields:
    """An object of a body, `place` for errors ("HostConfig"). Names are matched as Go does it, whatever their case."""

    def __init__(self, values: object, place: str = "") -> None:
        if values is not None and not isinstance(values, dict):
            raise InvalidInput("not a JSON object", subject=place or "body")
        self._values: Mapping[str, Any] = values or {}
        self._names = {name.lower(): name for name in self._values}
        self._place = place
        self._read: set[str] = set()

    def _get(self, name: str, kind: str) -> Any:
        self._read.add(name.lower())
        value = self._values.get(self._names.get(name.lower(), name))
        if value is None:
            return _ZEROS[kind]
        if not isinstance(value, _KINDS[kind]) or (kind == "number" and isinstance(value, bool)):
            raise InvalidInput(f"it is not a {kind}", subject=self.path(name))
        return value

    def path(self, name: str) -> str:
        """Return the name of a field with that of its object."""
        return f"{self._place}.{name}" if self._place else name

    def given(self, name: str) -> bool:
        """Say whether a field is there and not null."""
        return self._values.get(self._names.get(name.lower(), name)) is not None

    def raw(self, name: str) -> Any:
        """Return a field of any type, None if it is not there."""
        self._read.add(name.lower())
        return self._values.get(self._names.get(name.lower(), name))

    def text(self, name: str) -> str:
        """Return a text, "" for none. Raises InvalidInput."""
        return str(self._get(name, "text"))

    def absolute_path(self, name: str, *, besides: tuple[str, ...] = ()) -> str:
        """Return an absolute path of the host, "" for none, or one of the words `besides`. Raises InvalidInput: a server is not in
        its client's directory.
        """
        path = self.text(name)
        if path and not path.startswith("/") and path not in besides:
            hint = f"use a path that begins with /, {' or '.join(besides)}" if besides else "begin it with /"
            raise InvalidInput("not an absolute path", subject=f"{self.path(name)} {path[:80]}", hint=hint)
        return path

    def number(self, name: str) -> int:
        """Return a whole number of 64 bits, 0 for none. Raises InvalidInput."""
        number = int(self._get(name, "number"))
        if not -(1 << 63) <= number < 1 << 64:
            raise InvalidInput("it is too large a number", subject=self.path(name))
        return number

    def switch(self, name: str) -> bool:
        """Return a boolean, False for none. Raises InvalidInput."""
        return bool(self._get(name, "switch"))

    def maybe(self, name: str) -> bool | None:
        """Return a boolean, None for none. Raises InvalidInput."""
        return self.switch(name) if self.given(name) else self.raw(name)

    def entries(self, name: str) -> list[Any]:
        """Return a list, [] for none. Raises InvalidInput."""
        return list(self._get(name, "list"))

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of texts. Raises InvalidInput."""
        values = self.entries(name)
        if not all(isinstance(value, str) for value in values):
            raise InvalidInput("it is not a list of texts", subject=self.path(name))
        return tuple(values)

    def pairs(self, name: str) -> dict[str, str]:
        """Return an object of texts. Raises InvalidInput."""
        values = self.mapping(name)
        if not all(isinstance(value, str) for value in values.values()):
            raise InvalidInput("it is not an object of texts", subject=self.path(name))
        return values

    def mapping(self, name: str) -> dict[str, Any]:
        """Return an object. Raises InvalidInput."""
        return dict(self._get(name, "object"))

    def words(self, name: str) -> tuple[str, ...] | None:
        """Return a list of texts, or one text as such a list; None if it is null. Raises InvalidInput."""
        value = self.raw(name)
        if value is None:
            return None
        return (value,) if isinstance(value, str) else self.texts(name)

    def below(self, name: str) -> Fields:
        """Return an object with fields of its own. Raises InvalidInput."""
        return Fields(self.raw(name), self.path(name))

    def ignore(self, names: Iterable[str]) -> None:
        """Take fields that mean nothing here, whatever they say."""
        self._read |= {name.lower() for name in names}

    def unread(self) -> list[tuple[str, Any]]:
        """Return the names that nobody has read, with what they say."""
        return [(name, value) for name, value in self._values.items() if name.lower() not in self._read]

    def finish(self) -> None:
        """Raise Unsupported for a field that nobody has read and that says something."""
        for name, value in self.unread():
            if value not in (None, "", 0, False, [], {}):
                raise Unsupported("this field is not supported", subject=self.path(name), hint="leave it out")
