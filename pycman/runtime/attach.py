"""Talking with a container through conmon's attach socket (conmon, `conn_sock.c`): a pure part, and a pump.

conmon → us: packets of one byte (2 stdout, 3 stderr) and up to 8 KiB.   us → conmon: plain bytes for stdin.
The control fifo "ctl" takes lines: "1 HEIGHT WIDTH" sets the window size, "2 0 0" opens the log again.
"""

from __future__ import annotations

import _socket
import contextlib
import os
import select

from pycman.errors import InvalidInput, NotRunning
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pycman.state.session import Session

STDOUT, STDERR = 2, 3
_PACKET_BYTES = 8192 + 1
_READ_BYTES = 8192
_SIGWINCH = 28


class Streams(Record):
    """Where a container's streams go. Descriptors; -1 is "not attached".

    `wake` is a descriptor that gives one byte a signal (signal.set_wakeup_fd): SIGWINCH asks `window` for (rows, columns),
    all others are handed to `proxy`.
    """

    stdin: int = -1
    stdout: int = 1
    stderr: int = 2
    terminal: bool = False
    detach_keys: str = "ctrl-p,ctrl-q"
    wake: int = -1
    window: Callable[[], tuple[int, int]] | None = None
    proxy: Callable[[int], None] | None = None

    @property
    def attached(self) -> bool:
        """Say whether any stream is attached."""
        return self.stdin >= 0 or self.stdout >= 0 or self.stderr >= 0


def parse_detach_keys(text: str) -> bytes:
    """Return the bytes of a detach sequence: "ctrl-p,ctrl-q", "a,ctrl-@,[". "" is none. Raises InvalidInput."""
    found = bytearray()
    for key in filter(None, text.split(",")):
        name = key.strip().lower()
        if len(key) == 1:
            found += key.encode()
        elif name.startswith("ctrl-") and len(name) == 6 and ("a" <= name[5] <= "z" or name[5] in "@[\\]^_"):
            found.append(ord(name[5].upper()) & 0x1F)
        else:
            raise InvalidInput("not a detach key", subject=text, hint="write them as in ctrl-p,ctrl-q")
    return bytes(found)


class DetachFilter:
    """Looks for the detach sequence in what is typed, also when it comes in pieces. Pure."""

    def __init__(self, keys: bytes) -> None:
        self._keys = keys
        self._held = b""

    def feed(self, data: bytes) -> tuple[bytes, bool]:
        """Return what is to be passed on, and whether the sequence is complete."""
        if not self._keys:
            return data, False
        data = self._held + data
        self._held = b""
        at = data.find(self._keys)
        if at >= 0:
            return data[:at], True
        for length in range(min(len(self._keys) - 1, len(data)), 0, -1):
            if data.endswith(self._keys[:length]):
                self._held = data[-length:]
                return data[:-length], False
        return data, False


def connect(session: Session, container_id: str) -> _socket.socket:
    """Connect to a container's attach socket; its path may be of any length. Raises NotRunning."""
    return connect_at(session.paths.bundle(container_id), container_id)


