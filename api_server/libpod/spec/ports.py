"""`publishPorts` of a query: ports as the command line has them. Pure."""

from __future__ import annotations

from pycman.errors import InvalidInput
from pycman.spec.port import PortMapping


def published_port(text: str) -> PortMapping:
    """Return [[IP:]HOST:]CONTAINER[/PROTOCOL]. Raises InvalidInput."""
    body, _, protocol = text.partition("/")
    host_ip, _, ports = body.rpartition(":") if body.count(":") > 1 else ("", "", body)
    host, colon, container = (host_ip.rpartition(":")[2], ":", ports) if host_ip else ports.rpartition(":")
    address = host_ip.rpartition(":")[0].strip("[]") if host_ip else ""
    numbers = [int(part) for part in (host or "0", container) if part.isascii() and part.isdigit() and len(part) < 6]
    if (
        len(numbers) != 2
        or not 0 < numbers[1] < 1 << 16
        or numbers[0] >= 1 << 16
        or protocol not in ("", "tcp", "udp", "sctp")
    ):
        raise InvalidInput(
            "not a port", subject=f"publishPorts={text[:40]}", hint="write it as [[IP:]HOST:]PORT[/PROTOCOL]"
        )
    del colon
    return PortMapping(container_port=numbers[1], host_port=numbers[0], host_ip=address, protocol=protocol or "tcp")
