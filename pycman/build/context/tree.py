"""A directory to copy from, held by a descriptor: find what a source of COPY means, and walk it. No path leaves it."""

from __future__ import annotations

import os
import posixpath
import stat

from pycman.build.context.wildcards import compile_name, has_wildcard
from pycman.build.ignore.rules import NOT_MATCHED
from pycman.errors import Unsupported
from pycman.linux.files import descriptor_path
from pycman.linux.syscalls import openat2
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pycman.build.ignore.rules import IgnoreRules


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
        rules: IgnoreRules | None = None,
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
        kept = min(_choice(self.rules, name, self._state_of(name), is_directory) for name in {written, path})
        if not kept or (kept == _MAYBE and next(self.walk(path), None) is None):
            return None
        return Match(written=written, path=path, status=status)

    def _state_of(self, path: str) -> int:
        """Return the state (`IgnoreRules.enter`) of a path, with all directories above it looked at."""
        state = NOT_MATCHED
        if self.rules is None or not path:
            return state
        end = path.find("/")
        while end >= 0:
            state = self.rules.enter(path[:end], state)
            end = path.find("/", end + 1)
        return self.rules.enter(path, state)

    def _path_of(self, descriptor: int) -> str:
        """Return where an open file of this tree is, relative to the top."""
        base = os.readlink(descriptor_path(self.top))
        return os.readlink(descriptor_path(descriptor))[len(base.rstrip("/")) :].lstrip("/")

    def walk(self, path: str, also: IgnoreRules | None = None) -> Iterator[Found]:
        """Yield what is below the directory `path`, sorted, without what the ignore file and the rules `also` leave out.

        `also` gets paths relative to the walk's top. An excluded directory comes only if something in it is taken.
        Raises Unsupported for a tree that is too deep.
        """
        directory = openat2(self.top, path or ".", _DIRECTORY)
        try:
            yield from self._below(directory, path, "", also, (self._state_of(path), NOT_MATCHED))
        finally:
            os.close(directory)

    def _below(
        self, directory: int, full: str, relative: str, also: IgnoreRules | None, above: tuple[int, int]
    ) -> Iterator[Found]:
        if relative.count("/") > _DEEPEST:
            raise Unsupported(f"more than {_DEEPEST} nested directories", subject=full[:80] + "…")
        with os.scandir(directory) as entries:
            names = sorted((entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries)
        for name, is_directory in names:
            here = f"{full}/{name}" if full else name
            inner = f"{relative}/{name}" if relative else name
            states = (
                NOT_MATCHED if self.rules is None else self.rules.enter(here, above[0]),
                NOT_MATCHED if also is None else also.enter(inner, above[1]),
            )
            kept = min(
                _choice(self.rules, here, states[0], is_directory), _choice(also, inner, states[1], is_directory)
            )
            if not kept:
                continue
            if not is_directory:
                yield Found(path=inner, name=name, directory=directory, status=os.lstat(name, dir_fd=directory))
                continue
            below = os.open(name, _DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=directory)
            try:
                found = Found(path=inner, name=name, directory=directory, status=os.fstat(below))
                content = self._below(below, here, inner, also, states)
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


def _choice(rules: IgnoreRules | None, path: str, state: int, is_directory: bool) -> int:
    """Return 0 for a path that is left out, 1 for a directory of which something may be taken, else 2."""
    if rules is None or not path or not rules.is_excluded(state):
        return _TAKEN
    return _MAYBE if is_directory and not rules.prunes(path, state) else 0


def clean(source: str) -> str:
    """Return a source as a path relative to its tree: ".." does not lead above the top (Dockerfile reference, COPY)."""
    return posixpath.normpath("/" + source).lstrip("/")


def open_directory_tree(path: str, label: str, **options: object) -> SourceTree:
    """Open the directory `path` of the host, following links in its own name only. Raises OSError."""
    top = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    return SourceTree(top, label, path=path, **options)  # type: ignore[arg-type]