def connect_at(bundle: str, subject: str) -> _socket.socket:
    """Connect to the attach socket in a bundle directory."""
    connection = _socket.socket(_socket.AF_UNIX, _socket.SOCK_SEQPACKET | _socket.SOCK_CLOEXEC)
    try:
        folder = os.open(bundle, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            connection.connect(f"/proc/self/fd/{folder}/attach")
        finally:
            os.close(folder)
    except OSError as error:
        connection.close()
        raise NotRunning("it cannot be attached to", subject=subject) from error
    return connection


def control(bundle: str, line: str) -> None:
    """Write one line to conmon's control fifo; a monitor that is gone is fine."""
    with contextlib.suppress(OSError):
        descriptor = os.open(f"{bundle}/ctl", os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            os.write(descriptor, line.encode() + b"\n")
        finally:
            os.close(descriptor)


def resize(bundle: str, streams: Streams) -> None:
    """Give the container's terminal the size of ours."""
    if streams.terminal and streams.window is not None:
        rows, columns = streams.window()
        if rows and columns:
            control(bundle, f"1 {rows} {columns}")


def pump(bundle: str, connection: _socket.socket, streams: Streams) -> str:
    """Pass bytes both ways until the container closes ("eof") or the user types the detach keys ("detached").

    Output is written as fast as it is taken, so a slow reader slows the container, and none is lost. Output whose reader
    has gone is dropped: the container lives on.
    """
    resize(bundle, streams)
    state = _Pump(bundle, connection, streams)
    try:
        return state.run()
    finally:
        connection.close()


class _Pump:
    def __init__(self, bundle: str, connection: _socket.socket, streams: Streams) -> None:
        self._bundle = bundle
        self._connection = connection
        self._streams = streams
        self._outputs = {STDOUT: streams.stdout, STDERR: streams.stderr if not streams.terminal else streams.stdout}
        self._filter = DetachFilter(parse_detach_keys(streams.detach_keys) if streams.terminal else b"")
        self._poller = select.poll()
        self._unsent = b""

    def run(self) -> str:
        connection, streams = self._connection.fileno(), self._streams
        self._poller.register(connection, select.POLLIN)
        for descriptor in {streams.stdin, streams.wake} - {-1}:
            self._poller.register(descriptor, select.POLLIN)
        while True:
            for descriptor, events in self._poller.poll():
                if descriptor == connection:
                    if events & select.POLLOUT:
                        self._send(b"")
                    if events & ~select.POLLOUT and not self._receive():
                        return "eof"
                elif descriptor == streams.wake:
                    self._signals(os.read(descriptor, 64))
                elif descriptor == streams.stdin and not self._type():
                    return "detached"

    def _receive(self) -> bool:
        try:
            packet = self._connection.recv(_PACKET_BYTES)
        except ConnectionResetError:
            return False
        if not packet:
            return False
        output = self._outputs.get(packet[0], -1)
        if output >= 0 and not write_all(output, packet[1:]):
            self._outputs = {kind: -1 if fd == output else fd for kind, fd in self._outputs.items()}
        return True

    def _type(self) -> bool:
        try:
            data = os.read(self._streams.stdin, _READ_BYTES)
        except OSError:
            data = b""
        if not data:
            self._poller.unregister(self._streams.stdin)
            if not self._streams.terminal and not self._unsent:
                self._end_of_input()
            else:
                self._ended = True
            return True
        data, detach = self._filter.feed(data)
        self._send(data)
        return not detach

    _ended = False

    def _send(self, data: bytes) -> None:
        """Send without blocking; what conmon does not take now waits, and so does our stdin."""
        self._unsent += data
        while self._unsent:
            try:
                sent = self._connection.send(self._unsent[:_READ_BYTES], _socket.MSG_DONTWAIT | _socket.MSG_NOSIGNAL)
            except BlockingIOError:
                self._wait_for_room()
                return
            except OSError:
                self._unsent = b""
                return
            self._unsent = self._unsent[sent:]
        self._poller.modify(self._connection.fileno(), select.POLLIN)
        if self._ended:
            self._end_of_input()
        elif self._streams.stdin >= 0:
            self._poller.register(self._streams.stdin, select.POLLIN)

    def _wait_for_room(self) -> None:
        self._poller.modify(self._connection.fileno(), select.POLLIN | select.POLLOUT)
        with contextlib.suppress(KeyError):
            self._poller.unregister(self._streams.stdin)

    def _end_of_input(self) -> None:
        if not self._streams.terminal:
            with contextlib.suppress(OSError):
                self._connection.shutdown(_socket.SHUT_WR)

    def _signals(self, numbers: bytes) -> None:
        for number in numbers:
            if number == _SIGWINCH:
                resize(self._bundle, self._streams)
            elif self._streams.proxy is not None:
                self._streams.proxy(number)


def write_all(descriptor: int, data: bytes) -> bool:
    """Write all of `data`, waiting as needed; False if the reader has gone."""
    view = memoryview(data)
    while view:
        try:
            view = view[os.write(descriptor, view) :]
        except BlockingIOError:
            select.select([], [descriptor], [])
        except OSError:
            return False
    return True
