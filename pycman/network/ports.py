"""Ports of the host: find free ones, and reserve each by a bound socket for as long as a container runs.

As root no packet reaches that socket, because the nftables table redirects it first; the socket only keeps other
programs and containers from binding the port (bind(2)). Rootless, slirp4netns opens the port itself, and what neither of
them can serve the port relay listens on (relay/).

A port without an address is one on each family of addresses that the host has and that can be served: from here on every
mapping has an address (pycman/spec/port.py says what it means).
"""

from __future__ import annotations

import _socket
import errno
import os

from pycman.errors import Denied, InUse, InvalidInput, Unsupported, from_os_error
from pycman.spec.port import ANY_IPV4, ANY_IPV6, PortMapping, format_host_port, listen_addresses
from pycman.state.sqlite import sqlite3

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pycman.spec.port import ListenAddress
    from pycman.state.session import Session

_SOCKET_TYPES = {"tcp": (_socket.SOCK_STREAM, 0), "udp": (_socket.SOCK_DGRAM, 0), "sctp": (_socket.SOCK_STREAM, 132)}
_IPPROTO_IPV6, _IPV6_V6ONLY = 41, 26
_NO_SUCH_PROTOCOL = (errno.EPROTONOSUPPORT, errno.ESOCKTNOSUPPORT, errno.EAFNOSUPPORT)
_NO_SUCH_ADDRESS = (errno.EADDRNOTAVAIL, errno.ENODEV, errno.EINVAL, errno.EAFNOSUPPORT)
_TRIES = 32
_BACKLOG = 1024


class ReservedPorts:
    """The ports of one container that is being started: their sockets, which conmon inherits, and their mappings.

    Each mapping has the address of one socket.
    """

    def __init__(self) -> None:
        self.descriptors: list[int] = []
        self.mappings: list[PortMapping] = []

    def close_some(self, is_closed: Callable[[ListenAddress], bool]) -> None:
        """Close the sockets of ports that another program of this container will open; none may be closed before."""
        kept = []
        for descriptor, port in zip(self.descriptors, self.mappings, strict=True):
            if port.protocol != "sctp" and is_closed(listen_addresses(port.host_ip)[0]):
                os.close(descriptor)
            else:
                kept.append(descriptor)
        self.descriptors = kept

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


def reserve_ports(
    session: Session,
    ports: Sequence[PortMapping],
    earlier: Sequence[PortMapping] = (),
    *,
    is_served: Callable[[ListenAddress, str], bool] = lambda _address, _protocol: True,
) -> ReservedPorts:
    """Bind a socket to every port; a host port of 0 becomes a free one, if possible the one of the `earlier` run.

    `is_served` says whether the container's network can serve an address with a protocol: of a port without an address the
    others are left out. Raises InUse, Denied (below 1024), InvalidInput (not an address of this host), Unsupported (an
    address that is not served); then no port is reserved.
    """
    ports = list(dict.fromkeys(ports))
    _refuse_twice(ports)
    reserved = ReservedPorts()
    earlier_ports = {(port.host_ip, port.container_port, port.protocol): port.host_port for port in earlier}
    try:
        for port in ports:
            addresses = _served_addresses(port, is_served)
            hosts = [address.host_ip for address in addresses] + [port.host_ip]
            keys = [(host, port.container_port, port.protocol) for host in hosts]
            earlier_port = next((earlier_ports[key] for key in keys if key in earlier_ports), 0)
            _reserve_one(session, reserved, port, addresses, earlier_port)
    except BaseException:
        reserved.close()
        raise
    return reserved


def bind_ports(session: Session, container_id: str, mappings: Sequence[PortMapping]) -> None:
    """Record which ports of the host lead to a container. Raises InUse if another container has one of them."""
    with session.db.transaction(durable=False):
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
    return f"{format_host_port(port.host_ip, port.host_port)}/{port.protocol}"


def _refuse_twice(ports: Sequence[PortMapping]) -> None:
    """Raise InvalidInput if two of the ports have the same number on the same address. Pure."""
    seen: dict[tuple[str, int, int], set[str]] = {}
    for port in ports:
        for address in listen_addresses(port.host_ip) if port.host_port and not port.host_port_last else ():
            others = seen.setdefault((port.protocol, port.host_port, address.version), set())
            if others and (address.wildcard or address.host_ip in others or ANY_IPV4 in others or ANY_IPV6 in others):
                raise InvalidInput("it is published twice", subject=f"-p {format_port(port)}", hint="leave one out")
            others.add(address.host_ip)


def _served_addresses(port: PortMapping, is_served: Callable[[ListenAddress, str], bool]) -> tuple[ListenAddress, ...]:
    addresses = listen_addresses(port.host_ip)
    served = tuple(address for address in addresses if is_served(address, port.protocol))
    if served:
        return served
    family = "" if not port.host_ip else f" at an {'IPv6' if addresses[0].version == 6 else 'IPv4'} address"
    raise Unsupported(
        f"the container's network cannot publish {port.protocol} ports{family}",
        subject=f"-p {format_port(port)}",
        hint="use another address" if port.host_ip and port.protocol != "sctp" else "use tcp or udp",
    )


