"""The streams of a shim's container in its monitor: fifos, log, attached clients, and what the shim says. One poll loop.

    shim ═ fifos ═▶ log, packets to all attached clients          clients ──▶ fifo ══▶ shim        ctl ──▶ ResizePty, log opened again

The protocol of clients and of `ctl` is conmon's (attach_protocol.py). A client that does not read slows the container down.
"""

from __future__ import annotations

import _socket
import os
import select
import time

from pycman.contexts import suppress
from pycman.errors import PycmanError
from pycman.runtime.attach_protocol import PACKET_BYTES, REOPEN_LOG, STDERR, STDOUT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pycman.runtime.shim.log_writer import LogWriter
    from pycman.runtime.shim.task_client import TaskClient

_NAMES = {STDOUT: "stdout", STDERR: "stderr"}
_MOST_UNWRITTEN = 65536
_MOST_LINE = 4096
_QUIET_S = 0.2
"""How long output may stay away after the first process's end, while others that outlived it keep the streams open."""
_LATE_S = 2.0
_SIGKILL = 9
_GONE = select.POLLHUP | select.POLLERR | select.POLLNVAL


class _Client:
    def __init__(self, connection: _socket.socket) -> None:
        self.connection = connection
        self.unsent: list[bytes] = []
        self.listens = True


