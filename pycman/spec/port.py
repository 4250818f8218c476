"""Published ports of a container or pod, and the addresses of the host on which they are published."""

from __future__ import annotations

from pycman.errors import InvalidInput
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

ANY_IPV4 = "0.0.0.0"  # noqa: S104 - the wildcard as users write it
ANY_IPV6 = "::"
_MAPPED = bytes(10) + b"\xff\xff"
"""The first twelve bytes of an IPv4 address written as an IPv6 one (RFC 4291, 2.5.5.2)."""


class PortMapping(Record):
    """`range_size` ports from `container_port` on, published on the host from `host_port` on (0: pycman chooses);
    `host_ip` is what `listen_addresses` reads. `protocol` is tcp, udp or sctp. A single port with a `host_port_last` is published
    at the first port that is free from `host_port` to that one.
    """

    container_port: int
    host_port: int = 0
    host_ip: str = ""
    protocol: str = "tcp"
    range_size: int = 1
    host_port_last: int = 0


class ListenAddress(Record):
    """One address of the host on which a port is published: `version` 4 or 6, and its `text` in the shortest form.

    `wildcard` ones (0.0.0.0, ::) are every address of their family. `zone` is the interface of a link-local address.
    """

    version: int
    text: str
    zone: str = ""

    @property
    def wildcard(self) -> bool:
        """Return whether it is every address of its family."""
        return self.text in (ANY_IPV4, ANY_IPV6)

    @property
    def host_ip(self) -> str:
        """Return the text that `listen_addresses` reads as this address alone."""
        return f"{self.text}%{self.zone}" if self.zone else self.text


def listen_addresses(host_ip: str, subject: str = "") -> tuple[ListenAddress, ...]:
    """Return the addresses that a `host_ip` means: "" is every address of both families, "0.0.0.0" every IPv4 address, "::" every
    IPv6 address, all else one address, fe80::1%eth0 one on a link. Pure. Raises InvalidInput for anything else, also a name.
    """
    if not host_ip:
        return ListenAddress(version=4, text=ANY_IPV4), ListenAddress(version=6, text=ANY_IPV6)
    import _socket  # only imported for ports that name an address

    address, percent, zone = host_ip.partition("%")
    for version, family in ((4, _socket.AF_INET), (6, _socket.AF_INET6)):
        try:
            packed = _socket.inet_pton(family, address)
        except (OSError, ValueError):
            continue
        if packed[:12] == _MAPPED:
            version, family, packed = 4, _socket.AF_INET, packed[12:]
        if percent and (version == 4 or not zone):
            break
        return (ListenAddress(version=version, text=_socket.inet_ntop(family, packed), zone=zone),)
    raise InvalidInput(
        "not an IP address of this host",
        subject=subject or f"-p {host_ip}",
        hint="write it as in 192.0.2.1 or [2001:db8::1]",
    )


def format_host_port(host_ip: str, host_port: int | str) -> str:
    """Return an address and port of the host as listings write them: 0.0.0.0:80, [::1]:80. Pure."""
    address = host_ip or ANY_IPV4
    return f"[{address}]:{host_port}" if ":" in address else f"{address}:{host_port}"


def without_twins(ports: Sequence[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """Return (container port, host ip, host port) triples without those on :: whose like on 0.0.0.0 is there too. Pure.

    `podman port` shows the two families of a port without an address as one, and scripts read one line.
    """
    return [port for port in ports if port[1] != ANY_IPV6 or (port[0], ANY_IPV4, port[2]) not in ports]


def merge_twins(ports: Sequence[PortMapping]) -> list[PortMapping]:
    """Return the ports with each pair on 0.0.0.0 and :: as one without an address, as its user published it. Pure."""
    merged = []
    for port in ports:
        other = {ANY_IPV4: ANY_IPV6, ANY_IPV6: ANY_IPV4}.get(port.host_ip)
        if other is None or port.replace(host_ip=other) not in ports:
            merged.append(port)
        elif port.host_ip == ANY_IPV4:
            merged.append(port.replace(host_ip=""))
    return merged
