"""Store blobs by digest: written once, verified while streaming, resumed after an interruption.

    partial file (lock held) ──digest and size match──▶ fsync ──▶ rename ──▶ row in `blobs`: only now it exists

One lock per blob is held for its whole download, so that two commands never fetch the same bytes.
"""

from __future__ import annotations

import errno
import os
import time

from pycman.contexts import suppress
from pycman.digest import VerifiedReader, check_digest, digest_bytes, new_hash
from pycman.errors import Corrupt, NotFound, PycmanError, from_os_error
from pycman.linux.attributes import dress
from pycman.linux.files import locked, make_directory, remove_tree, sync_directory, take_lock
from pycman.plan import crash_point

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO, Self

    from pycman.digest import Readable
    from pycman.state.session import Session

_CHUNK = 1 << 18


def has_blob(session: Session, digest: str) -> bool:
    """Return whether the blob is in the store: its row, and its file with the right size."""
    size = session.db.value("SELECT size_bytes FROM blobs WHERE digest = ?", (digest,))
    try:
        return size is not None and os.stat(session.paths.blob(digest)).st_size == size
    except OSError:
        return False


def open_blob(session: Session, digest: str) -> BinaryIO:
    """Open a blob for reading. Raises NotFound."""
    try:
        return open(session.paths.blob(check_digest(digest)), "rb")
    except FileNotFoundError:
        raise NotFound("no such blob", subject=digest, hint="pull the image again") from None


def read_blob(session: Session, digest: str, limit_bytes: int = 8 << 20) -> bytes:
    """Return a small blob, verified. Raises NotFound or Corrupt."""
    with open_blob(session, digest) as file:
        data = file.read(limit_bytes + 1)
    if len(data) > limit_bytes:
        raise Corrupt(f"it is larger than the limit of {limit_bytes} bytes", subject=digest)
    VerifiedReader(_Bytes(data), digest).read()
    return data


class _Bytes:
    def __init__(self, data: bytes) -> None:
        self._data = data

    def read(self, size: int = -1, /) -> bytes:
        data, self._data = (self._data, b"") if size < 0 else (self._data[:size], self._data[size:])
        return data


class BlobWriter:
    """Writes one blob, while holding its lock; use it with `with`.

    `present` is true if another command finished the blob while this one waited for the lock: then there is nothing to
    write. `offset` bytes are there from an interrupted attempt: continue from there, or `restart()`.
    """

    def __init__(self, session: Session, digest: str, size_bytes: int = -1) -> None:
        self._session = session
        self._digest = check_digest(digest)
        self._size_bytes = size_bytes
        self._path = session.paths.partial_blob(digest)
        self._lock = -1
        self._file = -1
        self._hash = new_hash(digest.partition(":")[0])
        self.offset = 0
        self.present = False

    def __enter__(self) -> Self:
        self._lock = take_lock(self._session.paths.lock("blob", self._digest), subject=self._digest)
        try:
            self.present = has_blob(self._session, self._digest)
            if not self.present:
                self._open()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _open(self) -> None:
        try:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            while data := os.read(self._file, _CHUNK):
                self._hash.update(data)
                self.offset += len(data)
            if 0 <= self._size_bytes < self.offset:
                self.restart()
        except OSError as error:
            raise self._write_error(error) from error

    def restart(self) -> None:
        """Discard all bytes and start over at offset 0."""
        os.lseek(self._file, 0, os.SEEK_SET)
        os.ftruncate(self._file, 0)
        self._hash = new_hash(self._digest.partition(":")[0])
        self.offset = 0

    def discard(self) -> None:
        """Remove the partial file: no later attempt will resume it."""
        remove_tree(self._path)

    def write(self, data: bytes) -> None:
        """Append bytes. Raises Corrupt for more than `size_bytes`, NoSpace."""
        self._hash.update(data)
        self.offset += len(data)
        if 0 <= self._size_bytes < self.offset:
            self.restart()
            raise Corrupt(f"more than the {self._size_bytes} bytes of its descriptor", subject=self._digest)
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self._file, view) :]
        except OSError as error:
            raise self._write_error(error) from error

    def _write_error(self, error: OSError) -> PycmanError:
        """Return the error to raise. If the disk is full, discard the partial bytes: no command lists them, so the user
        could not free them.
        """
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            with suppress(OSError):
                self.restart()
        return from_os_error(error, subject=self._digest, doing="cannot write the blob")

    def commit(self, media_type: str = "", diff_id: str = "") -> None:
        """Check size and digest, sync the file and insert the blob's row. Raises Corrupt, after discarding the bytes."""
        if 0 <= self._size_bytes != self.offset:
            raise Corrupt(f"{self.offset} bytes instead of {self._size_bytes}", subject=self._digest)
        actual = self._digest.partition(":")[0] + ":" + self._hash.hexdigest()
        if actual != self._digest:
            self.restart()
            raise Corrupt(f"the content has digest {actual}", subject=self._digest)
        crash_point("blob:written")
        try:
            os.fsync(self._file)
        except OSError as error:
            raise self._write_error(error) from error
        _publish(self._session, self._path, Blob(self._digest, self.offset, media_type, diff_id))
        self.present = True

    def __exit__(self, *_error: object) -> None:
        for descriptor in (self._file, self._lock):
            if descriptor >= 0:
                os.close(descriptor)
        self._file = self._lock = -1


