"""Facts that are expensive to find and change rarely: cached as JSON below the run root, with a key that changes when they may."""

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
    """Return the JSON value stored under `name` with the same `key` during this boot, else compute and store it."""
    path = f"{paths.cache}/{name}.json"
    text = read_text(path)
    key_text = format_json(list(key))
    if text:
        try:
            stored = parse_json(text)
            if stored["key"] == key_text:
                return stored["value"]
        except (Corrupt, KeyError, TypeError):
            pass
    value = compute()
    if os.path.isdir(paths.cache):
        write_atomic(path, format_json({"key": key_text, "value": value}), sync=False)
    return value


def file_key(paths: Sequence[str]) -> list[object]:
    """Return a key that changes when one of the files does: path, modification time and size of each that exists."""
    key: list[object] = []
    for path in paths:
        try:
            status = os.stat(path)
        except OSError:
            continue
        key += [path, status.st_mtime_ns, status.st_size]
    return key
