"""Paths that somebody else chose, relative to a directory that they must not leave. Pure."""

from __future__ import annotations

from pycman.errors import InvalidInput

_PATH_BYTES, _NAME_BYTES = 4095, 255
"""PATH_MAX without its NUL, and NAME_MAX (limits.h)."""


def relative_path_fault(path: str) -> str:
    """Return what is wrong with `path` as the name of a file below a directory; "" if nothing is."""
    parts = path.split("/")
    if not path or "\0" in path:
        return "it is empty" if not path else "it has a NUL in it"
    if path.startswith("/") or ".." in parts:
        return "it leads out of the directory"
    if "" in parts or "." in parts:
        return "it has an empty part"
    try:
        encoded = path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # an escape of JSON that is half a character
        return "it is no text"
    if len(encoded) > _PATH_BYTES or any(len(part) > _NAME_BYTES for part in encoded.split(b"/")):
        return "it is too long"
    return ""


def clean_relative_path(path: str) -> str:
    """Return `path` without its "." and empty parts, checked. Raises InvalidInput."""
    start = "/" if path.startswith("/") else ""
    return check_relative_path(start + "/".join(part for part in path.split("/") if part not in ("", ".")))


def check_relative_path(path: str) -> str:
    """Return `path` if it names a file below a directory. Raises InvalidInput."""
    fault = relative_path_fault(path)
    if fault:
        raise InvalidInput(f"{fault}, so no file is written there", subject=repr(path)[:120])
    return path