def put_blob(
    session: Session,
    source: Readable,
    digest: str,
    size_bytes: int = -1,
    *,
    media_type: str = "",
    progress: Callable[[int], None] | None = None,
) -> None:
    """Store a blob, reading `source` from its beginning. Raises Corrupt if size or digest are wrong, NoSpace."""
    with BlobWriter(session, digest, size_bytes) as writer:
        if writer.present:
            return
        if writer.offset:
            writer.restart()
        while data := source.read(_CHUNK):
            writer.write(data)
            if progress is not None:
                progress(writer.offset)
        writer.commit(media_type)


def put_bytes(session: Session, data: bytes, media_type: str) -> str:
    """Store a small blob and return its digest."""
    digest = digest_bytes(data)
    put_blob(session, _Bytes(data), digest, len(data), media_type=media_type)
    return digest


def adopt_file(
    session: Session, path: str, digest: str, size_bytes: int, *, media_type: str, diff_id: str = ""
) -> None:
    """Move a complete file (below the root's tmp/) into the store as the blob `digest`, which the caller computed while writing."""
    with locked(session.paths.lock("blob", digest), subject=digest):
        if has_blob(session, digest):
            os.unlink(path)
            return
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        except OSError as error:
            raise from_os_error(error, subject=digest, doing="cannot write the blob") from error
        finally:
            os.close(descriptor)
        _publish(session, path, Blob(digest, size_bytes, media_type, diff_id))


class Blob:
    """One row of the table `blobs`; `diff_id` is "" unless the blob is a layer whose plain bytes were hashed."""

    def __init__(self, digest: str, size_bytes: int, media_type: str, diff_id: str) -> None:
        self.digest = digest
        self.size_bytes = size_bytes
        self.media_type = media_type
        self.diff_id = diff_id


def _publish(session: Session, path: str, blob: Blob) -> None:
    """Rename a synced file to its final path and insert its row. A kill in between leaves a file without a row, which gc.py removes."""
    target = session.paths.blob(blob.digest)
    make_directory(os.path.dirname(target))
    dress(path, mode=0o644)
    os.rename(path, target)
    sync_directory(os.path.dirname(target))
    crash_point("blob:renamed")
    session.db.change(
        "INSERT OR REPLACE INTO blobs (digest, size_bytes, media_type, diff_id, created_at_ns) VALUES (?,?,?,?,?)",
        (blob.digest, blob.size_bytes, blob.media_type, blob.diff_id, time.time_ns()),
    )


def remove_blob(session: Session, digest: str, *, only_if: str = "1") -> int:
    """Remove a blob and return its size in bytes; 0 if there is none.

    `only_if` is an SQL condition on the row `blobs`, evaluated in the same statement that deletes the row.
    """
    with locked(session.paths.lock("blob", digest), subject=digest):
        size = session.db.value("SELECT size_bytes FROM blobs WHERE digest = ?", (digest,))
        if size is not None and not session.db.change(f"DELETE FROM blobs WHERE digest = ? AND {only_if}", (digest,)):
            return 0
        crash_point("blob:forgotten")
        with suppress(FileNotFoundError):
            os.unlink(session.paths.blob(digest))
        remove_tree(session.paths.partial_blob(digest))
        remove_tree(session.paths.lock("blob", digest))
    return int(size or 0)
