"""Connections to one registry and to where it sends us: kept for the next request, ended all at once when somebody gives up."""

from __future__ import annotations

import socket
import threading
from weakref import WeakSet

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

from pycman.contexts import suppress
from pycman.registry.proxies import proxy_for, split_proxy

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Mapping

    from urllib3 import PoolManager
    from urllib3._base_connection import BaseHTTPConnection

_KEPT = 8
_SEND_BYTES = 1 << 18


class Connections:
    """Pools by way: directly, or through a proxy. `new_context` is called when one is made; `verify` says what it does."""

    def __init__(
        self, new_context: Callable[[], ssl.SSLContext], *, verify: bool, environment: Mapping[str, str]
    ) -> None:
        self._environment = environment
        self._new_context = new_context
        self._pools: dict[str, PoolManager] = {}
        self._lock = threading.Lock()
        self._connected: WeakSet[HTTPConnection] = WeakSet()
        self._ended = False
        self._classes = _pool_classes(self._note, verify=verify)

    def pool(self, url: str) -> PoolManager:
        """Return the connections that go the way of this URL. Raises InvalidInput (a proxy that is none, certificates)."""
        proxy = proxy_for(url, self._environment)
        with self._lock:
            if proxy not in self._pools:
                self._pools[proxy] = self._new_pool(proxy)
            return self._pools[proxy]

    def _new_pool(self, proxy: str) -> PoolManager:
        context = self._new_context()
        if proxy:
            bare, login = split_proxy(proxy)
            headers = urllib3.make_headers(proxy_basic_auth=login) if login else None
            made: PoolManager = urllib3.ProxyManager(
                bare, ssl_context=context, maxsize=_KEPT, proxy_headers=headers, blocksize=_SEND_BYTES
            )
        else:
            made = urllib3.PoolManager(ssl_context=context, maxsize=_KEPT, blocksize=_SEND_BYTES)
        made.pool_classes_by_scheme = self._classes
        return made

    def _note(self, connection: HTTPConnection) -> None:
        with self._lock:
            self._connected.add(connection)
            if self._ended:
                _cut(connection)

    def end(self) -> None:
        """Cut every connection, also those made from now on: who waits for an answer sees it break."""
        with self._lock:
            self._ended = True
            for connection in list(self._connected):
                _cut(connection)

    def close(self) -> None:
        """Give all connections back to the host. No thread may be at one any more."""
        self.end()
        with self._lock:
            for connection in list(self._connected):
                connection.close()
            for pool in self._pools.values():
                pool.clear()


def _cut(connection: HTTPConnection) -> None:
    if connection.sock is not None:
        with suppress(OSError):  # it is closed already
            socket.socket.shutdown(connection.sock, socket.SHUT_RDWR)  # the socket's own: TLS is not to say good-bye


def _pool_classes(
    note: Callable[[HTTPConnection], None], *, verify: bool
) -> dict[str, type[urllib3.HTTPConnectionPool]]:
    """Return urllib3's pools with connections that are noted once they stand."""

    class Plain(HTTPConnection):
        def connect(self) -> None:
            super().connect()
            note(self)

    class Safe(HTTPSConnection):
        def connect(self) -> None:
            super().connect()
            note(self)

    class PlainPool(urllib3.HTTPConnectionPool):
        ConnectionCls = Plain

    class SafePool(urllib3.HTTPSConnectionPool if verify else _UncheckedPool):  # type: ignore[misc]  # either is one
        ConnectionCls = Safe

    return {"http": PlainPool, "https": SafePool}


class _UncheckedPool(urllib3.HTTPSConnectionPool):
    """Does not warn on standard error of what the user asked for: no check of certificates."""

    def _validate_conn(self, conn: BaseHTTPConnection) -> None:
        if conn.is_closed:
            conn.connect()
