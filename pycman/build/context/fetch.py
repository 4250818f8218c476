"""Fetch a tree from elsewhere, below the store's tmp/: a git repository, or a tar from a URL."""

from __future__ import annotations

import os

from pycman.build.context.git import clone, is_git_url
from pycman.build.context.tree import SourceTree
from pycman.contexts import contextmanager
from pycman.errors import InvalidInput, NotFound
from pycman.linux.files import descriptor_path, make_directory, remove_tree
from pycman.linux.syscalls import openat2
from pycman.storage.archive_io import Pushback, open_decompressed, read_head
from pycman.storage.scratch import scratch_path
from pycman.storage.tar_headers import BLOCK, has_checksum
from pycman.storage.unpack import PlainStyle, unpack_tar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pycman.digest import Readable
    from pycman.state.session import Session


@contextmanager
def fetch_tree(session: Session, where: str, label: str) -> Iterator[SourceTree]:
    """Yield the tree of a git URL or of a tar's URL; it is removed afterwards. Raises InvalidInput, NotFound, Unavailable."""
    scratch = scratch_path(session, "context")
    tree = None
    try:
        if is_git_url(where):
            cloned = clone(where, scratch)
            tree = open_below(scratch, cloned.subdirectory, f"{label} ({where})")
        elif where.startswith(("http://", "https://")):
            from pycman.images.make.import_source import open_download  # 100 ms (urllib3)

            plain = open_decompressed(open_download(where))
            first = read_head(plain, BLOCK)
            if not (len(first) == BLOCK and has_checksum(first)):
                raise InvalidInput("it is no tar", subject=where)
            unpack_context(Pushback(plain, first), scratch)
            tree = open_below(scratch, "", f"{label} ({where})")
        else:
            raise InvalidInput("not a context", subject=where, hint="use a directory, a URL or docker-image://NAME")
        yield tree
    finally:
        if tree is not None:
            tree.close()
        remove_tree(scratch)


def unpack_context(source: Readable, directory: str) -> None:
    """Unpack a plain tar into the new directory `directory`: its files belong to this user. Raises Corrupt, NoSpace."""
    make_directory(directory, 0o700)
    top = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        unpack_tar(source, top, style=PlainStyle(), rootless=True, keep_ids=False)
    finally:
        os.close(top)


def open_below(directory: str, subdirectory: str, label: str) -> SourceTree:
    """Open a directory below another one, links followed inside it only. Raises NotFound."""
    top = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    if not subdirectory:
        return SourceTree(top, label, path=directory)
    try:
        inner = openat2(top, subdirectory, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        raise NotFound("no such directory in the repository", subject=subdirectory) from None
    finally:
        os.close(top)
    return SourceTree(inner, label, path=os.readlink(descriptor_path(inner)))
