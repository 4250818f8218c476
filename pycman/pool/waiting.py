"""Connections whose first bytes are awaited, all in one poll loop: no process is made for a client that has said nothing.

A client is refused or given a worker as soon as its first bytes decide it (`entry.Admission`). There are never more than
`MOST_WAITING`: the next one takes the place of the oldest, so that silent clients cannot keep others out, and each has
`FIRST_BYTES_S` seconds for all it has to say, however slowly it says it.
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
"""Then requests and workers have their turn."""
_REST_S = 0.2
_NO_ROOM = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


class _Client:
    def __init__(self, connection: Connection, admission: Admission) -> None:
        self.connection = connection
        self.admission: Admission | None = admission
        """None once it was refused: it is given time to read why."""
        self.deadline = time.monotonic() + FIRST_BYTES_S


class WaitingConnections:
    """The clients by descriptor, the oldest first; each is in `poller`. `fork` raises OSError if there is no room for a process."""

    def __init__(self, listener: socket.socket, reception: Reception, poller: select.poll, fork: Fork) -> None:
        listener.setblocking(False)
        self._listener = listener
        self._reception = reception
        self._poller = poller
        self._fork = fork
        self._clients: dict[int, _Client] = {}
        self._rests_until = 0.0
        poller.register(listener, select.POLLIN)

    def __contains__(self, descriptor: int) -> bool:
        return descriptor in self._clients or descriptor == self._listener.fileno()

    def handle(self, descriptor: int) -> None:
        """Do what can be done with a descriptor that is ready."""
        if descriptor == self._listener.fileno():
            self._accept()
            return
        client = self._clients[descriptor]
        try:
            client.connection.send(b"")
            self._decide(client, client.connection.receive())
        except Cancelled:
            self._drop(descriptor)
        except Exception:  # a fault in reading what one client said must not end the pool for all
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
                if error.errno in _NO_ROOM:
                    self._make_room()
                    return
                continue  # the client has gone before it was looked at
            while len(self._clients) >= MOST_WAITING:
                self._drop(next(iter(self._clients)))
            try:
                connection = Connection(accepted, self._reception.tls())
            except OSError:  # a certificate that cannot be read just now
                accepted.close()
                continue
            self._clients[connection.fileno()] = _Client(connection, self._reception.admission())
            self._poller.register(connection.fileno(), select.POLLIN)

    def _make_room(self) -> None:
        """Let the oldest go, as this process can have no more descriptors; if others have them, try again a little later."""
        if self._clients:
            self._drop(next(iter(self._clients)))
            return
        self._rests_until = time.monotonic() + _REST_S
        self._poller.unregister(self._listener)

    def _drop(self, descriptor: int) -> None:
        self._poller.unregister(descriptor)
        self._clients.pop(descriptor).connection.discard()

    @property
    def next_deadline(self) -> float:
        """When `expire` has something to do."""
        deadlines = [client.deadline for client in self._clients.values()]
        return min([*deadlines, self._rests_until or float("inf")])

    def expire(self) -> None:
        """Drop those whose time is over."""
        now = time.monotonic()
        for descriptor in [number for number, each in self._clients.items() if each.deadline <= now]:
            self._drop(descriptor)
        if self._rests_until and self._rests_until <= now:
            self._rests_until = 0.0
            self._poller.register(self._listener, select.POLLIN)

    def close_others(self, kept: Connection | None = None) -> None:
        """In a forked worker: close all but the one it serves, so that no other client's connection depends on it."""
        for client in self._clients.values():
            if client.connection is not kept:
                with contextlib.suppress(OSError):
                    client.connection.discard()
        self._listener.close()
