"""Random access to the members of an archive or directory by name. No file is written under a member's name."""

from __future__ import annotations

import os
import stat

from pycman.errors import Corrupt, InvalidInput, NotFound, from_os_error
from pycman.linux.syscalls import openat2
from pycman.storage.archive_io import open_decompressed, read_head, sniff
from pycman.storage.tar_stream import TarStream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO, Protocol

    from pycman.digest import Readable

    class Members(Protocol):
        """The files of one archive or directory, by name."""

        def has(self, name: str) -> bool:
            """Say whether there is such a member."""

        def open(self, name: str) -> Readable:
            """Open a member for reading. Raises Corrupt if it does not exist."""

        def close(self) -> None:
            """Close files and free scratch space."""


_CHUNK = 1 << 20
_MAX_MEMBERS = 100_000
_MAX_NAMES_BYTES = 32 << 20
"""What all names of an archive may have."""
_MOST_PLAIN = 1 << 30
_MOST_TIMES = 250
"""A compressed archive of more plain bytes than that may not be so many times as large as it is packed."""


class DirectoryMembers:
    """An OCI layout or docker-dir directory; no symbolic link is followed out of it (openat2(2))."""

    def __init__(self, path: str) -> None:
        self._top = os.open(path, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)

    def has(self, name: str) -> bool:
        """Say whether there is such a member."""
        try:
            os.close(openat2(self._top, name, os.O_PATH))
        except OSError:
            return False
        return True

    def open(self, name: str) -> Readable:
        """Open it."""
        try:
            file = open(openat2(self._top, name, os.O_RDONLY | os.O_NONBLOCK), "rb")  # noqa: SIM115 - the caller
        except OSError as error:
            raise Corrupt("the directory lacks this file", subject=name) from error
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            file.close()
            raise Corrupt("not an ordinary file", subject=name)
        return file

    def close(self) -> None:
        """Close the directory."""
        os.close(self._top)


class TarMembers:
    """An uncompressed tar in a regular file, which `close` closes if it is `owned`. Raises Corrupt."""

    def __init__(self, file: BinaryIO, subject: str, *, owned: bool = True) -> None:
        self._file = file
        self._owned = owned
        self._places: dict[str, tuple[int, int]] = {}
        self._links: dict[str, str] = {}
        try:
            self._list(TarStream(file, pass_over=lambda size: file.seek(size, os.SEEK_CUR)))
        except Corrupt as error:
            raise Corrupt(f"not a readable archive: {error}", subject=subject, code="not-an-archive") from error
        except OSError as error:
            raise from_os_error(error, subject=subject, doing="cannot read the archive") from error
        size = os.fstat(file.fileno()).st_size
        if any(offset + length > size for offset, length in self._places.values()):
            raise Corrupt("the archive is truncated", subject=subject)

    def _list(self, archive: TarStream) -> None:
        names_bytes = 0
        for number, entry in enumerate(archive):
            names_bytes += len(entry.name) + len(entry.linkname)
            if number > _MAX_MEMBERS or names_bytes > _MAX_NAMES_BYTES:
                raise Corrupt(f"more than {_MAX_MEMBERS} members, or names of {_MAX_NAMES_BYTES >> 20} MiB")
            name = entry.name.removeprefix("./")
            if entry.kind == "file" and entry.sparse is None:
                self._places[name] = (archive.position, entry.stored_bytes)
            elif entry.kind == "hardlink":
                self._links[name] = entry.linkname.removeprefix("./")
            elif entry.kind == "symlink":
                self._links[name] = os.path.normpath(os.path.join(os.path.dirname(name), entry.linkname))

    def _locate(self, name: str) -> tuple[int, int] | None:
        for _ in range(8):  # a chain of links
            if name in self._places:
                return self._places[name]
            name = self._links.get(name, "")
        return None

    def has(self, name: str) -> bool:
        """Say whether there is such a member."""
        return self._locate(name) is not None

    def open(self, name: str) -> Readable:
        """Open it."""
        place = self._locate(name)
        if place is None:
            raise Corrupt("the archive lacks this file", subject=name)
        return _Slice(self._file.fileno(), *place)

    def close(self) -> None:
        """Close the file if it is owned."""
        if self._owned:
            self._file.close()


