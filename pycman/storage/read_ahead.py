"""Decompress and hash in a second thread while the first one makes files: both release the interpreter's lock.

thread: source ──▶ hash ──▶ queue of 8 pieces ──▶ `read` in the caller's thread
"""

from __future__ import annotations

import _hashlib
import queue
import threading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Self

    from pycman.digest import Readable

_CHUNK = 1 << 18
_DEPTH = 8
"""Pieces in the queue: 2 MiB, so that memory does not grow with the layer's size."""


class ReadAhead:
    """Reads and hashes `source` in a thread; use it with `with`. The thread chooses the size of the pieces.

    An error of the source is raised by the `read` that would return the piece. `drain` reads to the end for the digest, unless it
    is not `hashed`.
    """

    def __init__(self, source: Readable, *, hashed: bool = True) -> None:
        self._source = source
        self._hashed = hashed
        self._hash = _hashlib.openssl_sha256()
        self._pieces: queue.Queue[bytes | BaseException] = queue.Queue(_DEPTH)
        self._stop = False
        self._ended = False
        self._thread = threading.Thread(target=self._run, name="read-ahead", daemon=True)
        self.read_bytes = 0

    def _run(self) -> None:
        try:
            while not self._stop:
                data = self._source.read(_CHUNK)
                if self._hashed:
                    self._hash.update(data)
                self._pieces.put(data)
                if not data:
                    return
        except BaseException as error:  # `read` raises it in the caller's thread
            self._pieces.put(error)

    def read(self, _size: int = -1, /) -> bytes:
        """Return the next piece; b"" at the end."""
        if self._ended:
            return b""
        piece = self._pieces.get()
        if isinstance(piece, BaseException):
            self._ended = True
            raise piece
        self._ended = not piece
        self.read_bytes += len(piece)
        return piece

    def drain(self) -> str:
        """Read to the end and return the digest of the whole stream."""
        while self.read():
            pass
        return "sha256:" + str(self._hash.hexdigest())

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop = True
        while self._thread.is_alive():
            try:
                self._pieces.get(timeout=0.01)  # the thread may be waiting for room in the queue
            except queue.Empty:
                self._thread.join(0.01)
