"""Facts that are dear to find and change rarely: kept as JSON below the run root, under a key that tells them stale."""

from __future__ import annotations

import os

from pycman.errors import Corrupt
from pycman.jsontext import format_json, parse_json
from pycman.linux.files import read_text, write_atomic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from pycman.state.paths import Paths


def cached(paths: Paths, name: str, key: Sequence[object], compute: Callable[[], Any]) -> Any:
    """Return the JSON value computed under the same `key` in this boot, else compute and keep it."""
    path = f"{paths.cache}/{name}.json"
    text = read_text(path)
    wanted = format_json(list(key))
    if text:
        try:
            stored = parse_json(text)
            if stored["key"] == wanted:
                return stored["value"]
        except (Corrupt, KeyError, TypeError):
            pass
    value = compute()
    if os.path.isdir(paths.cache):
        write_atomic(path, format_json({"key": wanted, "value": value}), sync=False)
    return value


def file_key(paths: Sequence[str]) -> list[object]:
    """Return a key that changes when one of the files does: name, size and time of each that exists."""
    key: list[object] = []
    for path in paths:
        try:
            found = os.stat(path)
        except OSError:
            continue
        key += [path, found.st_mtime_ns, found.st_size]
    return key
