"""The network calls of probes: TCP connect, HTTP GET, gRPC health check.

A child in the container's network namespace makes them. Each `call_*` returns why the probe failed, "" if it succeeded,
or raises OSError. Each wait ends at `deadline` (time.monotonic()); name resolution has no timeout of its own, so the
caller kills a child that takes longer.
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
_STATUS_NAMES = {0: "UNKNOWN", 2: "NOT_SERVING", 3: "SERVICE_UNKNOWN"}
"""HealthCheckResponse.ServingStatus (grpc.health.v1)."""


def call_tcp(handler: Handler, host: str, deadline: float) -> str:
    """Connect and close the connection; succeeds if the port is open."""
    _connect(host, handler.port, deadline).close()
    return ""


def call_http(handler: Handler, host: str, deadline: float) -> str:
    """GET a path; succeeds with a status from 200 to 399.

    Redirects to the same host are followed, a redirect elsewhere is a success (as kubelet does it).
    """
    scheme, port, path, headers = handler.scheme, handler.port, handler.path, handler.headers
    for _ in range(_REDIRECTS + 1):
        head = _get(scheme, host, port, path, headers, deadline)
        status = _status(head)
        if not status:
            return "the response is not HTTP"
        location = _location(head) if status in (301, 302, 303, 307, 308) else ""
        if not location:
            return "" if 200 <= status < 400 else f"the response has status {status}"
        from urllib.parse import urljoin, urlsplit  # 10 ms, only imported for redirects

        target = urlsplit(urljoin(f"{scheme}://{_bracketed(host)}:{port}{_target(path)}", location))
        if (target.hostname or "") != host.lower() or target.scheme not in ("http", "https"):
            return ""
        if "//" in location:
            headers = tuple((name, value) for name, value in headers if name.lower() != "host")
        scheme, port = target.scheme, target.port or (443 if target.scheme == "https" else 80)
        path = f"{target.path}?{target.query}" if target.query else target.path
    return f"more than {_REDIRECTS} redirects"


def call_grpc(handler: Handler, host: str, deadline: float) -> str:
    """Call grpc.health.v1.Health/Check (its two messages have one field each); succeeds with SERVING."""
    timeout_s = _seconds_until(deadline)
    try:
        import grpc  # 90 ms, only imported for gRPC probes; not counted as the server's time
    except ImportError:
        return "gRPC probes need the Python package grpcio"
    with grpc.insecure_channel(
        f"{_bracketed(host)}:{handler.port}", options=[("grpc.enable_http_proxy", 0)]
    ) as channel:
        check = channel.unary_unary(
            "/grpc.health.v1.Health/Check", request_serializer=_same, response_deserializer=_same
        )
        try:
            response = check(health_request(handler.service), timeout=timeout_s)
        except grpc.RpcError as error:
            return f"{error.code().name}: {error.details()}"
    status = health_status(response)
    return "" if status == _SERVING else f"the service reports {_STATUS_NAMES.get(status, status)}"


def health_request(service: str) -> bytes:
    """Return a HealthCheckRequest as protobuf (field 1: service)."""
    name = service.encode()
    size, length = len(name), b""
    while size > 0x7F:
        length += bytes((size & 0x7F | 0x80,))
        size >>= 7
    return b"\x0a" + length + bytes((size,)) + name if name else b""


def health_status(message: bytes) -> int:
    """Return the status in a HealthCheckResponse (field 1: an enum, 0 if it is left out)."""
    return message[1] if message[:1] == b"\x08" and len(message) > 1 else 0


def _same(data: bytes) -> bytes:
    return data


def _seconds_until(deadline: float) -> float:
    """Return the seconds until `deadline`. Raises TimeoutError if it has passed."""
    left_s = deadline - time.monotonic()
    if left_s <= 0:
        raise TimeoutError
    return left_s


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _connect(host: str, port: int, deadline: float) -> _socket.socket:
    """Return a connection to the first of a host's addresses that accepts one. Raises OSError."""
    failure: OSError | None = None
    for family, kind, protocol, _, address in _socket.getaddrinfo(host, port, 0, _socket.SOCK_STREAM):
        socket = _socket.socket(family, kind | _socket.SOCK_CLOEXEC, protocol)
        try:
            socket.settimeout(_seconds_until(deadline))
            socket.connect(address)
        except OSError as error:
            socket.close()
            failure = error
            continue
        return socket
    raise failure or OSError("the host has no address")


def _get(scheme: str, host: str, port: int, path: str, headers: tuple[tuple[str, str], ...], deadline: float) -> bytes:
    """Return the head of the response to a GET (at most 64 KiB), or as much of it as the server sent."""
    socket: Any = _connect(host, port, deadline)
    if scheme == "https":
        socket = _encrypted(socket, host, deadline)
    try:
        socket.settimeout(_seconds_until(deadline))
        socket.sendall(_request(host, port, path, headers))
        data = b""
        while b"\n\r\n" not in data and b"\n\n" not in data and len(data) < _HEAD_BYTES:
            socket.settimeout(_seconds_until(deadline))
            piece = socket.recv(4096)
            if not piece:
                break
            data += piece
        return data
    finally:
        socket.close()


def _request(host: str, port: int, path: str, headers: tuple[tuple[str, str], ...]) -> bytes:
    """Return a GET request. The user's headers replace ours of the same name.

    An empty User-Agent or Accept removes ours.
    """
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
    """Return path and query as a request target (RFC 9112, 3.2): characters not allowed there are percent-encoded."""
    text = path.partition("#")[0]
    data = (text if text.startswith("/") else f"/{text}").encode("utf-8")
    return "".join(chr(byte) if 0x20 < byte < 0x7F else f"%{byte:02X}" for byte in data)


def _status(head: bytes) -> int:
    """Return the status of a response, 0 if it is not HTTP."""
    parts = head.split(b"\n", 1)[0].split()
    if len(parts) < 2 or not parts[0].startswith(b"HTTP/") or not parts[1].isdigit():
        return 0
    return int(parts[1])


def _location(head: bytes) -> str:
    for line in head.split(b"\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"location":
            return value.strip().decode("utf-8", "replace")
    return ""


def _encrypted(socket: _socket.socket, host: str, deadline: float) -> Any:
    """Return the socket with TLS around it. The server's certificate is not verified, as kubelet does it."""
    import socket as sockets  # 10 ms, only imported for HTTPS probes
    import ssl  # 20 ms, only imported for HTTPS probes

    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    whole = sockets.socket(fileno=socket.detach())
    whole.settimeout(_seconds_until(deadline))
    return context.wrap_socket(whole, server_hostname=host)
