"""inotify(7): be told of files that appear in directories, or that are written there, without looking again and again."""

from __future__ import annotations

import os
import struct

from pycman.linux.libc import libc_call

IN_MODIFY = 0x2
IN_MOVED_TO = 0x80
IN_CREATE = 0x100
_IN_Q_OVERFLOW = 0x4000
_HEAD = struct.Struct("iIII")
_BUFFER_BYTES = 64 << 10


class FolderWatch:
    """Directories that are watched; `fileno` is readable when something has happened in one of them."""

    def __init__(self) -> None:
        """Raises OSError (EMFILE: fs.inotify.max_user_instances)."""
        self._descriptor = libc_call("inotify_init1", os.O_NONBLOCK | os.O_CLOEXEC, target="")
        self._folders: dict[int, str] = {}

    def add(self, folder: str, mask: int) -> None:
        """Watch a directory for the kinds of changes in `mask`. Raises OSError (ENOSPC: fs.inotify.max_user_watches)."""
        number = libc_call("inotify_add_watch", self._descriptor, os.fsencode(folder), mask, target=folder)
        self._folders[number] = folder

    def fileno(self) -> int:
        """Return the descriptor, for poll."""
        return self._descriptor

    def read(self) -> tuple[set[tuple[str, str]], bool]:
        """Return (directory, name) of what has changed since the last call, and whether the kernel has lost some of it."""
        found: set[tuple[str, str]] = set()
        lost = False
        while True:
            try:
                data = os.read(self._descriptor, _BUFFER_BYTES)
            except BlockingIOError:
                return found, lost
            place = 0
            while place < len(data):
                number, mask, _cookie, length = _HEAD.unpack_from(data, place)
                name = data[place + _HEAD.size : place + _HEAD.size + length].rstrip(b"\0")
                place += _HEAD.size + length
                lost = lost or bool(mask & _IN_Q_OVERFLOW)
                if number in self._folders and name:
                    found.add((self._folders[number], os.fsdecode(name)))

    def close(self) -> None:
        """Watch no longer."""
        os.close(self._descriptor)
