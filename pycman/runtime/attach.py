"""Pass bytes between a caller's streams and a container through conmon's attach socket.

    stdin ──▶ pump ──▶ attach socket ──▶ conmon ──▶ container        window size, log: ──▶ control fifo ("ctl")
    stdout, stderr ◀── pump ◀── packets ◀──────────────┘

`connect` before the container starts, so that none of its output is missed; then `pump`.
"""

from __future__ import annotations

import _socket
import os
import select
import stat

from pycman.contexts import suppress
from pycman.errors import Cancelled, NotRunning, output_failed
from pycman.linux.files import descriptor_path
from pycman.linux.processes import is_alive, wait_gone
from pycman.record import Record
from pycman.runtime.attach_protocol import (
    DEFAULT_DETACH_KEYS,
    PACKET_BYTES,
    REOPEN_LOG,
    STDERR,
    STDOUT,
    DetachFilter,
    parse_detach_keys,
    window_line,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pycman.state.session import Session

_READ_BYTES = 8192
_SAFE_BYTES = 4096
"""PIPE_BUF: a pipe that poll(2) reports as writable takes this much without blocking (pipe(7))."""
_SIGWINCH = 28
_WRITABLE = select.POLLOUT | select.POLLERR | select.POLLHUP | select.POLLNVAL


class Detached(Cancelled):
    """The user typed the detach keys; the container keeps running."""

    reference = "detached"
    exit_status = 0


class Streams(Record):
    """The descriptors a container's streams are passed to; -1 is "not attached".

    `wake` is a descriptor from which one byte per signal is read (signal.set_wakeup_fd): for SIGWINCH, `window` is called for
    (rows, columns); all other signal numbers are passed to `proxy`.
    """

    stdin: int = -1
    stdout: int = 1
    stderr: int = 2
    terminal: bool = False
    detach_keys: str = DEFAULT_DETACH_KEYS
    wake: int = -1
    window: Callable[[], tuple[int, int]] | None = None
    proxy: Callable[[int], None] | None = None

    @property
    def attached(self) -> bool:
        """Say whether any stream is attached."""
        return self.stdin >= 0 or self.stdout >= 0 or self.stderr >= 0


def connect(session: Session, container_id: str) -> _socket.socket:
    """Connect to a container's attach socket, however long its path is. Raises NotRunning."""
    return connect_at(session.paths.bundle(container_id), container_id)


def connect_at(bundle: str, subject: str) -> _socket.socket:
    """Connect to the attach socket in a bundle directory, through /proc/self/fd: sun_path has room for 107 bytes only.

    Raises NotRunning about `subject`.
    """
    connection = _socket.socket(_socket.AF_UNIX, _socket.SOCK_SEQPACKET | _socket.SOCK_CLOEXEC)
    try:
        folder = os.open(bundle, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            connection.connect(descriptor_path(folder, "attach"))
        finally:
            os.close(folder)
    except OSError as error:
        connection.close()
        raise NotRunning("it cannot be attached to", subject=subject) from error
    return connection


def control(bundle: str, line: str) -> None:
    """Write one line to conmon's control fifo; do nothing if conmon has ended."""
    with suppress(OSError):
        descriptor = os.open(f"{bundle}/ctl", os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            os.write(descriptor, line.encode() + b"\n")
        finally:
            os.close(descriptor)


def reopen_log(bundle: str) -> None:
    """Have conmon open the container's log again, after a log rotation moved the file away."""
    control(bundle, REOPEN_LOG)


def resize(bundle: str, streams: Streams, *, redraw: bool = False) -> None:
    """Set the container's terminal to the size of the caller's.

    `redraw` has its programs draw themselves anew (SIGWINCH): by another size before that, as an equal one changes nothing.
    """
    if streams.terminal and streams.window is not None:
        rows, columns = streams.window()
        if rows and columns:
            if redraw:
                control(bundle, window_line(rows + 1, columns + 1))
            control(bundle, window_line(rows, columns))


def pump(bundle: str, connection: _socket.socket, streams: Streams, *, redraw: bool = False) -> str:
    """Pass bytes both ways until the container closes ("eof") or the user types the detach keys ("detached").

    `redraw`: the container runs already, and what it has drawn is to be seen again.
    A slow reader slows the container down, and no byte is lost; signals are passed on even while it is slow. Raises
    BrokenPipeError when the reader of our output has closed it, OutputFailed: the container keeps running, as with docker.
    """
    keys = parse_detach_keys(streams.detach_keys) if streams.terminal else b""
    try:
        resize(bundle, streams, redraw=redraw)
        return _Pump(bundle, connection, streams, DetachFilter(keys)).run()
    finally:
        connection.close()


def pass_signals_until_gone(pid: int, started: int, streams: Streams) -> None:
    """Wait until a process that has our own streams (passthrough) ends, and pass signals on to it until then."""
    if streams.wake < 0 or streams.proxy is None:
        wait_gone(pid, started, -1)
        return
    poller = select.poll()
    poller.register(streams.wake, select.POLLIN)
    with suppress(ProcessLookupError):
        descriptor = os.pidfd_open(pid)
        try:
            poller.register(descriptor, select.POLLIN)
            while is_alive(pid, started):
                for ready, _events in poller.poll():
                    if ready == streams.wake:
                        for number in os.read(ready, 64):
                            streams.proxy(number)
        finally:
            os.close(descriptor)


class _Pump:
    """One loop over poll(2). While bytes of one direction cannot be written, no more are read from their source."""

    def __init__(self, bundle: str, connection: _socket.socket, streams: Streams, keys: DetachFilter) -> None:
        self._bundle = bundle
        self._connection = connection
        self._streams = streams
        self._keys = keys
        self._outputs = {STDOUT: streams.stdout, STDERR: streams.stdout if streams.terminal else streams.stderr}
        self._safe = {output: _safe_bytes(output) for output in self._outputs.values() if output >= 0}
        self._output = -1
        self._unwritten = memoryview(b"")
        self._unsent = b""
        self._stdin_open = streams.stdin >= 0

    def run(self) -> str:
        poller = select.poll()
        connection, streams = self._connection.fileno(), self._streams
        if streams.wake >= 0:
            poller.register(streams.wake, select.POLLIN)
        watched: dict[int, int] = {}
        while True:
            watched = watch(poller, watched, self._awaited_events(connection))
            for descriptor, events in poller.poll():
                if descriptor == connection:
                    if events & select.POLLOUT:
                        self._send()
                    if events & ~select.POLLOUT and not self._unwritten and not self._receive():
                        return "eof"
                elif descriptor == streams.wake:
                    self._signals(os.read(descriptor, 64))
                elif descriptor == self._output and self._unwritten and events & _WRITABLE:
                    self._write()
                elif descriptor == streams.stdin and self._stdin_open and not self._unsent and not self._read_stdin():
                    return "detached"

    def _awaited_events(self, connection: int) -> dict[int, int]:
        """Return what to wait for: descriptor → events."""
        awaited = {connection: (0 if self._unwritten else select.POLLIN) | (select.POLLOUT if self._unsent else 0)}
        if self._stdin_open and not self._unsent:
            awaited[self._streams.stdin] = select.POLLIN
        if self._unwritten:
            awaited[self._output] = awaited.get(self._output, 0) | select.POLLOUT
            if not awaited[connection]:
                del awaited[connection]  # poll would report its hang-up again and again
        return awaited

    def _receive(self) -> bool:
        try:
            packet = self._connection.recv(PACKET_BYTES)
        except ConnectionResetError:
            return False
        if not packet:
            return False
        self._output = self._outputs.get(packet[0], -1)
        if self._output >= 0:
            self._unwritten = memoryview(packet)[1:]
        return True

    def _write(self) -> None:
        try:
            written = os.write(self._output, self._unwritten[: self._safe[self._output]])
        except BlockingIOError:  # the program that started us may have made it non-blocking
            return
        except BrokenPipeError:
            raise
        except OSError as error:
            raise output_failed(error, self._output) from error
        self._unwritten = self._unwritten[written:]

    def _read_stdin(self) -> bool:
        """Read from the caller and send it on; False once the detach keys were typed."""
        try:
            data = os.read(self._streams.stdin, _READ_BYTES)
        except OSError:
            data = b""
        detach = False
        if data:
            data, detach = self._keys.feed(data)
        else:
            data = self._keys.flush()
            self._stdin_open = False
        self._unsent += data
        self._send()
        return not detach

    def _send(self) -> None:
        """Send without blocking; until conmon takes the rest, stdin is not read."""
        try:
            while self._unsent:
                sent = self._connection.send(self._unsent[:_READ_BYTES], _socket.MSG_DONTWAIT | _socket.MSG_NOSIGNAL)
                self._unsent = self._unsent[sent:]
        except BlockingIOError:
            return
        except OSError:
            self._unsent = b""  # conmon has closed the connection: the container has ended
            self._stdin_open = False
        if not self._stdin_open and self._streams.stdin >= 0 and not self._streams.terminal:
            with suppress(OSError):
                self._connection.shutdown(_socket.SHUT_WR)  # conmon closes the container's stdin

    def _signals(self, numbers: bytes) -> None:
        for number in numbers:
            if number == _SIGWINCH:
                resize(self._bundle, self._streams)
            elif self._streams.proxy is not None:
                self._streams.proxy(number)


def watch(poller: select.poll, before: dict[int, int], awaited: dict[int, int]) -> dict[int, int]:
    """Make a poller that waits for `before` wait for `awaited` (descriptor → events) instead; return `awaited`."""
    if awaited != before:
        for descriptor in before.keys() - awaited.keys():
            poller.unregister(descriptor)
        for descriptor, events in awaited.items():
            poller.register(descriptor, events)
    return awaited


def _safe_bytes(descriptor: int) -> int:
    """Return how many bytes may be written at once: a regular file never blocks for long, a pipe or terminal may."""
    try:
        return PACKET_BYTES if stat.S_ISREG(os.fstat(descriptor).st_mode) else _SAFE_BYTES
    except OSError:
        return _SAFE_BYTES
