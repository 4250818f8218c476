"""The process of the relay: a poll loop over its control socket, its listening sockets, and what goes through them."""

from __future__ import annotations

import _socket
import os
import select
import struct
import time

from pycman.contexts import suppress
from pycman.linux.open_files import allow_most_open_files
from pycman.linux.process_name import name_process
from pycman.network.relay.callers import Callers
from pycman.network.relay.datagrams import DatagramPort
from pycman.network.relay.lines import DONE, END, LINES_A_PACKET, PACKET_BYTES, parse_port
from pycman.network.relay.loop import Loop
from pycman.network.relay.pipes import Pipes
from pycman.network.relay.streams import StreamPort

_NOBODY = 65534
_IDLE_S = 10.0
_SWEEP_S = 1.0
_SCM_RIGHTS = 1


class Relay:
    """The ports by their keys, as the last packets of the starter named them."""

    def __init__(self, control: _socket.socket, callers: Callers) -> None:
        self.loop = Loop()
        self._callers = callers
        self._pipes = Pipes()
        self.ports: dict[str, StreamPort | DatagramPort] = {}
        self._named: set[str] = set()
        self._control = control
        self.loop.watch(control.fileno(), select.EPOLLIN, lambda _events: self._serve_starter())
        self._ended = False

    def run(self) -> None:
        """Relay until there is no port left, or if the starter was killed before it named one."""
        given_up = time.monotonic() + _IDLE_S
        swept = 0.0
        while not self._ended:
            self.loop.turn(_IDLE_S)
            now = time.monotonic()
            if now > swept + _SWEEP_S:
                swept = now
                for port in self.ports.values():
                    port.sweep()
            self._ended = self._ended or (not self.ports and now > given_up)

    def _serve_starter(self) -> None:
        """Read all packets of one starter; there is one at a time, as it holds the lock of the networks."""
        connection = _accepted(self._control)
        try:
            connection.settimeout(5)
            self._named.clear()
            while True:
                text, descriptors = _receive(connection)
                if text == END:
                    self._close_unnamed()
                    connection.send(DONE)
                    return
                if not text:
                    return  # the starter was killed: the next one names all ports again
                self._take(text.split("\n"), descriptors)
        except OSError:
            return
        finally:
            connection.close()

    def _take(self, lines: list[str], descriptors: list[int]) -> None:
        for line in lines:
            key, choice, targets = parse_port(line[2:])
            self._named.add(key)
            if line[0] == "+":
                if key in self.ports:
                    self.ports.pop(key).close()
                socket = _socket.socket(fileno=descriptors.pop(0))
                socket.setblocking(False)
                self.ports[key] = self._port(key, socket)
            if key in self.ports:
                self.ports[key].lead_to(targets, choice)

    def _port(self, key: str, socket: _socket.socket) -> StreamPort | DatagramPort:
        if key.startswith("tcp"):
            return StreamPort(self.loop, socket, self._callers, self._pipes)
        return DatagramPort(self.loop, socket)

    def _close_unnamed(self) -> None:
        for key in [key for key in self.ports if key not in self._named]:
            self.ports.pop(key).close()
        self._ended = not self.ports


def _accepted(listener: _socket.socket) -> _socket.socket:
    descriptor, _address = listener._accept()  # type: ignore[attr-defined]
    return _socket.socket(fileno=descriptor)


def _receive(connection: _socket.socket) -> tuple[str, list[int]]:
    data, extra, _flags, _address = connection.recvmsg(PACKET_BYTES, _socket.CMSG_SPACE(4 * LINES_A_PACKET))
    descriptors: list[int] = []
    for level, kind, rights in extra:
        if (level, kind) == (_socket.SOL_SOCKET, _SCM_RIGHTS):
            descriptors += struct.unpack(f"={len(rights) // 4}i", rights)
    for descriptor in descriptors:
        os.set_inheritable(descriptor, False)
    return data.decode(), descriptors


def run_relay(control: int, *, as_nobody: bool, shows_callers: bool) -> int:
    """Be the relay whose control socket is the descriptor `control`; return 0 when it has no port any more.

    All it needs from now on are its sockets: `as_nobody` gives up the host's root. With `shows_callers` it is in the shared
    namespace of a rootless store, where containers see TCP callers under their own addresses.
    """
    name_process("pycman-relay")
    allow_most_open_files()
    if as_nobody:
        with suppress(OSError):  # root of a user namespace that has no such id
            os.setgroups([])
            os.setresgid(_NOBODY, _NOBODY, _NOBODY)
            os.setresuid(_NOBODY, _NOBODY, _NOBODY)
    Relay(_socket.socket(fileno=control), Callers(are_shown=shows_callers)).run()
    return 0
