"""Record: frozen, typed values that cost next to nothing to import.

Importing `dataclasses` costs 20 ms here and each class 0.7 ms more; a Record class costs 0.05 ms. mypy checks them as
it does dataclasses. Fields are keyword-only; those without a default must be given. Records compare by value, print as
Python, and go to and from JSON-shaped dictionaries (`to_dict`, `from_dict`), which leave out fields at their default.
"""

from __future__ import annotations

import sys

from pycman.errors import Corrupt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Self, dataclass_transform
else:

    def dataclass_transform(**_options: object) -> object:
        """Stand in for `typing.dataclass_transform`, which only a type checker needs."""
        return lambda cls: cls


_known: dict[str, type[Record] | None] = {}
"""Records by their name alone; None where several modules have one of that name."""
_defined: dict[tuple[str, str], type[Record]] = {}
"""Records by module and name."""
_SCALARS = frozenset(("str", "int", "bool", "float", "str | None", "int | None", "bool | None"))


@dataclass_transform(kw_only_default=True, frozen_default=True)
class Record:
    """A frozen value with the fields its annotations name.

    An annotation means a record of that name in the module of the class, else the only one of that name in the program.
    """

    _fields: tuple[str, ...] = ()
    _kinds: dict[str, str] = {}
    _readers: dict[str, Callable[[Any], Any]] = {}
    _needed: tuple[str, ...] = ()

    def __init_subclass__(cls) -> None:
        own = {name: kind for name, kind in cls.__dict__.get("__annotations__", {}).items() if name[0] != "_"}
        cls._kinds = {**cls._kinds, **own}
        cls._fields = tuple(cls._kinds)
        cls._readers = {}
        other = _known.get(cls.__name__, cls)
        _known[cls.__name__] = cls if other is not None and other.__module__ == cls.__module__ else None
        _defined[cls.__module__, cls.__name__] = cls

    def __init__(self, **values: Any) -> None:
        cls = type(self)
        if not values.keys() <= cls._kinds.keys():
            wrong = next(name for name in values if name not in cls._kinds)
            raise TypeError(f"{cls.__name__} has no field {wrong!r}")
        needed = cls.__dict__.get("_needed")
        for name in _needed_by(cls) if needed is None else needed:
            if name not in values:
                raise TypeError(f"{cls.__name__} needs {name!r}")
        self.__dict__.update(values)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen; use replace({name}=...)")

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in self._fields)

    def __hash__(self) -> int:
        return hash(tuple(getattr(self, name) for name in self._fields))

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={getattr(self, name)!r}" for name in self._fields)
        return f"{type(self).__name__}({fields})"

    def replace(self, **changes: Any) -> Self:
        """Return a copy with some fields changed."""
        return type(self)(**{**self.__dict__, **changes})

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-shaped dictionary of the fields that differ from their default."""
        cls, values = type(self), self.__dict__
        return {
            name: _plain(values[name])
            for name in cls._fields
            if name in values and (not hasattr(cls, name) or getattr(cls, name) != values[name])
        }

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """Return the record that `to_dict` described; unknown keys raise Corrupt."""
        readers = cls._readers
        try:
            return cls(**{name: (readers.get(name) or _reader_of(cls, name))(value) for name, value in values.items()})
        except (KeyError, TypeError, AttributeError) as error:
            raise Corrupt(f"a stored {cls.__name__} cannot be read: {error}") from error


def _needed_by(cls: type[Record]) -> tuple[str, ...]:
    """Return the fields of a class without a default, kept in the class at its first use."""
    cls._needed = tuple(name for name in cls._fields if not hasattr(cls, name))
    return cls._needed


def known_record(module: str, name: str) -> type[Record]:
    """Return a record class of pycman by the module that defines it. Raises Corrupt for any other name."""
    if (module, name) not in _defined and module.startswith("pycman."):
        __import__(module)  # not importlib, which imports warnings: 0.4 ms
    found = _defined.get((module, name))
    if found is None:
        raise Corrupt("no such record", subject=f"{module}.{name}")
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, Record):
        return value.to_dict()
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value


def _reader_of(cls: type[Record], name: str) -> Callable[[Any], Any]:
    """Return the function that turns a JSON value into a field of `cls`, made at its first use. Raises KeyError, TypeError."""
    found = cls._readers[name] = _make_reader(cls._kinds[name], cls)
    return found


def _make_reader(kind: str, owner: type[Record]) -> Callable[[Any], Any]:
    if kind in _SCALARS:
        return _same
    if kind.endswith(" | None"):
        inner = _make_reader(kind.removesuffix(" | None"), owner)
        return lambda value: None if value is None else inner(value)
    if kind.startswith("tuple[") and kind.endswith(", ...]"):
        item = _make_reader(kind[6:-6], owner)
        return lambda value: tuple(item(each) for each in value)
    if kind.startswith("tuple["):
        return tuple
    if kind.startswith(("dict[str, ", "Mapping[str, ")):
        item = _make_reader(kind[kind.index(", ") + 2 : -1], owner)
        return lambda value: {key: item(each) for key, each in value.items()}
    record = _record_meant(kind, owner)
    return record.from_dict if record is not None else _same


def _record_meant(name: str, owner: type[Record]) -> type[Record] | None:
    """Return the record that an annotation of `owner` names, None if it names none. Raises TypeError if several could be meant."""
    for cls in owner.__mro__:
        found = getattr(sys.modules.get(cls.__module__), name, None)
        if isinstance(found, type) and issubclass(found, Record):
            return found
    if name in _known and _known[name] is None:
        raise TypeError(f"several records are called {name}: import the one that is meant in {owner.__module__}")
    return _known.get(name)


def _same(value: Any) -> Any:
    return value
