"""Ports of the host: find free ones, and reserve each by a bound socket for as long as a container runs.

As root no packet reaches that socket, because the nftables table redirects it first; the socket only keeps other
programs and containers from binding the port (bind(2)). Rootless, slirp4netns opens the port itself.
"""

from __future__ import annotations

import _socket
import _sqlite3 as sqlite3  # not `sqlite3`, whose adapters bring datetime: 2 ms
import errno
import os

from pycman.errors import Denied, InUse, InvalidInput, from_os_error
from pycman.network.addresses import version_of
from pycman.spec.port import PortMapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pycman.state.session import Session

_SOCKET_TYPES = {"tcp": (_socket.SOCK_STREAM, 0), "udp": (_socket.SOCK_DGRAM, 0), "sctp": (_socket.SOCK_STREAM, 132)}
_IPPROTO_IPV6, _IPV6_V6ONLY = 41, 26
_NO_SUCH_PROTOCOL = (errno.EPROTONOSUPPORT, errno.ESOCKTNOSUPPORT, errno.EAFNOSUPPORT)
_TRIES = 32


class ReservedPorts:
    """The ports of one container that is being started: their sockets, which conmon inherits, and their mappings."""

    def __init__(self) -> None:
        self.descriptors: list[int] = []
        self.mappings: list[PortMapping] = []

    def close(self) -> None:
        """Close this process's descriptors; a process that inherited them keeps the ports reserved."""
        for descriptor in self.descriptors:
            os.close(descriptor)
        self.descriptors = []


def single_ports(ports: Sequence[PortMapping]) -> list[PortMapping]:
    """Return one mapping of `range_size` 1 for each port of the ranges. Pure."""
    return [
        port.replace(
            container_port=port.container_port + offset,
            host_port=port.host_port + offset if port.host_port else 0,
            range_size=1,
        )
        for port in ports
        for offset in range(port.range_size)
    ]


def exposed_ports(expose: Sequence[str], ports: Sequence[PortMapping]) -> list[PortMapping]:
    """Return the mappings that --publish-all adds: one for each exposed port that is not published already. Pure."""
    published = {(port.container_port, port.protocol) for port in ports}
    mappings = []
    for entry in expose:
        number, _, protocol = entry.partition("/")
        first, _, last = number.partition("-")
        mappings += [
            PortMapping(container_port=value, protocol=protocol or "tcp")
            for value in range(int(first), int(last or first) + 1)
            if (value, protocol or "tcp") not in published
        ]
    return mappings


def reserve_ports(session: Session, ports: Sequence[PortMapping], earlier: Sequence[PortMapping] = ()) -> ReservedPorts:
    """Bind a socket to every port; a host port of 0 becomes a free one, if possible the one of the `earlier` run.

    Raises InUse, Denied (below 1024), InvalidInput (not an address of this host); then no port is reserved.
    """
    reserved = ReservedPorts()
    earlier_ports = {(port.host_ip, port.container_port, port.protocol): port.host_port for port in earlier}
    try:
        for port in ports:
            earlier_port = port.host_port or earlier_ports.get((port.host_ip, port.container_port, port.protocol), 0)
            if port.host_port or not earlier_port:
                _reserve(session, reserved, port)
                continue
            try:
                _reserve(session, reserved, port.replace(host_port=earlier_port))
            except InUse:
                _reserve(session, reserved, port)
    except BaseException:
        reserved.close()
        raise
    return reserved


def bind_ports(session: Session, container_id: str, mappings: Sequence[PortMapping]) -> None:
    """Record which ports of the host lead to a container. Raises InUse if another container has one of them."""
    with session.db.transaction():
        session.db.change("DELETE FROM port_bindings WHERE container_id = ?", (container_id,))
        for port in mappings:
            try:
                session.db.change(
                    "INSERT INTO port_bindings VALUES (?, ?, ?, ?, ?)",
                    (container_id, port.protocol, port.host_ip, port.host_port, port.container_port),
                )
            except sqlite3.IntegrityError:
                raise _taken(session, port) from None


