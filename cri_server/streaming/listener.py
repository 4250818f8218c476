"""Where the streaming server listens, and the URLs that lead there."""

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
    """What an RPC needs to answer with a URL."""

    base: str
    tickets: Tickets

    def url(self, request: dict[str, Any]) -> str:
        """Keep a request (its "kind" is exec, attach or portforward) and return the URL it is opened by, once."""
        return f"{self.base}/{request['kind']}/{self.tickets.issue(request)}"


def listen(address: str) -> socket.socket:
    """Listen at HOST:PORT or [HOST]:PORT. Raises InvalidInput, and what binding raises."""
    host, colon, port = address.rpartition(":")
    if not colon or not host or not port.isdigit():
        raise InvalidInput("not HOST:PORT", subject=address, hint='write stream_address = "127.0.0.1:0"')
    try:
        found = socket.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_STREAM)
        family, kind, protocol, _, place = found[0]
        listener = socket.socket(family, kind | socket.SOCK_CLOEXEC, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(place)
        listener.listen(_BACKLOG)
    except OSError as error:
        raise from_os_error(error, subject=address) from error
    return listener


def check_certificate(certificate: str, key: str) -> None:
    """Read the files in PEM that TLS will be spoken with. Raises NotFound, Denied, InvalidInput."""
    import ssl  # only with TLS: 5 MiB

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
