"""Map the name of a tar entry to its target path or whiteout (OCI image-spec v1.1, layer.md, "Whiteouts"). Pure."""

from __future__ import annotations

from pycman.errors import Corrupt
from pycman.record import Record

_PREFIX = ".wh."
_OPAQUE = ".wh..wh..opq"
_META = ".wh..wh."


class Place(Record):
    """The entry is made as `name` in the directory `parent` ("" is the top)."""

    parent: str
    name: str


class Whiteout(Record):
    """`name` in `parent` is hidden from the layers below."""

    parent: str
    name: str


class Opaque(Record):
    """All content of `parent` in the layers below is hidden."""

    parent: str


class Skip(Record):
    """The entry is ignored, for the reason `why`. (The top directory's own entry is a Place with name "".)"""

    why: str


def place(name: str, *, whiteouts: bool) -> Place | Whiteout | Opaque | Skip:
    """Return where an entry called `name` is made, relative to the top, or what it hides. Raises Corrupt for a name that
    leads out of the top or contains NUL.
    """
    parts = split(name)
    if not parts:
        return Place(parent="", name="")
    last = parts.pop()
    parent = "/".join(parts)
    if not whiteouts or _PREFIX not in name:
        return Place(parent=parent, name=last)
    if any(part.startswith(_PREFIX) for part in parts):
        return Skip(why="it lies below a whiteout")
    if not last.startswith(_PREFIX):
        return Place(parent=parent, name=last)
    if last == _OPAQUE:
        return Opaque(parent=parent)
    if last.startswith(_META):
        return Skip(why="an AUFS bookkeeping entry")
    hidden = last[len(_PREFIX) :]
    if hidden in ("", ".", ".."):
        raise Corrupt("a whiteout of nothing", subject=name)
    return Whiteout(parent=parent, name=hidden)


def split(name: str) -> list[str]:
    """Return the parts of an entry's name, without leading "/" and "./". Raises Corrupt for ".." above the top."""
    if "\0" in name:
        raise Corrupt("a name with a NUL byte", subject=name.replace("\0", "\\0"))
    parts: list[str] = []
    for part in name.split("/"):
        if part == "..":
            if not parts:
                raise Corrupt("the entry would land outside of its layer", subject=name, hint="do not use this image")
            parts.pop()
        elif part and part != ".":
            parts.append(part)
    return parts