class _Slice:
    """A part of a file, read with pread, so that threads can read several parts of it at once."""

    def __init__(self, descriptor: int, offset: int, size: int) -> None:
        self._descriptor = descriptor
        self._offset = offset
        self._end = offset + size

    def read(self, size: int = -1, /) -> bytes:
        left = self._end - self._offset
        data = os.pread(self._descriptor, left if size < 0 else min(size, left), self._offset) if left else b""
        self._offset += len(data)
        return data


class _Counted:
    """A reader that knows how many bytes it gave."""

    def __init__(self, source: Readable) -> None:
        self._source = source
        self.read_bytes = 0

    def read(self, size: int = -1, /) -> bytes:
        data = self._source.read(size)
        self.read_bytes += len(data)
        return data


def open_members(source: BinaryIO | str, scratch: str) -> Members:
    """Open a directory, a file or a stream; a caller that passes a stream closes it.

    A compressed archive, or one on a pipe, is first decompressed to an unlinked file in `scratch`. Raises NotFound,
    InvalidInput (empty), Corrupt, NoSpace.
    """
    if not isinstance(source, str):
        return _open_stream(source, scratch, "standard input", owned=False)
    if os.path.isdir(source):
        return DirectoryMembers(source)
    try:
        file = open(source, "rb")  # noqa: SIM115 - TarMembers closes it
    except FileNotFoundError:
        raise NotFound("no such file or directory", subject=source) from None
    except OSError as error:
        raise from_os_error(error, subject=source) from error
    return _open_stream(file, scratch, source, owned=True)


def _open_stream(file: BinaryIO, scratch: str, name: str, *, owned: bool) -> TarMembers:
    if _is_file(file):
        head = read_head(file)
        if not head:
            raise InvalidInput("it is empty", subject=name)
        file.seek(0)
        if not sniff(head):
            return TarMembers(file, name, owned=owned)
    spooled = _spool(file, scratch, name)
    if owned:
        file.close()
    return TarMembers(spooled, name, owned=True)


def _is_file(file: BinaryIO) -> bool:
    """Say whether pread can read the archive: it is a regular file, at its beginning."""
    try:
        return stat.S_ISREG(os.fstat(file.fileno()).st_mode) and file.tell() == 0
    except (OSError, ValueError, AttributeError):  # closed, or a download, which has no descriptor
        return False


def _spool(source: BinaryIO, scratch: str, name: str) -> BinaryIO:
    path = f"{scratch}/archive-{os.getpid()}-{os.urandom(4).hex()}"
    try:
        file = open(path, "x+b")  # noqa: SIM115 - the caller
        os.unlink(path)  # the kernel frees it when it is closed, also after a kill
        counted = _Counted(source)
        reader = open_decompressed(counted)
        total = 0
        while data := reader.read(_CHUNK):
            total += file.write(data)
            if total > _MOST_PLAIN and total > counted.read_bytes * _MOST_TIMES:
                raise Corrupt(
                    f"it is more than {_MOST_TIMES} times as large as it is packed",
                    subject=name,
                    hint="decompress it first, if you know who made it",
                )
        file.seek(0)
    except OSError as error:
        raise from_os_error(error, subject=name, doing="cannot copy the archive") from error
    if not total:
        raise InvalidInput("it is empty", subject=name)
    return file


def read_member(members: Members, name: str, limit_bytes: int) -> bytes:
    """Return all bytes of a small member. Raises Corrupt if there are more than `limit_bytes`."""
    data = b""
    reader = members.open(name)
    while chunk := reader.read(limit_bytes + 1 - len(data)):
        data += chunk
        if len(data) > limit_bytes:
            raise Corrupt(f"larger than {limit_bytes} bytes, the most it may have", subject=name)
    return data
