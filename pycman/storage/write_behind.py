"""Compress in a second thread while the first one reads and hashes: both release the interpreter's lock.

    `write` ──▶ queue of 8 pieces ──▶ thread: sink

The thread starts with the second megabyte, because most layers are small.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import queue
    import threading

    from pycman.storage.archive_io import Writable

_ALONE_BYTES = 1 << 20
_PIECE_BYTES = 1 << 18
_DEPTH = 8
"""Pieces in the queue: 2 MiB and what tarfile writes at once, so that memory does not grow with the layer's size."""


class WriteBehind:
    """Passes bytes on to `sink`; an error of the sink is raised by a later `write` or by `close`."""

    def __init__(self, sink: Writable) -> None:
        self._sink = sink
        self._written = 0
        self._piece = bytearray()
        self._pieces: queue.Queue[bytes] | None = None
        self._thread: threading.Thread | None = None
        self._error: BaseException | None = None

    def write(self, data: bytes, /) -> int:
        """Write all of `data`, now or later."""
        self._written += len(data)
        if self._pieces is None:
            if self._written <= _ALONE_BYTES:
                self._sink.write(data)
                return len(data)
            self._pieces = self._start()
        if not self._piece and len(data) >= _PIECE_BYTES and type(data) is bytes:  # nobody can change it
            self._put(self._pieces, data)
            return len(data)
        self._piece += data
        if len(self._piece) >= _PIECE_BYTES:
            self._put(self._pieces, bytes(self._piece))
            self._piece.clear()
        return len(data)

    def _start(self) -> queue.Queue[bytes]:
        import queue  # 3 ms, only for layers of more than a megabyte
        import threading  # the same

        pieces: queue.Queue[bytes] = queue.Queue(_DEPTH)
        self._thread = threading.Thread(target=self._run, args=(pieces,), name="write-behind", daemon=True)
        self._thread.start()
        return pieces

    def _run(self, pieces: queue.Queue[bytes]) -> None:
        while data := pieces.get():
            if self._error is None:
                try:
                    self._sink.write(data)
                except BaseException as error:  # raised in the caller's thread; the queue is still emptied
                    self._error = error

    def _put(self, pieces: queue.Queue[bytes], data: bytes) -> None:
        pieces.put(data)
        if self._error is not None:
            raise self._error

    def close(self) -> None:
        """Wait until everything is written. Raises the error of the sink."""
        if self._pieces is not None and self._piece:
            self._put(self._pieces, bytes(self._piece))
            self._piece.clear()
        self.stop()
        if self._error is not None:
            raise self._error

    def stop(self) -> None:
        """End the thread after what is in its queue; do nothing if it has ended."""
        if self._thread is not None and self._pieces is not None:
            self._pieces.put(b"")
            self._thread.join()
            self._thread = None
