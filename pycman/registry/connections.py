"""Connections to one registry and the hosts it redirects to: reused, and all cut at once by `halt`."""

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

_KEPT_PER_HOST = 8
_SEND_BYTES = 1 << 18


class Connections:
    """Pools by proxy ("" is direct).

    `new_context` makes the TLS context of a new pool; `verify` says whether it verifies.
    """

    def __init__(
        self, new_context: Callable[[], ssl.SSLContext], *, verify: bool, environment: Mapping[str, str]
    ) -> None:
        self._environment = environment
        self._new_context = new_context
        self._pools: dict[str, PoolManager] = {}
        self._lock = threading.Lock()
        self._connected: WeakSet[HTTPConnection] = WeakSet()
        self._is_cut = False
        self._classes = _pool_classes(self._track, verify=verify)

    def pool(self, url: str) -> PoolManager:
        """Return the pool for a URL, direct or through its proxy. Raises InvalidInput (proxy or certificates)."""
        proxy = proxy_for(url, self._environment)
        with self._lock:
            if proxy not in self._pools:
                self._pools[proxy] = self._new_pool(proxy)
            return self._pools[proxy]

    def _new_pool(self, proxy: str) -> PoolManager:
        context = self._new_context()
        if proxy:
            address, login = split_proxy(proxy)
            headers = urllib3.make_headers(proxy_basic_auth=login) if login else None
            pool: PoolManager = urllib3.ProxyManager(
                address, ssl_context=context, maxsize=_KEPT_PER_HOST, proxy_headers=headers, blocksize=_SEND_BYTES
            )
        else:
            pool = urllib3.PoolManager(ssl_context=context, maxsize=_KEPT_PER_HOST, blocksize=_SEND_BYTES)
        pool.pool_classes_by_scheme = self._classes
        return pool

    def _track(self, connection: HTTPConnection) -> None:
        with self._lock:
            self._connected.add(connection)
            if self._is_cut:
                _cut(connection)

    def cut(self) -> None:
        """Cut every connection, and those made from now on: threads that wait for a response get an error."""
        with self._lock:
            self._is_cut = True
            for connection in list(self._connected):
                _cut(connection)

    def close(self) -> None:
        """Close all connections. No thread may use one any more."""
        self.cut()
        with self._lock:
            for connection in list(self._connected):
                connection.close()
            for pool in self._pools.values():
                pool.clear()


def _cut(connection: HTTPConnection) -> None:
    if connection.sock is not None:
        with suppress(OSError):  # it is already closed
            socket.socket.shutdown(connection.sock, socket.SHUT_RDWR)  # not SSLSocket's: skip the TLS close_notify


def _pool_classes(
    track: Callable[[HTTPConnection], None], *, verify: bool
) -> dict[str, type[urllib3.HTTPConnectionPool]]:
    """Return urllib3's pool classes by scheme, with connections that are tracked once they are connected."""

    class Plain(HTTPConnection):
        def connect(self) -> None:
            super().connect()
            track(self)

    class Safe(HTTPSConnection):
        def connect(self) -> None:
            super().connect()
            track(self)

    class PlainPool(urllib3.HTTPConnectionPool):
        ConnectionCls = Plain

    class SafePool(urllib3.HTTPSConnectionPool if verify else _UncheckedPool):  # type: ignore[misc]  # either is one
        ConnectionCls = Safe

    return {"http": PlainPool, "https": SafePool}


class _UncheckedPool(urllib3.HTTPSConnectionPool):
    """A pool without verification that does not print urllib3's warning: the user asked for it."""

    def _validate_conn(self, conn: BaseHTTPConnection) -> None:
        if conn.is_closed:
            conn.connect()
