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


_files_read: dict[str, tuple[tuple[int, int, int], dict[str, Any]]] = {}
"""What a process that lives long has read, by path: a server asks again and again."""


def cached(
    paths: Paths,
    name: str,
    key: Sequence[object],
    compute: Callable[[], Any],
    *,
    lasts: Callable[[Any], bool] = lambda _value: True,
) -> Any:
    """Return the JSON value stored under `name` with the same `key` during this boot, else compute and store it.

    A value that does not last, as `lasts` says, is not stored: the next command computes it again.
    """
    path = f"{paths.cache}/{name}.json"
    stored = _read(path)
    key_text = format_json(list(key))
    if stored.get("key") == key_text and "value" in stored:
        return stored["value"]
    value = compute()
    if lasts(value) and os.path.isdir(paths.cache):
        write_atomic(path, format_json({"key": key_text, "value": value}), sync=False)
    return value


def _read(path: str) -> dict[str, Any]:
    """Return the object in a file, as read before by this process if the file is still the same; {} if it has none."""
    try:
        status = os.stat(path)
    except OSError:
        return {}
    identity = (status.st_ino, status.st_mtime_ns, status.st_size)
    known = _files_read.get(path)
    if known is not None and known[0] == identity:
        return known[1]
    try:
        found = parse_json(read_text(path))
    except Corrupt:
        return {}
    stored = found if isinstance(found, dict) else {}
    _files_read[path] = (identity, stored)
    return stored


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
