"""Exec and attach: one poll loop between a client and a process, or a container's monitor. Runs in a worker of its own.

client ◀── Connection ── CommandWire (SPDY, WebSocket) ── pump ── Far: Command (exec) or Monitor (attach)
"""

from __future__ import annotations

import _socket
import contextlib
import errno
import os
import select
import time

from cri_server.streaming.remote_command import (
    ClientLeft,
    Resized,
    Typed,
    TypedEnd,
    exit_status,
    failure,
    success,
)
from pycman.errors import Cancelled, PycmanError, TimedOut
from pycman.linux.process_tree import kill_tree
from pycman.linux.processes import start_time
from pycman.runtime.attach import connect, control
from pycman.runtime.attach_protocol import PACKET_BYTES, STDERR, STDOUT, window_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    from cri_server.streaming.remote_command import CommandWire, Wanted
    from pycman.containers.process.exec import Prepared
    from pycman.pool.connection import Connection
    from pycman.state.session import Session

    class Far(Protocol):
        """The side that the client is connected to: an exec process or a container's monitor."""

        def wanted(self, *, read: bool) -> dict[int, int]:
            """Return what to poll for: descriptor → events; outputs only if they may be `read`."""

        def take(self, descriptor: int, events: int) -> list[tuple[str, bytes]]:
            """Handle the events of a descriptor; return (stream, output) pairs."""

        def type(self, data: bytes) -> None:
            """Write to standard input; bytes it does not read yet are buffered."""

        def end_input(self) -> None:
            """Close standard input, once all buffered bytes are written."""

        def resize(self, columns: int, rows: int) -> None:
            """Set the size of the terminal."""

        @property
        def is_full(self) -> bool:
            """Whether so many bytes are buffered for it that none should be read from the client."""

        @property
        def has_ended(self) -> bool:
            """Whether it has ended; some of its output may not be read yet."""

        def status(self) -> dict[str, Any]:
            """Return how it ended, as a Status object."""


_OPEN_TIMEOUT_S = 30.0
"""How long a client may take to open all its streams."""
_READ_BYTES = 64 << 10
_LATE_BYTES = 1 << 20
"""At most this much is read after the process has ended: more than a pipe holds, so the rest is written by child processes that
outlive it."""
_FULL_BYTES = 1 << 20
_NAMES = {1: "stdout", 2: "stderr"}
_GONE = select.POLLERR | select.POLLHUP


def open_streams(client: Connection, wire: CommandWire, first: bytes) -> list[Any]:
    """Wait until the client has opened all streams; return the events received until then.

    Raises TimedOut, Cancelled, and the protocol's own errors.
    """
    events = list(wire.receive(first))
    deadline = time.monotonic() + _OPEN_TIMEOUT_S
    poller = select.poll()
    while not wire.ready:
        client.send(wire.output())
        poller.register(client, select.POLLIN | client.wanted)
        left = deadline - time.monotonic()
        if left <= 0 or not poller.poll(left * 1000):
            raise TimedOut("not all streams were opened", subject="streaming")
        events += wire.receive(client.receive())
    client.send(wire.output())
    return events


def pump(client: Connection, wire: CommandWire, far: Far, early: list[Any], idle_s: float) -> None:
    """Pass bytes until `far` has ended. Raises Cancelled when the client disconnects first, TimedOut after `idle_s` without bytes."""
    _apply(early, far)
    late = 0
    while True:
        watched = far.wanted(read=not client.is_full)
        own = client.fileno()
        watched[own] = (0 if far.is_full else select.POLLIN) | client.wanted
        poller = select.poll()
        for descriptor, events in watched.items():
            poller.register(descriptor, events)
        ended = far.has_ended
        ready = poller.poll(0 if ended and not client.is_full else idle_s * 1000)
        if not ready and not ended:
            raise TimedOut(f"no data for {idle_s:g} s", subject="streaming")
        silent = True
        for descriptor, events in ready:
            if descriptor == own:
                client.send(b"")
                if events & _GONE or (events & select.POLLIN and not far.is_full):
                    _apply(wire.receive(client.receive()), far)
                continue
            for stream, data in far.take(descriptor, events):
                silent = False
                late += len(data) if ended else 0
                wire.write(stream, data)
        client.send(wire.output())
        # `ended` was read before this turn: so all that was written before the end has been read once a turn is silent
        if ended and (silent or late > _LATE_BYTES) and not client.is_full:
            wire.finish(far.status())
            client.send(wire.output())
            return


def _apply(events: list[Any], far: Far) -> None:
    for event in events:
        match event:
            case Typed(data=data):
                far.type(data)
            case TypedEnd():
                far.end_input()
            case Resized(columns=columns, rows=rows):
                far.resize(columns, rows)
            case ClientLeft():
                raise Cancelled("the client has gone", subject="streaming")


