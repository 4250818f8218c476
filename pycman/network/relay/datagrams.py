"""UDP ports of the relay: a socket to a target for each caller, forgotten when it is silent (udp(7), ip(7), ipv6(7))."""

from __future__ import annotations

import _socket
import select
import time

from pycman.network.relay.targets import Targets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from pycman.network.relay.loop import Loop

_IDLE_S = 90.0
_MOST_FLOWS = 4096
_DATAGRAM_BYTES = 1 << 16
_ROOM_BYTES = 128
_IPPROTO_IPV6, _IPV6_RECVPKTINFO, _IPV6_PKTINFO = 41, 49, 50
_IPPROTO_IP, _IP_PKTINFO = 0, 8


class DatagramPort:
    """A bound UDP socket and the flows through it: one for each caller and the address of this host that it called."""

    def __init__(self, loop: Loop, socket: _socket.socket) -> None:
        self._loop = loop
        self._socket = socket
        self._targets = Targets((), "")
        self._flows: dict[tuple[Any, bytes], _Flow] = {}
        is_v6 = socket.family == _socket.AF_INET6
        self._info = (_IPPROTO_IPV6, _IPV6_PKTINFO) if is_v6 else (_IPPROTO_IP, _IP_PKTINFO)
        socket.setsockopt(self._info[0], _IPV6_RECVPKTINFO if is_v6 else _IP_PKTINFO, 1)
        loop.watch(socket.fileno(), select.EPOLLIN, self._forward)

    def lead_to(self, targets: Sequence[tuple[str, int]], choice: str) -> None:
        """Lead callers to these targets from now on, also those that were led to another one."""
        self._targets = Targets(targets, choice)
        for key, flow in list(self._flows.items()):
            if flow.target not in self._targets:
                self._drop(key)

    def close(self) -> None:
        """Close the port and its flows."""
        for key in list(self._flows):
            self._drop(key)
        self._loop.forget(self._socket.fileno())
        self._socket.close()

    def sweep(self) -> None:
        """Forget silent callers."""
        oldest = time.monotonic() - _IDLE_S
        for key in [key for key, flow in self._flows.items() if flow.used < oldest]:
            self._drop(key)

    def _forward(self, _events: int) -> None:
        try:
            data, extra, _flags, client = self._socket.recvmsg(_DATAGRAM_BYTES, _ROOM_BYTES)
        except OSError:
            return
        info = next((value for level, kind, value in extra if (level, kind) == self._info), b"")
        key = (client, info)
        flow = self._flows.get(key) or self._open(key)
        if flow is None:
            return
        flow.used = time.monotonic()
        try:
            flow.socket.send(data)
        except OSError:  # nobody listens there: the next datagram may find another target
            self._drop(key)

    def _open(self, key: tuple[Any, bytes]) -> _Flow | None:
        if len(self._flows) >= _MOST_FLOWS:
            self._drop(min(self._flows, key=lambda one: self._flows[one].used))
        for target in self._targets.for_client(key[0][0]):
            try:
                flow = _Flow(target)
            except OSError:
                continue
            self._flows[key] = flow
            try:
                self._loop.watch(flow.socket.fileno(), select.EPOLLIN, self._answerer(key, flow))
            except OSError:  # no room to watch one more
                self._drop(key)
                return None
            return flow
        return None

    def _answerer(self, key: tuple[Any, bytes], flow: _Flow) -> Callable[[int], None]:
        return lambda _events: self._answer(key, flow)

    def _answer(self, key: tuple[Any, bytes], flow: _Flow) -> None:
        """Send what the target says to the caller, from the address that it called."""
        client, info = key
        try:
            data = flow.socket.recv(_DATAGRAM_BYTES)
        except OSError:
            self._drop(key)
            return
        flow.used = time.monotonic()
        try:
            self._socket.sendmsg([data], [(*self._info, info)] if info else [], 0, client)
        except OSError:
            return  # the caller is not reached now; UDP may lose datagrams

    def _drop(self, key: tuple[Any, bytes]) -> None:
        flow = self._flows.pop(key)
        self._loop.forget(flow.socket.fileno())
        flow.socket.close()


class _Flow:
    def __init__(self, target: tuple[str, int]) -> None:
        """Connect a socket to a target. Raises OSError."""
        family = _socket.AF_INET6 if ":" in target[0] else _socket.AF_INET
        self.socket = _socket.socket(family, _socket.SOCK_DGRAM | _socket.SOCK_CLOEXEC)
        try:
            self.socket.setblocking(False)
            self.socket.connect(target)
        except OSError:
            self.socket.close()
            raise
        self.target = target
        self.used = 0.0
