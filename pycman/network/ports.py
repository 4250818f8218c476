"""Ports of the host: free ones found, each held by a socket from before the container starts until it ends (bind(2)).

As root the packets never come to that socket, for the firewall leads them on before; it keeps other programs, and other
containers, from believing the port to be free. Rootless, slirp4netns has it open itself.
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

_KINDS = {"tcp": (_socket.SOCK_STREAM, 0), "udp": (_socket.SOCK_DGRAM, 0), "sctp": (_socket.SOCK_STREAM, 132)}
_IPPROTO_IPV6, _IPV6_V6ONLY = 41, 26
_NOT_HERE = (errno.EPROTONOSUPPORT, errno.ESOCKTNOSUPPORT, errno.EAFNOSUPPORT)
_TRIES = 32


class HeldPorts:
    """The ports of one container while it is started. `descriptors` go to whoever outlives this command."""

    def __init__(self) -> None:
        self.descriptors: list[int] = []
        self.mappings: list[PortMapping] = []

    def close(self) -> None:
        """Let go of this process's own descriptors."""
        for descriptor in self.descriptors:
            os.close(descriptor)
        self.descriptors = []


def single_ports(ports: Sequence[PortMapping]) -> list[PortMapping]:
    """Return one mapping for each port of the ranges. Pure."""
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
    """Return what --publish-all adds: each exposed port that is not published already. Pure."""
    taken = {(port.container_port, port.protocol) for port in ports}
    found = []
    for text in expose:
        number, _, protocol = text.partition("/")
        first, _, last = number.partition("-")
        found += [
            PortMapping(container_port=value, protocol=protocol or "tcp")
            for value in range(int(first), int(last or first) + 1)
            if (value, protocol or "tcp") not in taken
        ]
    return found


def hold_ports(session: Session, wanted: Sequence[PortMapping], earlier: Sequence[PortMapping] = ()) -> HeldPorts:
    """Open every port, those with host port 0 at one that is free (the same as in the `earlier` run, if it can be).

    Raises InUse, Denied (below 1024), InvalidInput (not an address of this host); then nothing is held.
    """
    held = HeldPorts()
    before = {(port.host_ip, port.container_port, port.protocol): port.host_port for port in earlier}
    try:
        for port in wanted:
            number = port.host_port or before.get((port.host_ip, port.container_port, port.protocol), 0)
            if port.host_port or not number:
                _hold(session, held, port)
                continue
            try:
                _hold(session, held, port.replace(host_port=number))
            except InUse:
                _hold(session, held, port)
    except BaseException:
        held.close()
        raise
    return held


def bind_ports(session: Session, container_id: str, mappings: Sequence[PortMapping]) -> None:
    """Write down which ports lead to a container. Raises InUse if another container has one."""
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


def port_text(port: PortMapping) -> str:
    """Return a port of the host as people write it: 0.0.0.0:80/tcp, [::1]:80/tcp."""
    address = f"[{port.host_ip}]" if ":" in port.host_ip else port.host_ip or "0.0.0.0"  # noqa: S104
    return f"{address}:{port.host_port}/{port.protocol}"


def _hold(session: Session, held: HeldPorts, port: PortMapping) -> None:
    for _ in range(1 if port.host_port else _TRIES):
        opened: list[int] = []
        try:
            number = port.host_port
            for address in (port.host_ip,) if port.host_ip else ("0.0.0.0", "::"):  # noqa: S104
                found = _open(address, number, port.protocol)
                if found is not None:
                    opened.append(found[0])
                    number = found[1]
        except OSError as error:
            for descriptor in opened:
                os.close(descriptor)
            if error.errno == errno.EADDRINUSE and not port.host_port:
                continue  # free in IPv4 and not in IPv6: look on
            raise _explain(session, port, error) from error
        held.descriptors += opened
        held.mappings.append(port.replace(host_port=number))
        return
    raise InUse("no free port was found", subject=f"-p {port.container_port}/{port.protocol}", hint="name one")


def _open(address: str, number: int, protocol: str) -> tuple[int, int] | None:
    """Return a socket bound to a port, and the port; None where the host has no such protocol."""
    family = _socket.AF_INET6 if version_of(address) == 6 else _socket.AF_INET
    kind, proto = _KINDS[protocol]
    try:
        socket = _socket.socket(family, kind | _socket.SOCK_CLOEXEC, proto)
    except OSError as error:
        if error.errno in _NOT_HERE:
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
    """Bind without SO_REUSEADDR, which would let others in; with it (and listening) where old connections linger."""
    try:
        socket.bind((address, number))
    except OSError as error:
        if error.errno != errno.EADDRINUSE or not listens:
            raise
        socket.setsockopt(_socket.SOL_SOCKET, _socket.SO_REUSEADDR, 1)
        socket.bind((address, number))
        socket.listen(1)


def _explain(session: Session, port: PortMapping, error: OSError) -> Exception:
    subject = f"-p {port_text(port)}"
    if error.errno == errno.EADDRINUSE:
        return _taken(session, port)
    if error.errno == errno.EACCES:
        return Denied(
            "ports below 1024 are for root",
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
    holder = f"by container {row['name']}" if row is not None else "by another program"
    return InUse(f"address already in use {holder}", subject=f"-p {port_text(port)}", hint="publish another port")