class ContainerStreams:
    """`outputs` maps descriptors to STDOUT or STDERR, `stdin` is a fifo's descriptor or -1, `control` that of `ctl`.

    `keeps_stdin`: standard input stays open when a client closes its own. `others` are descriptors with what to do when they are
    readable.
    """

    def __init__(
        self,
        task: TaskClient,
        log: LogWriter,
        *,
        listener: _socket.socket,
        control: int,
        stdin: int,
        outputs: dict[int, int],
        keeps_stdin: bool,
        others: dict[int, Callable[[], None]],
    ) -> None:
        self._task = task
        self._log = log
        self._listener = listener
        self._control = control
        self._stdin = stdin
        self._outputs = outputs
        self._keeps_stdin = keeps_stdin
        self.others = others
        self._clients: dict[int, _Client] = {}
        self._unwritten = b""
        self._line = b""
        self._wait = task.send("Wait")
        self._ends_stdin = False
        self._ended_at = 0.0
        self.status = -1
        self.killed_at_deadline = False

    def run(self, deadline: float) -> bool:
        """Pass bytes until the first process has ended (`status`) and its output was read; False if the shim is gone before.

        At `deadline` (time.monotonic, 0: none) the process is killed.
        """
        while True:
            if self._ended_at and (not self._outputs or time.monotonic() - self._ended_at > _LATE_S):
                return True
            poller = select.poll()
            for descriptor, events in self._awaited().items():
                poller.register(descriptor, events)
            ready = dict(poller.poll(self._timeout_ms(deadline)))
            if deadline and time.monotonic() >= deadline and not self._ended_at and not self.killed_at_deadline:
                self.killed_at_deadline = True
                with suppress(PycmanError):
                    self._task.send("Kill", signal=_SIGKILL)
            if self._ended_at and not ready.keys() & self._outputs.keys() and not self._is_slow:
                return True
            if self._task.fileno() in ready and not self._hear():
                return False
            for descriptor, events in ready.items():
                self._advance(descriptor, events)

    def close(self) -> None:
        """Close what clients have: they see the end of the container."""
        for client in self._clients.values():
            client.connection.close()
        self._clients.clear()
        self._listener.close()
        self._log.close()

    @property
    def _is_slow(self) -> bool:
        return any(client.unsent for client in self._clients.values())

    def _awaited(self) -> dict[int, int]:
        awaited = {self._listener.fileno(): select.POLLIN, self._control: select.POLLIN}
        if not self._ended_at:
            awaited[self._task.fileno()] = select.POLLIN
        awaited |= dict.fromkeys(self.others, select.POLLIN)
        for number, client in self._clients.items():
            listens = client.listens and len(self._unwritten) < _MOST_UNWRITTEN
            awaited[number] = (select.POLLIN if listens else 0) | (select.POLLOUT if client.unsent else 0)
        if not self._is_slow:
            awaited |= dict.fromkeys(self._outputs, select.POLLIN)
        if self._unwritten and self._stdin >= 0:
            awaited[self._stdin] = select.POLLOUT
        return awaited

    def _timeout_ms(self, deadline: float) -> int | None:
        if self._ended_at:
            return int(_QUIET_S * 1000)
        if deadline and not self.killed_at_deadline:
            return max(0, int((deadline - time.monotonic()) * 1000) + 1)
        return None

    def _advance(self, descriptor: int, events: int) -> None:
        if descriptor in self._outputs:
            self._read_output(descriptor)
        elif descriptor in self._clients:
            self._serve(descriptor, events)
        elif descriptor == self._listener.fileno():
            self._accept()
        elif descriptor == self._control:
            self._obey(os.read(descriptor, _MOST_LINE))
        elif descriptor == self._stdin:
            self._write_stdin()
        elif descriptor in self.others:
            self.others[descriptor]()

    def _hear(self) -> bool:
        """Take what the shim says; False if it is gone, or says what it must not."""
        try:
            replies = self._task.receive(0.001)
            for reply in replies or ():
                if reply.stream == self._wait:
                    self.status = int(self._task.answer("Wait", reply)["exit_status"])
                    self._ended_at = time.monotonic()
        except PycmanError:
            return False
        return replies is not None

    def _read_output(self, descriptor: int) -> None:
        try:
            data = os.read(descriptor, PACKET_BYTES - 1)
        except BlockingIOError:
            return
        if not data:
            os.close(descriptor)
            del self._outputs[descriptor]
            return
        stream = self._outputs[descriptor]
        self._log.write(_NAMES[stream], data)
        packet = bytes((stream,)) + data
        for number, client in list(self._clients.items()):
            client.unsent.append(packet)
            self._send(number, client)

    def _send(self, number: int, client: _Client) -> None:
        try:
            while client.unsent:
                client.connection.send(client.unsent[0], _socket.MSG_DONTWAIT | _socket.MSG_NOSIGNAL)
                del client.unsent[0]
        except BlockingIOError:
            return
        except OSError:
            self._drop(number, client)

    def _serve(self, number: int, events: int) -> None:
        client = self._clients[number]
        if events & select.POLLOUT:
            self._send(number, client)
        if events & select.POLLIN and client.listens and number in self._clients:
            try:
                data = client.connection.recv(PACKET_BYTES)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            if data:
                self._unwritten += data
                self._write_stdin()
                return
            client.listens = False
            self._end_stdin()
        if events & _GONE and number in self._clients:
            self._drop(number, client)

    def _drop(self, number: int, client: _Client) -> None:
        client.connection.close()
        self._clients.pop(number, None)
        self._end_stdin()

    def _end_stdin(self) -> None:
        """Close standard input when a client has closed its own, once what it wrote has been taken."""
        if not self._keeps_stdin:
            self._ends_stdin = True
            self._write_stdin()

    def _write_stdin(self) -> None:
        if self._stdin < 0:
            self._unwritten = b""
            return
        try:
            while self._unwritten:
                self._unwritten = self._unwritten[os.write(self._stdin, self._unwritten) :]
        except BlockingIOError:
            return
        except OSError:
            self._unwritten = b""
        if self._ends_stdin:
            self._close_stdin()

    def _close_stdin(self) -> None:
        """Close our end, and have the shim close its own, which it keeps for clients that come again."""
        os.close(self._stdin)
        self._stdin = -1
        with suppress(PycmanError):
            self._task.send("CloseIO", stdin=True)

    def _accept(self) -> None:
        try:
            descriptor, _address = self._listener._accept()  # type: ignore[attr-defined]
        except OSError:
            return
        connection = _socket.socket(fileno=descriptor)
        connection.setblocking(False)
        self._clients[descriptor] = _Client(connection)

    def _obey(self, data: bytes) -> None:
        """Do what lines of `ctl` ask for; one that is no such line is left."""
        *lines, rest = (self._line + data).split(b"\n")
        self._line = rest[-_MOST_LINE:]
        for line in lines:
            words = line.split()
            if line.decode("ascii", "replace") == REOPEN_LOG:
                self._log.reopen()
            elif len(words) == 3 and words[0] == b"1" and words[1].isdigit() and words[2].isdigit():
                rows, columns = (min(int(word[:6]), 0xFFFF) for word in words[1:])
                with suppress(PycmanError):
                    self._task.send("ResizePty", width=columns, height=rows)
