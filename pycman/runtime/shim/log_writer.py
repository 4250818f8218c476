"""A container's log file as conmon writes it: TIME STREAM F|P TEXT, one record for each piece of a line that was read at once."""

from __future__ import annotations

import os
import time

from pycman.contexts import suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.runtime.shim.journal import Journal

_FILE_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC


class LogWriter:
    """Appends records to the file `path` ("": to none), and to a `journal`. Above `most_bytes` (-1: no limit) the file begins anew, as conmon's does."""

    def __init__(self, path: str, most_bytes: int = -1, journal: Journal | None = None) -> None:
        self._journal = journal
        self._path = path
        self._most_bytes = most_bytes
        self._descriptor = os.open(path, _FILE_FLAGS, 0o600) if path else -1
        self._size = os.fstat(self._descriptor).st_size if path else 0

    def write(self, stream: str, data: bytes) -> None:
        """Append what was read from "stdout" or "stderr". A disk that is full loses the record, and not the container."""
        if self._journal is not None:
            self._journal.write(stream, data)
        if self._descriptor < 0:
            return
        text = b""
        for record in records(stream, data, time.time_ns()):
            if 0 < self._most_bytes < self._size + len(text) + len(record):
                self._append(text)
                self._begin_anew()
                text = b""
            text += record
        self._append(text)

    def reopen(self) -> None:
        """Open the file again: it was moved away, and output belongs to the new one of that name."""
        if self._descriptor < 0:
            return
        with suppress(OSError):  # of a directory that was removed: what was open stays open
            new = os.open(self._path, _FILE_FLAGS, 0o600)
            os.close(self._descriptor)
            self._descriptor = new
            self._size = os.fstat(new).st_size

    def close(self) -> None:
        """Close the file."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _append(self, text: bytes) -> None:
        with suppress(OSError):
            self._size += os.write(self._descriptor, text)

    def _begin_anew(self) -> None:
        new = f"{self._path}.new"
        with suppress(OSError):
            descriptor = os.open(new, _FILE_FLAGS | os.O_TRUNC, 0o600)
            os.rename(new, self._path)
            os.close(self._descriptor)
            self._descriptor, self._size = descriptor, 0


def records(stream: str, data: bytes, at_ns: int) -> list[bytes]:
    """Return the records of what was read at once: P for a piece without the line's end. Pure."""
    head = f"{_rfc3339(at_ns)} {stream} ".encode()
    *lines, rest = data.split(b"\n")
    out = [head + b"F " + line + b"\n" for line in lines]
    if rest:
        out.append(head + b"P " + rest + b"\n")
    return out


def _rfc3339(at_ns: int) -> str:
    seconds, nanos = divmod(at_ns, 1_000_000_000)
    year, month, day, hour, minute, second, *_rest = time.gmtime(seconds)
    return f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{nanos:09}+00:00"
