"""Tickets: one-time requests for a stream, stored in a file by the RPC until the client calls the URL that names it.

Files, as the RPC is answered by one process and the URL by another, which may be there after the first was killed. To claim
is to unlink: of two who call one URL, one finds nothing.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import time

from pycman.errors import Unavailable
from pycman.jsontext import format_json, parse_json
from pycman.linux.files import make_directory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LIFETIME_S = 60.0
MOST = 1000
_BYTES = 16


class Tickets:
    """The tickets in a directory that only the server's user can read."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        make_directory(folder, 0o700)

    def issue(self, request: dict[str, Any]) -> str:
        """Store a request and return its token. Raises Unavailable if too many are waiting."""
        self._clear()
        token = secrets.token_hex(_BYTES)
        path = f"{self._folder}/{token}"
        descriptor = os.open(f"{path}.new", os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        try:
            os.write(descriptor, format_json(request).encode())
        finally:
            os.close(descriptor)
        os.rename(f"{path}.new", path)
        return token

    def claim(self, token: str) -> dict[str, Any] | None:
        """Return the request of a token and remove it; None if there is none, or it is too old."""
        if len(token) != 2 * _BYTES or not token.isalnum():
            return None
        path = f"{self._folder}/{token}"
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
            try:
                found = os.fstat(descriptor)
                data = os.pread(descriptor, found.st_size, 0)
            finally:
                os.close(descriptor)
            os.unlink(path)
        except OSError:
            return None
        if time.time() - found.st_mtime > LIFETIME_S:
            return None
        request: dict[str, Any] = parse_json(data)
        return request

    def _clear(self) -> None:
        """Remove expired tickets. Raises Unavailable if too many are left."""
        waiting = 0
        with os.scandir(self._folder) as entries:
            for entry in entries:
                with contextlib.suppress(FileNotFoundError):
                    if time.time() - entry.stat().st_mtime > LIFETIME_S:
                        os.unlink(entry.path)
                    else:
                        waiting += 1
        if waiting >= MOST:
            raise Unavailable(
                f"{MOST} streams wait for their clients", subject="streaming", hint="try again in a minute"
            )
