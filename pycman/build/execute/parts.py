"""What a source of COPY or ADD turns out to be: a file or directory of a tree, a heredoc, or an archive to unpack."""

from __future__ import annotations

import os
import stat

from pycman.build.execute.stack_tree import digest_of
from pycman.linux.attributes import reopen_regular
from pycman.linux.syscalls import openat2

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Protocol

    from pycman.build.context.tree import Match, SourceTree
    from pycman.build.execute.copy_files import FileCopy
    from pycman.build.ignore.rules import IgnoreRules
    from pycman.build.plan.values import InlineFile
    from pycman.state.session import Session

    class Part(Protocol):
        """One thing to copy. `name` is the last part of its name; a directory's content is copied, not itself."""

        name: str
        is_directory: bool

        def digest(self) -> str:
            """Return the digest of what is copied."""

        def write(self, copy: FileCopy, target: str) -> None:
            """Copy it to `target`, relative to the root: for a directory or an archive, into it."""


class TreePart:
    """A file or directory of a tree."""

    def __init__(
        self,
        session: Session,
        tree: SourceTree,
        match: Match,
        also: IgnoreRules | None = None,
        exclude: Sequence[str] = (),
    ) -> None:
        """`also` are the rules of the patterns `exclude` (COPY --exclude)."""
        self._session = session
        self._tree = tree
        self._match = match
        self._also = also
        self._exclude = exclude
        self.name = match.written.rpartition("/")[2]
        self.is_directory = stat.S_ISDIR(match.status.st_mode)

    def digest(self) -> str:
        """Return the digest of what is copied."""
        return digest_of(self._session, self._tree, self._match, self._also, "\n".join(self._exclude))

    def write(self, copy: FileCopy, target: str) -> None:
        """Copy it to `target`."""
        if self.is_directory:
            copy.content(self._tree, self._match, target, self._also)
        else:
            copy.file(self._tree, self._match, target)


class HeredocPart:
    """A file whose content stands in the Dockerfile; its digest is among the inputs of the step already."""

    is_directory = False

    def __init__(self, file: InlineFile, time_ns: int) -> None:
        self._file = file
        self._time_ns = time_ns
        self.name = file.name

    def digest(self) -> str:
        """Return "": the plan has the content."""
        return ""

    def write(self, copy: FileCopy, target: str) -> None:
        """Write it to `target`."""
        content = self._file.content.encode("utf-8", "surrogateescape")
        copy.data(content, self._file.mode, target, time_ns=self._time_ns)


class ArchivePart:
    """A tar, compressed or not, that ADD unpacks. Its entries may be a stranger's: none of them leaves the target."""

    is_directory = True

    def __init__(self, session: Session, tree: SourceTree, match: Match) -> None:
        self._session = session
        self._tree = tree
        self._match = match
        self.name = match.written.rpartition("/")[2]

    def digest(self) -> str:
        """Return the digest of the archive's bytes."""
        return "unpacked " + digest_of(self._session, self._tree, self._match, None, "")

    def write(self, copy: FileCopy, target: str) -> None:
        """Unpack it into `target`. Raises Corrupt."""
        from pycman.storage.archive_io import open_decompressed  # this and what follows: only for archives
        from pycman.storage.unpack import PlainStyle, unpack_tar  # the same

        copy.make_directory(target)
        with open(open_match(self._tree, self._match), "rb") as file:
            copy.unpack(
                target,
                lambda directory, owner: unpack_tar(
                    open_decompressed(file),
                    directory,
                    style=PlainStyle(),
                    rootless=self._session.rootless,
                    keep_ids=self._session.available_ids() > 1,
                    owner=owner,
                ),
            )


def open_match(tree: SourceTree, match: Match) -> int:
    """Open a regular file of a tree for reading. Raises OSError."""
    opened = openat2(tree.top, match.path, os.O_PATH | os.O_NOFOLLOW)
    try:
        return reopen_regular(opened, os.O_RDONLY)
    finally:
        os.close(opened)


def is_archive(tree: SourceTree, match: Match) -> bool:
    """Say whether a file is a tar, perhaps compressed (gzip, zstd, bzip2, xz): whether it begins with a tar header."""
    if not stat.S_ISREG(match.status.st_mode) or not match.status.st_size:
        return False
    from pycman.storage.archive_io import open_decompressed, read_head  # this and what follows: only for ADD
    from pycman.storage.tar_headers import BLOCK, has_checksum  # the same

    with open(open_match(tree, match), "rb") as file:
        try:
            head = read_head(open_decompressed(file), BLOCK)
        except Exception:  # bytes that only look compressed: ADD copies such a file as it is
            return False
    return len(head) == BLOCK and any(head) and has_checksum(head)