def _reserve_one(
    session: Session, reserved: ReservedPorts, port: PortMapping, addresses: Sequence[ListenAddress], earlier: int
) -> None:
    """Reserve a port: if the choice is free, the `earlier` one (0 for none), else the first that is free. Raises as `reserve_ports`."""
    single = port.replace(host_port_last=0)
    if port.host_port and not port.host_port_last:
        _reserve(session, reserved, single, addresses)
        return
    choices = list(range(port.host_port, port.host_port_last + 1)) if port.host_port else [0]
    if earlier and (not port.host_port or earlier in choices):
        choices.insert(0, earlier)
    for number in choices:
        try:
            _reserve(session, reserved, single.replace(host_port=number), addresses)
        except InUse:
            if number == choices[-1]:
                raise
        else:
            return


def _reserve(session: Session, reserved: ReservedPorts, port: PortMapping, addresses: Sequence[ListenAddress]) -> None:
    for _ in range(1 if port.host_port else _TRIES):
        opened: list[tuple[int, ListenAddress]] = []
        number = port.host_port
        try:
            for address in addresses:
                bound = open_port(address, number, port.protocol)
                if bound is not None:
                    opened.append((bound[0], address))
                    number = bound[1]
        except OSError as error:
            for descriptor, _address in opened:
                os.close(descriptor)
            if error.errno == errno.EADDRINUSE and not port.host_port:
                continue  # the port is free in IPv4 but not in IPv6: try another one
            raise explain(session, port.replace(host_port=number), error) from error
        reserved.descriptors += [descriptor for descriptor, _address in opened]
        reserved.mappings += [
            port.replace(host_ip=address.host_ip, host_port=number) for _descriptor, address in opened
        ]
        return
    raise InUse(
        "no free port was found", subject=f"-p {port.container_port}/{port.protocol}", hint="name the host port"
    )


def open_port(address: ListenAddress, number: int, protocol: str, *, listens: bool = False) -> tuple[int, int] | None:
    """Return (descriptor, port) of a socket bound to a port, 0 for any; None if the host lacks the protocol or IPv6.

    With `listens` a TCP socket listens. Raises OSError.
    """
    family = _socket.AF_INET6 if address.version == 6 else _socket.AF_INET
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
        if listens and protocol == "tcp":
            socket.listen(_BACKLOG)
            # inherited by its connections: in TIME_WAIT they do not keep the next one from binding the port (_bind)
            socket.setsockopt(_socket.SOL_SOCKET, _socket.SO_REUSEADDR, 1)
        return os.dup(socket.fileno()), int(socket.getsockname()[1])
    except OSError as error:
        if address.wildcard and address.version == 6 and error.errno == errno.EADDRNOTAVAIL:
            return None  # no IPv6 on this host
        raise
    finally:
        socket.close()


def _bind(socket: _socket.socket, address: ListenAddress, number: int, *, listens: bool) -> None:
    """Bind without SO_REUSEADDR, with which another program could bind the port too. If that fails, as with connections
    in TIME_WAIT, bind with it and listen, which keeps other programs out as well (socket(7)).
    """
    place: tuple[str | int, ...] = (address.text, number)
    if address.zone:
        place = (address.text, number, 0, _index_of(address.zone))
    try:
        socket.bind(place)
    except OSError as error:
        if error.errno != errno.EADDRINUSE or not listens:
            raise
        socket.setsockopt(_socket.SOL_SOCKET, _socket.SO_REUSEADDR, 1)
        socket.bind(place)
        socket.listen(1)


def _index_of(interface: str) -> int:
    """Return the number of an interface. Raises OSError with ENODEV, as the kernel's calls do."""
    try:
        return _socket.if_nametoindex(interface)
    except OSError as error:
        raise OSError(errno.ENODEV, os.strerror(errno.ENODEV)) from error


def explain(session: Session, port: PortMapping, error: OSError) -> Exception:
    """Return the error that says why a port cannot be opened on this host, and which container has it."""
    if error.errno == errno.EADDRINUSE:
        return _taken(session, port)
    return unopened(port.protocol, port.host_ip, port.host_port, error)


def unopened(protocol: str, host_ip: str, host_port: int, error: OSError) -> Exception:
    """Return the error that says why a port cannot be opened on this host."""
    subject = f"-p {format_host_port(host_ip, host_port)}/{protocol}"
    if error.errno == errno.EADDRINUSE:
        return InUse(
            "address already in use by another program",
            subject=subject,
            hint="publish another port",
            code="address-in-use",
        )
    if error.errno == errno.EACCES:
        return Denied(
            "only root may publish ports below 1024",
            subject=subject,
            hint=f"publish a higher port, or as root: sysctl -w net.ipv4.ip_unprivileged_port_start={host_port}",
        )
    if error.errno in _NO_SUCH_ADDRESS:
        return InvalidInput("not an address of this host", subject=subject, hint="ip address lists them")
    return from_os_error(error, subject=subject)


def _taken(session: Session, port: PortMapping) -> InUse:
    row = session.db.row(
        "SELECT c.name FROM port_bindings b JOIN containers c ON c.id = b.container_id"
        " WHERE b.protocol = ? AND b.host_port = ?",
        (port.protocol, port.host_port),
    )
    owner = f"by container {row['name']}" if row is not None else "by another program"
    return InUse(
        f"address already in use {owner}",
        subject=f"-p {format_port(port)}",
        hint="publish another port",
        code="address-in-use",
    )
