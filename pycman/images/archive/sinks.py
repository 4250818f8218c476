"""The outputs of `save`: a tar stream, or a directory."""

from __future__ import annotations

import io
import os
import tarfile

from pycman.errors import AlreadyExists, Corrupt
from pycman.linux.files import make_directory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO, Protocol, Self

    from pycman.digest import Readable

    class Sink(Protocol):
        """Writes files by name."""

        def add(self, name: str, data: bytes) -> None:
            """Write a small file."""

        def copy(self, name: str, source: Readable, size: int) -> None:
            """Write a file of `size` bytes from a reader."""


_CHUNK = 1 << 20


class ArchiveSink:
    """A tar on a stream, which need not be seekable; owners and times are zero."""

    def __init__(self, output: BinaryIO) -> None:
        self._output = output
        self._written_bytes = 0

    def _write(self, data: bytes) -> None:
        self._output.write(data)
        self._written_bytes += len(data)

    def add(self, name: str, data: bytes) -> None:
        """Write a small file."""
        self.copy(name, io.BytesIO(data), len(data))

    def copy(self, name: str, source: Readable, size: int) -> None:
        """Write a file of `size` bytes from a reader."""
        member = tarfile.TarInfo(name)
        member.size = size
        member.mode = 0o644
        self._write(member.tobuf(tarfile.PAX_FORMAT))
        left = size
        while left:
            data = source.read(min(left, _CHUNK))
            if not data:
                raise Corrupt(f"{left} bytes are missing", subject=name)
            if len(data) > left:
                raise Corrupt(f"it has more than {size} bytes", subject=name)
            self._write(data)
            left -= len(data)
        self._write(bytes(-self._written_bytes % tarfile.BLOCKSIZE))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_error: object) -> None:
        if kind is None:  # after an error no end mark is written: an incomplete archive must not look complete
            self._write(bytes(2 * tarfile.BLOCKSIZE))
            self._write(bytes(-self._written_bytes % tarfile.RECORDSIZE))
            self._output.flush()


class DirectorySink:
    """A new or empty directory. Raises AlreadyExists if it has entries."""

    def __init__(self, path: str) -> None:
        if os.path.lexists(path) and (not os.path.isdir(path) or os.listdir(path)):
            raise AlreadyExists("it is not an empty directory", subject=path, hint="name another path")
        make_directory(path, by_umask=True)
        self._path = path

    def add(self, name: str, data: bytes) -> None:
        """Write a small file."""
        self.copy(name, io.BytesIO(data), len(data))

    def copy(self, name: str, source: Readable, size: int) -> None:
        """Write a file from a reader."""
        del size
        path = f"{self._path}/{name}"
        make_directory(os.path.dirname(path), by_umask=True)
        with open(path, "wb") as file:
            while data := source.read(_CHUNK):
                file.write(data)
