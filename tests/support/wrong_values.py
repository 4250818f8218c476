"""Values of the wrong kind in every place of a JSON document, one at a time: what a careless or hostile client sends."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

VALUES: tuple[Any, ...] = (
    None, True, -1, 1.5, 1 << 40, 1 << 200, "", "a\nb", "a\0b", "\ud800", "../../x", "9" * 5000, [], [None], [[]], ["x"], {}, {"x": {"y": []}},
)  # fmt: skip
KEYS = ("", "a\nb", "a\0b", "\ud800", "9" * 5000 + "/tcp")


def wrong(document: Any) -> Iterator[tuple[str, Any]]:
    """Yield (where and what, the document with one value or one key replaced)."""
    for place in _places(document):
        for value in VALUES:
            yield f"{'.'.join(map(str, place))} = {value!r}"[:200], _with_value(document, place, value)
        if place and isinstance(place[-1], str):
            for key in KEYS:
                yield f"{'.'.join(map(str, place))} called {key!r}"[:200], _with_key(document, place, key)


def _places(document: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if above:
        yield above
    keys = document if isinstance(document, dict) else range(len(document)) if isinstance(document, list) else ()
    for key in keys:
        yield from _places(document[key], (*above, key))


def _with_value(document: Any, place: tuple[Any, ...], value: Any) -> Any:
    if not place:
        return value
    pairs = document.items() if isinstance(document, dict) else enumerate(document)
    changed = {key: _with_value(each, place[1:], value) if key == place[0] else each for key, each in pairs}
    return changed if isinstance(document, dict) else list(changed.values())


def _with_key(document: Any, place: tuple[Any, ...], key: str) -> Any:
    if len(place) == 1:
        return {key if name == place[0] else name: value for name, value in document.items()}
    return _with_value(document, place[:1], _with_key(document[place[0]], place[1:], key))
