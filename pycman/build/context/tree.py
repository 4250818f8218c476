"""A directory to copy from, held by a descriptor: find what a source of COPY means, and walk it. No path leaves it."""

from __future__ import annotations

import os
import posixpath
import stat

from pycman.build.context.wildcards import compile_name, has_wildcard
from pycman.errors import Unsupported
from pycman.linux.files import descriptor_path
from pycman.linux.syscalls import openat2
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Protocol

    class Rules(Protocol):
        """What `pycman.build.ignore` gives for an ignore file."""

        def excludes(self, path: str, is_dir: bool) -> bool:
            """Say whether a path is left out."""

        def may_include_below(self, directory: str) -> bool:
            """Say whether something below an excluded directory may be taken all the same."""


_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY
_DEEPEST = 256
"""Levels of directories: more than a real tree has, and few enough for the interpreter's stack."""


class Match(Record):
    """One file or directory that a source means: `written` as the source names it, `path` where it is after links."""

    written: str
    path: str
    status: os.stat_result


class Found(Record):
    """One entry of a walk: its path relative to the walk's top, and its status. Directories come before their content."""

    path: str
    name: str
    directory: int
    status: os.stat_result


class SourceTree:
    """The tree below the descriptor `top`. `label` is what errors call it; `keeps_owner`: files keep their owners when copied."""

    def __init__(
        self,
        top: int,
        label: str,
        *,
        rules: Rules | None = None,
        rules_name: str = "",
        keeps_owner: bool = False,
        path: str = "",
    ) -> None:
        self.top = top
        self.label = label
        self.rules = rules
        self.rules_name = rules_name
        self.keeps_owner = keeps_owner
        self.path = path

    def close(self) -> None:
        """Close the descriptor."""
        os.close(self.top)

    def matches(self, source: str) -> list[Match]:
        """Return what a source of COPY or ADD means, sorted; empty if there is nothing, or it is excluded."""
        written = clean(source)
        if not has_wildcard(written):
            found = self._match(written)
            return [found] if found is not None else []
        names = [""]
        for part in written.split("/"):
            names = [f"{above}/{name}" if above else name for above in names for name in self._names(above, part)]
        return [found for found in map(self._match, sorted(names)) if found is not None]

    def is_excluded(self, source: str) -> bool:
        """Say whether a source that `matches` does not find is there, but left out by the ignore file."""
        written = clean(source)
        if self.rules is None:
            return False
        try:
            os.close(openat2(self.top, written or ".", os.O_PATH))
        except OSError:
            return False
        return True

    def _names(self, above: str, part: str) -> list[str]:
        if not has_wildcard(part):
            return [part]
        pattern = compile_name(part)
        try:
            directory = openat2(self.top, above or ".", _DIRECTORY)
        except OSError:
            return []
        try:
            return [name for name in os.listdir(directory) if pattern.fullmatch(name)]
        finally:
            os.close(directory)

    def _match(self, written: str) -> Match | None:
        try:
            exactly = openat2(self.top, written or ".", os.O_PATH)
        except OSError:
            return None
        try:
            status = os.fstat(exactly)
            path = self._path_of(exactly)
        finally:
            os.close(exactly)
        is_directory = stat.S_ISDIR(status.st_mode)
        if not all(self._is_taken(name, is_directory=is_directory) for name in {written, path}):
            return None
        return Match(written=written, path=path, status=status)

    def _path_of(self, descriptor: int) -> str:
        """Return where an open file of this tree is, relative to the top."""
        base = os.readlink(descriptor_path(self.top))
        return os.readlink(descriptor_path(descriptor))[len(base.rstrip("/")) :].lstrip("/")

    def _is_taken(self, path: str, *, is_directory: bool) -> bool:
        if self.rules is None or not path or not self.rules.excludes(path, is_directory):
            return True
        return is_directory and self.rules.may_include_below(path)

    def walk(self, path: str, also: Rules | None = None, also_below: str = "") -> Iterator[Found]:
        """Yield what is below the directory `path`, sorted, without what the ignore file and the rules `also` leave out.

        `also` gets paths relative to the walk's top, below `also_below`. An excluded directory comes only if something in
        it is taken. Raises Unsupported for a tree that is too deep.
        """
        directory = openat2(self.top, path or ".", _DIRECTORY)
        try:
            yield from self._below(directory, path, "", also, also_below, 0)
        finally:
            os.close(directory)

    def _below(
        self, directory: int, full: str, relative: str, also: Rules | None, also_below: str, depth: int
    ) -> Iterator[Found]:
        if depth > _DEEPEST:
            raise Unsupported(f"more than {_DEEPEST} nested directories", subject=full[:80] + "…")
        with os.scandir(directory) as entries:
            names = sorted((entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries)
        for name, is_directory in names:
            here = f"{full}/{name}" if full else name
            inner = f"{relative}/{name}" if relative else name
            kept = _choice(self.rules, here, is_directory)
            if also is not None and kept:
                kept = min(kept, _choice(also, f"{also_below}/{inner}" if also_below else inner, is_directory))
            if not kept:
                continue
            if not is_directory:
                yield Found(path=inner, name=name, directory=directory, status=os.lstat(name, dir_fd=directory))
                continue
            below = os.open(name, _DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=directory)
            try:
                found = Found(path=inner, name=name, directory=directory, status=os.fstat(below))
                content = self._below(below, here, inner, also, also_below, depth + 1)
                if kept == _MAYBE:
                    first = next(content, None)
                    if first is None:
                        continue
                    yield found
                    yield first
                else:
                    yield found
                yield from content
            finally:
                os.close(below)


_MAYBE, _TAKEN = 1, 2


def _choice(rules: Rules | None, path: str, is_directory: bool) -> int:
    """Return 0 for a path that is left out, 1 for a directory of which something may be taken, else 2."""
    if rules is None or not rules.excludes(path, is_directory):
        return _TAKEN
    return _MAYBE if is_directory and rules.may_include_below(path) else 0


def clean(source: str) -> str:
    """Return a source as a path relative to its tree: ".." does not lead above the top (Dockerfile reference, COPY)."""
    return posixpath.normpath("/" + source).lstrip("/")


def open_directory_tree(path: str, label: str, **options: object) -> SourceTree:
    """Open the directory `path` of the host, following links in its own name only. Raises OSError."""
    top = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    return SourceTree(top, label, path=path, **options)  # type: ignore[arg-type]
