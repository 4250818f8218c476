"""COPY and ADD: find the sources, name their content for the cache, and copy them over the stage's layers.

sources ──▶ parts (tree.py, parts.py) ──digests──▶ key of the step ──not found──▶ mounted root ──▶ new layer
"""

from __future__ import annotations

import errno
import os
import posixpath
import stat
import time

from pycman.build.context.tree import clean
from pycman.build.execute.parts import ArchivePart, HeredocPart, TreePart, is_archive
from pycman.build.ignore.rules import rules_of
from pycman.build.plan.sources import kind_of
from pycman.errors import InvalidInput, NotFound, from_os_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pycman.build.context.tree import Match, SourceTree
    from pycman.build.execute.copy_files import FileCopy
    from pycman.build.execute.new_layer import NewLayer
    from pycman.build.execute.parts import Part
    from pycman.build.execute.trees import Trees
    from pycman.build.ignore.rules import IgnoreRules
    from pycman.build.options import BuildOptions
    from pycman.build.plan.values import CopyStep
    from pycman.build.stack import Stack, StageState
    from pycman.state.leases import Lease
    from pycman.state.session import Session


class CopyWork:
    """One COPY or ADD with its sources found. `digests` name their content for the step's key."""

    def __init__(self, step: CopyStep, parts: Sequence[tuple[Part, str]]) -> None:
        """`parts` are what is copied, each with its directory below the target (--parents), mostly ""."""
        self._step = step
        self._parts = parts

    def digests(self) -> Mapping[str, str]:
        """Return a digest for each part, with the name that it gets in the target. Raises OSError."""
        found = {}
        for number, (part, below) in enumerate(self._parts):
            digest = part.digest()
            if digest:
                found[f"source:{number}"] = f"{below}/{part.name if not part.is_directory else ''} {digest}"
        return found

    def carry_out(self, session: Session, leased: Lease, stack: Stack, options: BuildOptions) -> NewLayer:
        """Copy everything and store the layer. Raises InvalidInput, NotFound (user), NoSpace, Corrupt (archive)."""
        from pycman.build.execute.copy_files import (
            FileCopy,  # this and what follows: only for steps that are not cached
        )
        from pycman.build.execute.modes import parse_mode  # the same
        from pycman.build.execute.new_layer import store_upper  # the same
        from pycman.build.execute.owner import owner_of  # the same
        from pycman.build.execute.root import open_root, writable_root  # the same

        latest_ns = None if options.timestamp_s is None else options.timestamp_s * 10**9
        with writable_root(session, stack) as root:
            top = open_root(root)
            try:
                owner = owner_of(root.path, self._step.chown)
                mode = parse_mode(self._step.chmod) if self._step.chmod else None
                copy = FileCopy(top, owner=owner, mode=mode)
                try:
                    self._write(copy)
                finally:
                    copy.close()
            except OSError as error:
                if error.errno == errno.EINVAL and self._step.chown:
                    raise InvalidInput(
                        "its owner is not among this user's ids",
                        subject=f"--chown={self._step.chown}",
                        hint="give the user more ids in /etc/subuid and /etc/subgid",
                    ) from error
                raise from_os_error(error, subject=self._step.target, doing="cannot copy") from error
            finally:
                os.close(top)
            root.unmount()
            return store_upper(session, leased, stack, root.upper, latest_ns=latest_ns)

    def _write(self, copy: FileCopy) -> None:
        step = self._step
        target = posixpath.normpath(step.target).lstrip("/")
        target = "" if target == "." else target
        into = step.target.endswith("/") or step.parents or copy.is_directory(target)
        files = [part for part, _ in self._parts if not part.is_directory]
        if not into and files and len(self._parts) > 1:
            raise InvalidInput("several sources need a directory as target", subject=step.target, hint="end it with /")
        for part, below in self._parts:
            directory = "/".join(filter(None, (target, below)))
            if part.is_directory:
                part.write(copy, directory)
            else:
                part.write(copy, "/".join(filter(None, (directory, part.name))) if into else target)


def find_sources(
    session: Session, step: CopyStep, trees: Trees, options: BuildOptions, states: Mapping[int, StageState]
) -> CopyWork:
    """Return what a COPY or an ADD copies. Raises NotFound for a source that nothing bears.

    `states` are the stages that are built already, by number.
    """
    also = rules_of(step.exclude) if step.exclude else None
    time_ns = options.timestamp_s * 10**9 if options.timestamp_s is not None else time.time_ns()
    parts: list[tuple[Part, str]] = [(HeredocPart(file, time_ns), "") for file in step.files]
    for source in step.sources:
        if step.is_add and kind_of(source) != "path":
            parts.append((trees.remote(step, source), ""))
            continue
        parts += _tree_parts(session, step, trees.tree(step.origin, states), source, also)
    return CopyWork(step, parts)


def _tree_parts(
    session: Session, step: CopyStep, tree: SourceTree, source: str, also: IgnoreRules | None
) -> list[tuple[Part, str]]:
    pivot, has_pivot, rest = source.partition("/./")
    matches = tree.matches(f"{pivot}/{rest}" if has_pivot else source)
    if also is not None:
        matches = [match for match in matches if not match.written or not _is_left_out(also, match)]
    if not matches:
        raise _no_source(tree, source)
    unpacks = step.is_add and step.unpack is not False
    parts: list[tuple[Part, str]] = []
    for match in matches:
        below = _parent_directories(match, pivot if has_pivot else "") if step.parents else ""
        if unpacks and is_archive(tree, match):
            parts.append((ArchivePart(session, tree, match), below))
        else:
            part = TreePart(session, tree, match, also, step.exclude)
            parts.append((part, f"{below}/{part.name}".strip("/") if step.parents and part.is_directory else below))
    return parts


def _is_left_out(also: IgnoreRules, match: Match) -> bool:
    return not stat.S_ISDIR(match.status.st_mode) and also.excludes(match.written.rpartition("/")[2])


def _parent_directories(match: Match, pivot: str) -> str:
    """Return the directories that --parents makes below the target: those of the source, from its "./" on."""
    above = match.written.rpartition("/")[0]
    base = clean(pivot) if pivot else ""
    return above.removeprefix(base).lstrip("/") if base and (above == base or above.startswith(f"{base}/")) else above


def _no_source(tree: SourceTree, source: str) -> NotFound:
    why = f"no such file in {tree.label}"
    if tree.is_excluded(source):
        return NotFound(f"{why}, {tree.rules_name} excludes it", subject=source)
    return NotFound(why, subject=source)
