"""The path of a server's socket before it binds there (unix(7): bind(2) makes the file, and fails if there is one)."""

from __future__ import annotations

import os
import socket
import stat

from pycman.errors import AlreadyExists


def remove_stale_socket(path: str, *, hint: str) -> None:
    """Remove the socket that a killed server left at `path`; do nothing if nothing is there.

    Raises AlreadyExists if another server listens there (with `hint`), or for a file of another kind, which stays: connect(2) refuses that as it
    refuses a socket without a server. Raises OSError.
    """
    try:
        kind = os.lstat(path).st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(kind):
        raise AlreadyExists("there is a file that is no socket", subject=path, hint="remove it, or name another path")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC) as probe:
        try:
            probe.connect(path)
        except FileNotFoundError:
            return
        except ConnectionRefusedError:
            os.unlink(path)
        else:
            raise AlreadyExists("another server listens there", subject=path, hint=hint)
