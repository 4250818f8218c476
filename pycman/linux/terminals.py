"""Pseudo-terminals: receive one from an OCI runtime through a socket, set its size, read it to its end.

    we ── listen ── SOCKET ◀── connect, SCM_RIGHTS(master) ── OCI runtime, which opened it in the container (pty(7), unix(7))

When the last descriptor of the master is closed, the processes at the other side get SIGHUP.
"""

from __future__ import annotations

import _socket
import fcntl
import os
import select
import stat
import sys

from pycman.contexts import suppress
from pycman.errors import Unavailable
from pycman.linux.processes import close_all_but

_LONGEST_PATH = 107
"""The size of sun_path (unix(7)) without the null byte."""
_TIOCSWINSZ = 0x5414
_INT_BYTES = 4
_CREDENTIALS_BYTES = 12
_READ_BYTES = 65536


class ConsoleSocket:
    """A socket below `directory` through which an OCI runtime (its --console-socket) sends one terminal."""

    def __init__(self, directory: str) -> None:
        name = f"console-{os.urandom(8).hex()}"
        self._own_directory = ""
        if len(os.fsencode(f"{directory}/{name}")) > _LONGEST_PATH:
            directory = self._own_directory = f"/tmp/pycman-{name}"  # noqa: S108 - a new directory, mode 0700, unguessable name
            os.mkdir(directory, 0o700)
        self.path = f"{directory}/{name}"
        self._socket = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM | _socket.SOCK_CLOEXEC)
        try:
            os.fchmod(self._socket.fileno(), 0o600)  # bind(2) makes the file with this mode
            self._socket.bind(self.path)
            self._socket.listen(1)
        except BaseException:
            self.close()
            raise

    def receive(self, pid: int, pidfd: int) -> int:
        """Return the terminal that the process `pid` sends; -1 if the process ends without sending one. Raises Unavailable."""
        poller = select.poll()
        for descriptor in (self._socket.fileno(), pidfd):
            poller.register(descriptor, select.POLLIN)
        while True:
            ready = dict(poller.poll())
            if self._socket.fileno() not in ready:
                return -1
            descriptor, _address = self._socket._accept()  # type: ignore[attr-defined]
            connection = _socket.socket(fileno=descriptor)
            try:
                if _peer(connection) == pid:
                    return _received(connection)
            finally:
                connection.close()

    def close(self) -> None:
        """Close the socket and remove its file."""
        self._socket.close()
        with suppress(FileNotFoundError):
            os.unlink(self.path)
        if self._own_directory:
            os.rmdir(self._own_directory)


def _peer(connection: _socket.socket) -> int:
    credentials = connection.getsockopt(_socket.SOL_SOCKET, _socket.SO_PEERCRED, _CREDENTIALS_BYTES)
    return int.from_bytes(credentials[:_INT_BYTES], sys.byteorder)


def _received(connection: _socket.socket) -> int:
    """Return the one terminal that is attached to the first message. Raises Unavailable for anything else."""
    _data, extras, _flags, _address = connection.recvmsg(256, _socket.CMSG_SPACE(_INT_BYTES), _socket.MSG_CMSG_CLOEXEC)
    numbers = [
        int.from_bytes(data[at : at + _INT_BYTES], sys.byteorder)
        for level, kind, data in extras
        if (level, kind) == (_socket.SOL_SOCKET, _socket.SCM_RIGHTS)
        for at in range(0, len(data) // _INT_BYTES * _INT_BYTES, _INT_BYTES)
    ]
    if len(numbers) == 1 and stat.S_ISCHR(os.fstat(numbers[0]).st_mode) and os.isatty(numbers[0]):
        return numbers[0]
    for number in numbers:
        os.close(number)
    raise Unavailable("the OCI runtime sent something other than a terminal", subject="console socket")


def set_window_size(terminal: int, rows: int, columns: int) -> None:
    """Set the size of a terminal (ioctl_tty(2)); its foreground processes get SIGWINCH. Do nothing if it has been closed."""
    size = b"".join(min(number, 0xFFFF).to_bytes(2, sys.byteorder) for number in (rows, columns, 0, 0))
    with suppress(OSError):
        fcntl.ioctl(terminal, _TIOCSWINSZ, size)


def drain_in_background(descriptor: int) -> None:
    """Fork a background process that reads a terminal or pipe to its end and discards the bytes, so that its writers never block.

    It keeps no other descriptor open, and is reaped by init.
    """
    child = os.fork()
    if child == 0:
        try:
            if os.fork() == 0:
                _drain(descriptor)
        finally:
            os._exit(0)  # a forked child must not run its parent's code
    os.waitpid(child, 0)


def _drain(descriptor: int) -> None:
    os.setsid()
    null = os.open("/dev/null", os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(null, number)
    close_all_but(descriptor)
    os.chdir("/")
    os.set_blocking(descriptor, True)
    with suppress(OSError):  # EIO: all processes have closed the other side of the terminal
        while os.read(descriptor, _READ_BYTES):
            continue
