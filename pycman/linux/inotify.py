"""inotify(7): be told of files that appear in directories, or that are written there, without looking again and again."""

from __future__ import annotations

import ctypes
import os
import struct

IN_MODIFY = 0x2
IN_MOVED_TO = 0x80
IN_CREATE = 0x100
_IN_Q_OVERFLOW = 0x4000
_HEAD = struct.Struct("iIII")
_BUFFER_BYTES = 64 << 10
_libc = ctypes.CDLL(None, use_errno=True)
_libc.inotify_add_watch.argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_uint32)


class FolderWatch:
    """Directories that are watched; `fileno` is readable when something has happened in one of them."""

    def __init__(self) -> None:
        """Raises OSError (EMFILE: fs.inotify.max_user_instances)."""
        self._descriptor = _libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self._descriptor < 0:
            raise _failure("inotify_init1", "")
        self._folders: dict[int, str] = {}

    def add(self, folder: str, mask: int) -> None:
        """Watch a directory for the kinds of changes in `mask`. Raises OSError (ENOSPC: fs.inotify.max_user_watches)."""
        number = _libc.inotify_add_watch(self._descriptor, os.fsencode(folder), mask)
        if number < 0:
            raise _failure("inotify_add_watch", folder)
        self._folders[number] = folder

    def fileno(self) -> int:
        """Return the descriptor, for poll."""
        return int(self._descriptor)

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


def _failure(call: str, target: str) -> OSError:
    number = ctypes.get_errno()
    return OSError(number, f"{call}: {os.strerror(number)}", target or None)