class Command:
    """A process of `exec`, with pipes or with a terminal made for it in the container."""

    def __init__(self, prepared: Prepared, wanted: Wanted) -> None:
        self._prepared = prepared
        self._process = prepared.start(stdin=wanted.stdin, stdout=wanted.stdout, stderr=wanted.stderr)
        self._takes_input = wanted.stdin
        self._unwritten = bytearray()
        self._input_ends = False
        self._ended: int | None = None

    def wanted(self, *, read: bool) -> dict[int, int]:
        """Return what to poll for."""
        process = self._process
        found = dict.fromkeys(process.outputs, select.POLLIN) if read else {}
        if process.stdin >= 0 and self._unwritten:
            found[process.stdin] = found.get(process.stdin, 0) | select.POLLOUT
        if self._ended is None:
            found[process.pidfd] = select.POLLIN
        return found

    def take(self, descriptor: int, events: int) -> list[tuple[str, bytes]]:
        """Read output, write input, or reap the process."""
        process = self._process
        if descriptor == process.pidfd:
            self._ended = process.wait()
            return []
        if descriptor == process.stdin and events & (select.POLLOUT | select.POLLERR):
            self._write()
        if descriptor not in process.outputs or not events & ~select.POLLOUT:
            return []
        try:
            data = os.read(descriptor, _READ_BYTES)
        except BlockingIOError:
            return []
        except OSError as error:  # EIO: all processes have closed the other side of the terminal
            if error.errno != errno.EIO:
                raise
            data = b""
        if data:
            return [(_NAMES[process.outputs[descriptor]], data)]
        process.close_output(descriptor)
        return []

    def type(self, data: bytes) -> None:
        """Write to standard input."""
        if self._takes_input and self._process.stdin >= 0 and not self._input_ends:
            self._unwritten += data
            self._write()

    def _write(self) -> None:
        try:
            while self._unwritten:
                del self._unwritten[: os.write(self._process.stdin, self._unwritten[:_READ_BYTES])]
        except BlockingIOError:
            return
        except OSError:  # the process has closed its standard input
            self._unwritten.clear()
            self._input_ends = True
        self._close_input()

    def end_input(self) -> None:
        """Close standard input; a terminal stays open for its output."""
        self._input_ends = True
        self._close_input()

    def _close_input(self) -> None:
        if self._input_ends and not self._unwritten:
            self._process.close_stdin()

    def resize(self, columns: int, rows: int) -> None:
        """Set the size of the terminal."""
        if self._ended is None:
            self._process.resize(rows, columns)

    @property
    def is_full(self) -> bool:
        """Whether it does not read its input."""
        return len(self._unwritten) > _FULL_BYTES

    @property
    def has_ended(self) -> bool:
        """Whether the process has ended."""
        return self._ended is not None

    def status(self) -> dict[str, Any]:
        """Return the exit status, or a failure if the runtime could not run the command."""
        status = self._ended or 0
        try:
            if status:
                self._prepared.raise_complaint()
        except PycmanError as error:
            return failure(str(error))
        return exit_status(status) if status else success()

    def kill(self) -> None:
        """Kill the process and all its descendants if it has not ended, because its client has gone; close all descriptors."""
        if self._ended is None:
            pid = self._prepared.pid()
            if pid:
                kill_tree(pid, start_time(pid))
            else:
                self._process.signal(9)
            self._ended = self._process.wait()
        self._process.close()


class Monitor:
    """A running container's own streams, through its monitor."""

    def __init__(self, session: Session, container_id: str, wanted: Wanted) -> None:
        self._bundle = session.paths.bundle(container_id)
        self._socket = connect(session, container_id)
        self._socket.setblocking(False)
        self._streams = {STDOUT: "stdout", STDERR: "stdout" if wanted.terminal else "stderr"}
        self._terminal = wanted.terminal
        self._unsent = bytearray()
        self._input_ends = False
        self._ended = False

    def wanted(self, *, read: bool) -> dict[int, int]:
        """Return what to poll for."""
        events = (select.POLLIN if read else 0) | (select.POLLOUT if self._unsent else 0)
        return {self._socket.fileno(): events} if events and not self._ended else {}

    def take(self, _descriptor: int, events: int) -> list[tuple[str, bytes]]:
        """Send input, read a packet of output."""
        if events & select.POLLOUT:
            self._send()
        if not events & ~select.POLLOUT:
            return []
        try:
            packet = self._socket.recv(PACKET_BYTES)
        except BlockingIOError:
            return []
        except OSError:
            packet = b""
        if not packet:
            self._ended = True
            return []
        stream = self._streams.get(packet[0])
        return [(stream, packet[1:])] if stream else []

    def type(self, data: bytes) -> None:
        """Send to standard input."""
        self._unsent += data
        self._send()

    def _send(self) -> None:
        try:
            while self._unsent:
                del self._unsent[: self._socket.send(bytes(self._unsent[: PACKET_BYTES - 1]), _socket.MSG_NOSIGNAL)]
        except BlockingIOError:
            return
        except OSError:
            self._unsent.clear()
        self._shut()

    def end_input(self) -> None:
        """Shut down our sending half; conmon then closes the container's input if it was created with stdin_once."""
        self._input_ends = True
        self._shut()

    def _shut(self) -> None:
        if self._input_ends and not self._unsent and not self._terminal:
            with contextlib.suppress(OSError):
                self._socket.shutdown(_socket.SHUT_WR)

    def resize(self, columns: int, rows: int) -> None:
        """Have the monitor set the size of the container's terminal."""
        if self._terminal:
            control(self._bundle, window_line(rows, columns))

    @property
    def is_full(self) -> bool:
        """Whether it does not read its input."""
        return len(self._unsent) > _FULL_BYTES

    @property
    def has_ended(self) -> bool:
        """Whether the container has ended."""
        return self._ended

    def status(self) -> dict[str, Any]:
        """Return success: attaching has no exit status."""
        return success()
