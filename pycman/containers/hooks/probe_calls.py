"""Call a server as a probe does: TCP connect, HTTP GET, gRPC health check. Done by a child in the server's network namespace.

Each function returns what is wrong, "" if nothing is, or raises OSError. They keep to `deadline` (time.monotonic()) wherever
they wait; who calls them sees to it that they end.
"""

from __future__ import annotations

import _socket
import time

from pycman.version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pycman.spec.probe import Handler

_HEAD_BYTES = 64 << 10
_REDIRECTS = 10
_SERVING = 1
_SERVING_WORDS = {0: "UNKNOWN", 2: "NOT_SERVING", 3: "SERVICE_UNKNOWN"}


def call_tcp(handler: Handler, host: str, deadline: float) -> str:
    """Connect and hang up."""
    _connect(host, handler.port, deadline).close()
    return ""


def call_http(handler: Handler, host: str, deadline: float) -> str:
    """GET a path; a status from 200 to 399 is good. Redirects are followed on the same host, others are good (as kubelet does)."""
    scheme, port, path, headers = handler.scheme, handler.port, handler.path, handler.headers
    for _ in range(_REDIRECTS + 1):
        head = _get(scheme, host, port, path, headers, deadline)
        status = _status(head)
        if not status:
            return "the answer is not HTTP"
        location = _location(head) if status in (301, 302, 303, 307, 308) else ""
        if not location:
            return "" if 200 <= status < 400 else f"the answer has status {status}"
        from urllib.parse import urljoin, urlsplit  # only where a server redirects: 10 ms

        target = urlsplit(urljoin(f"{scheme}://{_bracketed(host)}:{port}{_target(path)}", location))
        if (target.hostname or "") != host.lower() or target.scheme not in ("http", "https"):
            return ""
        if "//" in location:
            headers = tuple((name, value) for name, value in headers if name.lower() != "host")
        scheme, port = target.scheme, target.port or (443 if target.scheme == "https" else 80)
        path = f"{target.path}?{target.query}" if target.query else target.path
    return f"more than {_REDIRECTS} redirects"


def call_grpc(handler: Handler, host: str, deadline: float) -> str:
    """Ask grpc.health.v1.Health/Check; its two messages have one field each."""
    left = _left(deadline)
    try:
        import grpc  # only in the child, and only where there is such a probe: 90 ms, which are not the server's
    except ImportError:
        return "gRPC probes need the Python package grpcio"
    with grpc.insecure_channel(
        f"{_bracketed(host)}:{handler.port}", options=[("grpc.enable_http_proxy", 0)]
    ) as channel:
        check = channel.unary_unary(
            "/grpc.health.v1.Health/Check", request_serializer=_same, response_deserializer=_same
        )
        try:
            answer = check(health_request(handler.service), timeout=left)
        except grpc.RpcError as error:
            return f"{error.code().name}: {error.details()}"
    status = health_status(answer)
    return "" if status == _SERVING else f"the service says {_SERVING_WORDS.get(status, status)}"


def health_request(service: str) -> bytes:
    """Return a HealthCheckRequest (field 1: service)."""
    name = service.encode()
    size, length = len(name), b""
    while size > 0x7F:
        length += bytes((size & 0x7F | 0x80,))
        size >>= 7
    return b"\x0a" + length + bytes((size,)) + name if name else b""


def health_status(message: bytes) -> int:
    """Return the status of a HealthCheckResponse (field 1: an enum, 0 where it is left out)."""
    return message[1] if message[:1] == b"\x08" and len(message) > 1 else 0


def _same(data: bytes) -> bytes:
    return data


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _connect(host: str, port: int, deadline: float) -> _socket.socket:
    """Connect to the first address of a host that answers."""
    failure: OSError | None = None
    for family, kind, protocol, _, address in _socket.getaddrinfo(host, port, 0, _socket.SOCK_STREAM):
        socket = _socket.socket(family, kind | _socket.SOCK_CLOEXEC, protocol)
        try:
            socket.settimeout(_left(deadline))
            socket.connect(address)
        except OSError as error:
            socket.close()
            failure = error
            continue
        return socket
    raise failure or OSError("the host has no address")


def _get(scheme: str, host: str, port: int, path: str, headers: tuple[tuple[str, str], ...], deadline: float) -> bytes:
    """Return the head of the answer to a GET, or as much of it as there is."""
    socket: Any = _connect(host, port, deadline)
    if scheme == "https":
        socket = _encrypted(socket, host, deadline)
    try:
        socket.settimeout(_left(deadline))
        socket.sendall(_request(host, port, path, headers))
        data = b""
        while b"\n\r\n" not in data and b"\n\n" not in data and len(data) < _HEAD_BYTES:
            socket.settimeout(_left(deadline))
            piece = socket.recv(4096)
            if not piece:
                break
            data += piece
        return data
    finally:
        socket.close()


def _request(host: str, port: int, path: str, headers: tuple[tuple[str, str], ...]) -> bytes:
    """Return a request; the user's headers take the place of ours, and an empty one only takes ours away."""
    names = {name.lower() for name, _ in headers}
    own = [
        ("Host", f"{_bracketed(host)}:{port}"),
        ("User-Agent", f"kube-probe/pycman-{__version__}"),
        ("Accept", "*/*"),
    ]
    lines = [f"GET {_target(path)} HTTP/1.1", *(f"{name}: {value}" for name, value in own if name.lower() not in names)]
    for name, value in headers:
        if value or name.lower() not in ("user-agent", "accept"):
            lines.append(f"{name}: {value}".replace("\r", " ").replace("\n", " "))
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode("utf-8")


def _target(path: str) -> str:
    """Return a path (and query) as it stands in a request: what may not stand there is escaped."""
    text = path.partition("#")[0]
    data = (text if text.startswith("/") else f"/{text}").encode("utf-8")
    return "".join(chr(byte) if 0x20 < byte < 0x7F else f"%{byte:02X}" for byte in data)


def _status(head: bytes) -> int:
    """Return the status of an answer, 0 if it is not HTTP."""
    words = head.split(b"\n", 1)[0].split()
    if len(words) < 2 or not words[0].startswith(b"HTTP/") or not words[1].isdigit():
        return 0
    return int(words[1])


def _location(head: bytes) -> str:
    for line in head.split(b"\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"location":
            return value.strip().decode("utf-8", "replace")
    return ""


def _encrypted(socket: _socket.socket, host: str, deadline: float) -> Any:
    """Return the socket with TLS around it; nobody's certificate is looked at, as kubelet does."""
    import socket as sockets
    import ssl  # only where a probe says https

    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    whole = sockets.socket(fileno=socket.detach())
    whole.settimeout(_left(deadline))
    return context.wrap_socket(whole, server_hostname=host)