def format_port(port: PortMapping) -> str:
    """Return a port of the host as listings write it: 0.0.0.0:80/tcp, [::1]:80/tcp."""
    address = f"[{port.host_ip}]" if ":" in port.host_ip else port.host_ip or "0.0.0.0"  # noqa: S104
    return f"{address}:{port.host_port}/{port.protocol}"


def _reserve(session: Session, reserved: ReservedPorts, port: PortMapping) -> None:
    for _ in range(1 if port.host_port else _TRIES):
        opened: list[int] = []
        try:
            number = port.host_port
            for address in (port.host_ip,) if port.host_ip else ("0.0.0.0", "::"):  # noqa: S104
                bound = _open(address, number, port.protocol)
                if bound is not None:
                    opened.append(bound[0])
                    number = bound[1]
        except OSError as error:
            for descriptor in opened:
                os.close(descriptor)
            if error.errno == errno.EADDRINUSE and not port.host_port:
                continue  # the port is free in IPv4 but not in IPv6: try another one
            raise _explain(session, port, error) from error
        reserved.descriptors += opened
        reserved.mappings.append(port.replace(host_port=number))
        return
    raise InUse(
        "no free port was found", subject=f"-p {port.container_port}/{port.protocol}", hint="name the host port"
    )


def _open(address: str, number: int, protocol: str) -> tuple[int, int] | None:
    """Return (descriptor, port) of a socket bound to a port, 0 for any; None if the host lacks the protocol."""
    family = _socket.AF_INET6 if version_of(address) == 6 else _socket.AF_INET
    kind, proto = _SOCKET_TYPES[protocol]
    try:
        socket = _socket.socket(family, kind | _socket.SOCK_CLOEXEC, proto)
    except OSError as error:
        if error.errno in _NO_SUCH_PROTOCOL:
            return None
        raise
    try:
        if family == _socket.AF_INET6:
            socket.setsockopt(_IPPROTO_IPV6, _IPV6_V6ONLY, 1)
        _bind(socket, address, number, listens=protocol == "tcp")
        return os.dup(socket.fileno()), int(socket.getsockname()[1])
    except OSError as error:
        if address == "::" and error.errno == errno.EADDRNOTAVAIL:
            return None  # no IPv6 on this host
        raise
    finally:
        socket.close()


def _bind(socket: _socket.socket, address: str, number: int, *, listens: bool) -> None:
    """Bind without SO_REUSEADDR, with which another program could bind the port too. If that fails, as with connections
    in TIME_WAIT, bind with it and listen, which keeps other programs out as well (socket(7)).
    """
    try:
        socket.bind((address, number))
    except OSError as error:
        if error.errno != errno.EADDRINUSE or not listens:
            raise
        socket.setsockopt(_socket.SOL_SOCKET, _socket.SO_REUSEADDR, 1)
        socket.bind((address, number))
        socket.listen(1)


def _explain(session: Session, port: PortMapping, error: OSError) -> Exception:
    subject = f"-p {format_port(port)}"
    if error.errno == errno.EADDRINUSE:
        return _taken(session, port)
    if error.errno == errno.EACCES:
        return Denied(
            "only root may publish ports below 1024",
            subject=subject,
            hint=f"publish a higher port, or as root: sysctl -w net.ipv4.ip_unprivileged_port_start={port.host_port}",
        )
    if error.errno == errno.EADDRNOTAVAIL:
        return InvalidInput("not an address of this host", subject=subject, hint="ip address lists them")
    return from_os_error(error, subject=subject)


def _taken(session: Session, port: PortMapping) -> InUse:
    row = session.db.row(
        "SELECT c.name FROM port_bindings b JOIN containers c ON c.id = b.container_id"
        " WHERE b.protocol = ? AND b.host_port = ?",
        (port.protocol, port.host_port),
    )
    owner = f"by container {row['name']}" if row is not None else "by another program"
    return InUse(f"address already in use {owner}", subject=f"-p {format_port(port)}", hint="publish another port")
