"""Run a probe's or hook's handler once: in the container, or from outside through its network namespace.

What goes through the network is done by a forked child that joins the namespace, so that no image needs curl or nc.
"""

from __future__ import annotations

import _socket
import os
import time

from pycman.containers.exec import run_captured
from pycman.errors import InvalidInput, PycmanError, TimedOut, Unavailable
from pycman.linux import syscalls
from pycman.linux.offload import Offload
from pycman.spec.container import ProcessSpec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.spec.container import ContainerSpec
    from pycman.spec.probe import Handler
    from pycman.state.session import Session

_OUTPUT_CHARACTERS = 1024
_ANSWER_BYTES = 64 << 10
_SERVING = 1


class HandlerFailed(Unavailable):
    """A probe's or hook's outcome was bad; the problem says how."""

    reference = "handler-failed"


def run_handler(
    session: Session, row: Mapping[str, Any], spec: ContainerSpec, handler: Handler, *, timeout_s: float
) -> None:
    """Run a handler against a running container. Raises HandlerFailed, TimedOut."""
    if handler.kind == "sleep":
        time.sleep(min(handler.seconds, timeout_s))
    elif handler.kind == "exec":
        _execute(session, row, spec, handler, timeout_s)
    else:
        host = handler.host or _address_of(session, row, spec)
        _from_outside(int(row["pid"]), handler, host, timeout_s)


def _execute(session: Session, row: Mapping[str, Any], spec: ContainerSpec, handler: Handler, timeout_s: float) -> None:
    process = ProcessSpec(command=handler.command, user=spec.user, workdir=spec.workdir)
    try:
        finished = run_captured(session, row["id"], process, timeout_s=timeout_s)
    except TimedOut:
        raise
    except PycmanError as error:
        raise HandlerFailed(str(error), subject=row["name"]) from error
    if finished.status:
        said = " ".join((finished.stdout + finished.stderr).decode("utf-8", "replace").split())
        raise HandlerFailed(
            f"{handler.command[0] if handler.command else 'the command'} ended with status {finished.status}"
            + (f": {said[:_OUTPUT_CHARACTERS]}" if said else ""),
            subject=row["name"],
        )


def _address_of(session: Session, row: Mapping[str, Any], spec: ContainerSpec) -> str:
    """Return the address a container is called at: its own, that of the container whose network it shares, or loopback."""
    owner = spec.network.value if spec.network.kind == "container" else row["id"]
    found = session.db.value(
        "SELECT a.address FROM addresses a JOIN endpoints e ON e.container_id = a.container_id"
        " AND e.network_id = a.network_id WHERE a.container_id = ? ORDER BY e.position, a.rowid",
        (owner,),
    )
    return str(found) if found else "127.0.0.1"


def _from_outside(pid: int, handler: Handler, host: str, timeout_s: float) -> None:
    """Join the network namespace of a process in a child, and call from there."""
    subject = f"{handler.kind} {host}:{handler.port}"
    try:
        namespace = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise HandlerFailed("the container has ended", subject=subject) from error

    def call(_child: Offload) -> str:
        syscalls.setns(namespace, syscalls.CLONE_NEWNET)
        os.close(namespace)
        try:
            return _CALLS[handler.kind](handler, host, timeout_s)
        except (TimeoutError, BlockingIOError):
            return f"no answer within {timeout_s:g} s"
        except OSError as error:
            return (error.strerror or str(error)).lower()

    try:
        problem = Offload(call, keep=(namespace,), subject=subject, timeout_s=timeout_s + 5).finish()
    finally:
        os.close(namespace)
    if problem:
        raise HandlerFailed(problem, subject=subject)


def _connect(host: str, port: int, timeout_s: float) -> _socket.socket:
    found = _socket.getaddrinfo(host, port, 0, _socket.SOCK_STREAM)
    family, kind, protocol, _, address = found[0]
    socket = _socket.socket(family, kind | _socket.SOCK_CLOEXEC, protocol)
    socket.settimeout(timeout_s)
    socket.connect(address)
    return socket


def _call_tcp(handler: Handler, host: str, timeout_s: float) -> str:
    _connect(host, handler.port, timeout_s).close()
    return ""


def _call_http(handler: Handler, host: str, timeout_s: float) -> str:
    """Return what is wrong with the answer to a GET, "" for a status from 200 to 399."""
    deadline = time.monotonic() + timeout_s
    socket: Any = _connect(host, handler.port, timeout_s)
    if handler.scheme == "https":
        socket = _encrypted(socket, host)
    names = {name.lower() for name, _ in handler.headers}
    where = f"[{host}]" if ":" in host else host
    own = [("Host", f"{where}:{handler.port}"), ("User-Agent", "kube-probe/pycman"), ("Accept", "*/*")]
    lines = [f"GET {_target(handler.path)} HTTP/1.1", *(f"{k}: {v}" for k, v in own if k.lower() not in names)]
    lines += [f"{name}: {value}" for name, value in handler.headers] + ["Connection: close", "", ""]
    socket.sendall("\r\n".join(lines).encode("utf-8"))
    data = b""
    while b"\n" not in data and len(data) < _ANSWER_BYTES:
        socket.settimeout(max(0.001, deadline - time.monotonic()))
        piece = socket.recv(4096)
        if not piece:
            break
        data += piece
    words = data.split(b"\n", 1)[0].split()
    if len(words) < 2 or not words[0].startswith(b"HTTP/") or not words[1].isdigit():
        return "the answer is not HTTP"
    status = int(words[1])
    return "" if 200 <= status < 400 else f"the answer has status {status}"


def _target(path: str) -> str:
    clean = path if path.startswith("/") else f"/{path}"
    if any(letter in clean for letter in " \r\n\0"):
        raise InvalidInput("not a path of a URL", subject=path)
    return clean


def _encrypted(socket: _socket.socket, host: str) -> Any:
    """Return the socket with TLS around it; nobody's certificate is looked at, as kubelet does."""
    import socket as sockets
    import ssl  # only where a probe says https

    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    whole = sockets.socket(fileno=socket.detach())
    return context.wrap_socket(whole, server_hostname=host)


def _call_grpc(handler: Handler, host: str, timeout_s: float) -> str:
    """Ask grpc.health.v1.Health/Check; its two messages have one field each."""
    import grpc  # only in the child, and only where there is such a probe: 90 ms

    service = handler.service.encode()
    request = b"\x0a" + bytes((len(service),)) + service if service else b""
    where = f"[{host}]" if ":" in host else host
    with grpc.insecure_channel(f"{where}:{handler.port}", options=[("grpc.enable_http_proxy", 0)]) as channel:
        check = channel.unary_unary(
            "/grpc.health.v1.Health/Check",
            request_serializer=lambda data: data,
            response_deserializer=lambda data: data,
        )
        try:
            answer = check(request, timeout=timeout_s)
        except grpc.RpcError as error:
            return f"{error.code().name}: {error.details()}"
    status = answer[1] if answer[:1] == b"\x08" and len(answer) > 1 else 0
    return (
        ""
        if status == _SERVING
        else f"the service says {({0: 'UNKNOWN', 2: 'NOT_SERVING', 3: 'SERVICE_UNKNOWN'}).get(status, status)}"
    )


_CALLS = {"tcp": _call_tcp, "http": _call_http, "grpc": _call_grpc}
