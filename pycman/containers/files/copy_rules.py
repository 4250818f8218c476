"""Choose where `cp` copies to: docker's rules about SRC/., trailing slashes and an existing destination. Pure.

source      destination         result
file        does not exist      a file of that name (an error if it ends in "/")
file        file                the file is overwritten
file        directory           a file in it, with the source's name
directory   does not exist      a directory of that name, with the source's content
directory   file                an error
directory   directory           a directory in it, with the source's name; for SRC/. only the source's content
"""

from __future__ import annotations

from pycman.errors import InvalidInput, NotFound, Unsupported
from pycman.record import Record

MISSING = "missing"
DIRECTORY = "directory"
FILE = "file"
"""Anything but a directory."""


_DEEPEST = 256
"""Levels of directories: more than a real tree has, and few enough for the interpreter's stack."""


def refuse_too_deep(path: str) -> None:
    """Raise Unsupported for a directory that is nested too deeply to be copied."""
    if path.count("/") > _DEEPEST:
        raise Unsupported(f"more than {_DEEPEST} nested directories", subject=path[:80] + "…")


class CopyPath(Record):
    """A path as given: `path` is absolute and without ".."; `name` its last part ("" for the root).

    `contents`: it ended in "/." (or is the root), so only its content is meant. `must_be_directory`: it ended in "/".
    """

    path: str
    name: str
    contents: bool = False
    must_be_directory: bool = False

    @property
    def parent(self) -> str:
        """Return the parent directory."""
        return self.path[: len(self.path) - len(self.name)].rstrip("/") or "/"


class CopyTarget(Record):
    """Copy into the directory `directory`, as `name`; "" means that only the source's content is copied."""

    directory: str
    name: str


def parse_copy_path(text: str) -> CopyPath:
    """Parse a path in a container; relative ones begin at its root. Raises InvalidInput for an empty one."""
    if not text or "\0" in text:
        raise InvalidInput("a path must not be empty", subject=text.replace("\0", "\\0") or '""')
    parts: list[str] = []
    for part in text.split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part not in ("", "."):
            parts.append(part)
    last = text.rsplit("/", 1)[-1]
    name = parts[-1] if parts else ""
    return CopyPath(
        path="/" + "/".join(parts),
        name=name,
        contents=last == "." or not parts,
        must_be_directory=last in ("", ".", ".."),
    )


def choose_target(
    source: CopyPath, source_kind: str, destination: CopyPath, destination_kind: str, *, parent_exists: bool = True
) -> CopyTarget:
    """Return where the source is copied to. Kinds are MISSING, DIRECTORY or FILE, after following links at the destination.

    Raises NotFound (source, or the destination's parent), InvalidInput.
    """
    if source_kind == MISSING:
        raise NotFound("no such file or directory", subject=source.path, code="no-copy-source")
    if source_kind == FILE and source.must_be_directory:
        raise InvalidInput("it is no directory", subject=source.path, hint="leave out the slash at the end")
    if destination_kind == MISSING:
        return _to_missing(source_kind, destination, parent_exists=parent_exists)
    if destination_kind == FILE:
        if destination.must_be_directory:
            raise InvalidInput("it is no directory", subject=destination.path, hint="leave out the slash at the end")
        if source_kind == DIRECTORY:
            raise InvalidInput(
                "a directory cannot be copied over a file", subject=destination.path, code="directory-over-file"
            )
        return CopyTarget(directory=destination.parent, name=destination.name)
    if source_kind == DIRECTORY and source.contents:
        return CopyTarget(directory=destination.path, name="")
    return CopyTarget(directory=destination.path, name=source.name)


def _to_missing(source_kind: str, destination: CopyPath, *, parent_exists: bool) -> CopyTarget:
    if source_kind == FILE and destination.must_be_directory:
        raise NotFound(
            "no such directory",
            subject=destination.path,
            hint="make it first, or leave out the slash",
            code="no-copy-target",
        )
    if not parent_exists:
        raise NotFound(
            "no such directory",
            subject=destination.parent,
            hint="make it first; cp makes no parents",
            code="no-copy-target",
        )
    return CopyTarget(directory=destination.parent, name=destination.name)
