"""The digest of what a COPY copies: names, kinds, modes, link targets and content, no times; owners only where they are kept."""

from __future__ import annotations

import _hashlib
import os
import stat

from pycman.linux.attributes import get_attributes, open_regular, reopen_regular
from pycman.linux.syscalls import openat2
from pycman.storage.merged_view import is_content

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.build.context.tree import Found, Match, SourceTree
    from pycman.build.execute.file_digests import FileDigests
    from pycman.build.ignore.rules import IgnoreRules

_CHUNK = 1 << 20


def digest_match(
    tree: SourceTree, match: Match, also: IgnoreRules | None = None, kept: FileDigests | None = None
) -> str:
    """Return the digest (64 hex digits) of one file, or of a directory with everything in it that is taken.

    `also` are further rules (COPY --exclude); `kept` has digests of files that did not change. Raises OSError.
    """
    total = _hashlib.openssl_sha256()
    if not stat.S_ISDIR(match.status.st_mode):
        opened = openat2(tree.top, match.path, os.O_PATH | os.O_NOFOLLOW)
        try:
            _add(total, "", match.status, tree, _content(opened, match.status, kept), b"")
        finally:
            os.close(opened)
        return str(total.hexdigest())
    _add(total, "", match.status, tree, b"", b"")
    links: dict[tuple[int, int], bytes] = {}
    for found in tree.walk(match.path, also):
        status = found.status
        kind = stat.S_IFMT(status.st_mode)
        content = b""
        if kind == stat.S_IFREG:
            key = (status.st_dev, status.st_ino)
            known = links.get(key) if status.st_nlink > 1 else None
            if known is None:
                known = _file(found, kept)
                links[key] = known
            content = known
        elif kind == stat.S_IFLNK:
            content = os.fsencode(os.readlink(found.name, dir_fd=found.directory))
        attributes = b""
        if tree.keeps_owner and kind in (stat.S_IFREG, stat.S_IFDIR):
            attributes = _attributes(found.name, found.directory)
        _add(total, found.path, status, tree, content, attributes)
    return str(total.hexdigest())


def _content(opened: int, status: os.stat_result, kept: FileDigests | None) -> bytes:
    if not stat.S_ISREG(status.st_mode):
        return b""
    descriptor = reopen_regular(opened, os.O_RDONLY)
    try:
        return _digest_of(descriptor, kept)
    finally:
        os.close(descriptor)


def _file(found: Found, kept: FileDigests | None) -> bytes:
    known = kept.find(found.status) if kept is not None else None
    if known is not None:
        return known
    descriptor = open_regular(found.name, found.directory)
    try:
        return _digest_of(descriptor, kept)
    finally:
        os.close(descriptor)


def _digest_of(descriptor: int, kept: FileDigests | None) -> bytes:
    status = os.fstat(descriptor)
    known = kept.find(status) if kept is not None else None
    if known is not None:
        return known
    content = _hashlib.openssl_sha256()
    while data := os.read(descriptor, _CHUNK):
        content.update(data)
    digest = bytes(content.digest())
    if kept is not None and os.fstat(descriptor).st_ctime_ns == status.st_ctime_ns:
        kept.keep(status, digest)
    return digest


def _attributes(name: str, directory: int) -> bytes:
    descriptor = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=directory)
    try:
        found = get_attributes(descriptor)
    finally:
        os.close(descriptor)
    return b"".join(os.fsencode(key) + b"=" + value + b"\0" for key, value in found.items() if is_content(key))


def _add(
    total: _hashlib.HASH, path: str, status: os.stat_result, tree: SourceTree, content: bytes, attributes: bytes
) -> None:
    owner = f"{status.st_uid}:{status.st_gid}" if tree.keeps_owner else ""
    device = status.st_rdev if stat.S_ISCHR(status.st_mode) or stat.S_ISBLK(status.st_mode) else 0
    head = f"{len(os.fsencode(path))} {status.st_mode:o} {owner} {device} {len(content)} {len(attributes)}\0"
    total.update(head.encode() + os.fsencode(path) + content + attributes)
