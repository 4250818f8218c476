"""Connections whose first bytes have not arrived yet, in one poll loop: no process is forked for a client that sends nothing.

A client is refused or gets a worker as soon as its first bytes decide it (`entry.Admission`). There are at most `MOST_WAITING`: the
next one replaces the oldest, so that silent clients cannot block others, and each must send its request within `FIRST_BYTES_S`
seconds, however slowly it sends.
"""

from __future__ import annotations

import contextlib
import errno
import select
import time

from pycman.errors import Cancelled
from pycman.pool.connection import LINGER_S, Connection
from pycman.pool.entry import Admitted

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from pycman.pool.entry import Admission, Reception

    Fork = Callable[[Connection, Admitted], None]

MOST_WAITING = 64
FIRST_BYTES_S = 10.0
_ACCEPTED_A_TURN = 16
"""Connections accepted before requests and workers are served again."""
_PAUSE_S = 0.2
_NO_RESOURCES = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


class _Client:
    def __init__(self, connection: Connection, admission: Admission) -> None:
        self.connection = connection
        self.admission: Admission | None = admission
        """None once it was refused; then it has some time to read the answer."""
        self.deadline = time.monotonic() + FIRST_BYTES_S


class WaitingConnections:
    """The clients by descriptor, oldest first; each is registered in `poller`. `fork` raises OSError if it cannot fork."""

    def __init__(self, listener: socket.socket, reception: Reception, poller: select.poll, fork: Fork) -> None:
        listener.setblocking(False)
        self._listener = listener
        self._reception = reception
        self._poller = poller
        self._fork = fork
        self._clients: dict[int, _Client] = {}
        self._paused_until = 0.0
        poller.register(listener, select.POLLIN)

    def __contains__(self, descriptor: int) -> bool:
        return descriptor in self._clients or descriptor == self._listener.fileno()

    def handle(self, descriptor: int) -> None:
        """Handle the events of a descriptor that is ready."""
        if descriptor == self._listener.fileno():
            self._accept()
            return
        client = self._clients[descriptor]
        try:
            client.connection.send(b"")
            self._decide(client, client.connection.receive())
        except Cancelled:
            self._drop(descriptor)
        except Exception:  # a fault while parsing one client's bytes must not end the pool for all clients
            self._drop(descriptor)
        if descriptor in self._clients:
            self._poller.modify(descriptor, select.POLLIN | client.connection.wanted)

    def _decide(self, client: _Client, data: bytes) -> None:
        decision = client.admission.receive(data) if client.admission is not None and data else None
        if isinstance(decision, Admitted):
            self._admit(client, decision)
        elif decision is not None:
            self._refuse(client, decision.answer)
        elif client.admission is None:
            client.connection.end()

    def _admit(self, client: _Client, admitted: Admitted) -> None:
        try:
            self._fork(client.connection, admitted)
        except OSError:
            self._refuse(client, admitted.busy)
        else:
            self._drop(client.connection.fileno())

    def _refuse(self, client: _Client, answer: bytes) -> None:
        client.admission = None
        client.deadline = time.monotonic() + LINGER_S
        client.connection.send(answer)
        client.connection.end()

    def _accept(self) -> None:
        for _ in range(_ACCEPTED_A_TURN):
            try:
                accepted, _address = self._listener.accept()
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno in _NO_RESOURCES:
                    self._make_room()
                    return
                continue  # the client disconnected before it was accepted
            while len(self._clients) >= MOST_WAITING:
                self._drop(next(iter(self._clients)))
            try:
                connection = Connection(accepted, self._reception.tls())
            except OSError:  # the certificate cannot be read at the moment
                accepted.close()
                continue
            self._clients[connection.fileno()] = _Client(connection, self._reception.admission())
            self._poller.register(connection.fileno(), select.POLLIN)

    def _make_room(self) -> None:
        """Drop the oldest client, because this process can open no more descriptors; without clients, stop accepting for a
        moment.
        """
        if self._clients:
            self._drop(next(iter(self._clients)))
            return
        self._paused_until = time.monotonic() + _PAUSE_S
        self._poller.unregister(self._listener)

    def _drop(self, descriptor: int) -> None:
        self._poller.unregister(descriptor)
        self._clients.pop(descriptor).connection.discard()

    @property
    def next_deadline(self) -> float:
        """The time (monotonic) at which `expire` must be called next."""
        deadlines = [client.deadline for client in self._clients.values()]
        return min([*deadlines, self._paused_until or float("inf")])

    def expire(self) -> None:
        """Drop the clients whose deadline has passed, and accept again after a pause."""
        now = time.monotonic()
        for descriptor in [number for number, client in self._clients.items() if client.deadline <= now]:
            self._drop(descriptor)
        if self._paused_until and self._paused_until <= now:
            self._paused_until = 0.0
            self._poller.register(self._listener, select.POLLIN)

    def close_others(self, kept: Connection | None = None) -> None:
        """Close all connections but `kept`. Called in a forked worker, so that other clients' connections do not stay open
        because of it.
        """
        for client in self._clients.values():
            if client.connection is not kept:
                with contextlib.suppress(OSError):
                    client.connection.discard()
        self._listener.close()
