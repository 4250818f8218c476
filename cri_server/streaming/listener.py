"""The listening socket of the streaming server, its certificate, and the URLs that lead to it."""

from __future__ import annotations

import socket

from pycman.errors import InvalidInput, from_os_error
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cri_server.streaming.tickets import Tickets

_BACKLOG = 128


class Streams(Record):
    """Makes the one-time URLs that Exec, Attach and PortForward answer with."""

    base: str
    tickets: Tickets

    def url(self, request: dict[str, Any]) -> str:
        """Store a request (its "kind" is exec, attach or portforward) and return its one-time URL."""
        return f"{self.base}/{request['kind']}/{self.tickets.issue(request)}"


def listen(address: str) -> socket.socket:
    """Listen at HOST:PORT or [HOST]:PORT. Raises InvalidInput, and what binding raises."""
    host, colon, port = address.rpartition(":")
    if not colon or not host or not port.isdigit():
        raise InvalidInput("not HOST:PORT", subject=address, hint='write stream_address = "127.0.0.1:0"')
    try:
        addresses = socket.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_STREAM)
        family, kind, protocol, _, socket_address = addresses[0]
        listener = socket.socket(family, kind | socket.SOCK_CLOEXEC, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(socket_address)
        listener.listen(_BACKLOG)
    except OSError as error:
        raise from_os_error(error, subject=address) from error
    return listener


def check_certificate(certificate: str, key: str) -> None:
    """Load the PEM files for TLS, to report a fault before the server starts. Raises NotFound, Denied, InvalidInput."""
    import ssl  # 5 MiB, only imported with TLS

    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key)
    except ssl.SSLError as error:
        raise InvalidInput(
            f"no certificate with its key: {error.reason or error}", subject=f"{certificate} and {key}"
        ) from error
    except OSError as error:
        raise from_os_error(error, subject=f"{certificate} or {key}") from error


def base_url(listener: socket.socket, *, tls: bool) -> str:
    """Return the beginning of the URLs that lead to a listening socket."""
    host, port = listener.getsockname()[:2]
    return f"{'https' if tls else 'http'}://{f'[{host}]' if ':' in host else host}:{port}"
