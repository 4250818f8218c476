"""Ports of EXPOSE: "80", "53/udp", "8000-8010"."""

from __future__ import annotations

from pycman.build.language.errors import Wrong, quoted
from pycman.record import Record

_PROTOCOLS = ("tcp", "udp", "sctp")
_HIGHEST = 65535


class ExposedPorts(Record):
    """What one argument exposes, as in an image's config ("80/tcp"), and what the linter has against how it is written."""

    ports: tuple[str, ...]
    odd_case: bool = False
    has_host_part: bool = False


def exposed_ports(text: str) -> ExposedPorts:
    """Return the ports of one argument; an address or a host port before them ("127.0.0.1:80:80") means nothing.

    Raises Wrong.
    """
    before, _, port = text.rpartition(":")
    numbers, slash, protocol = port.partition("/")
    first, dash, last = numbers.partition("-")
    low, high = _number(first), _number(last) if dash else _number(first)
    if low is None or high is None or low > high or (slash and protocol.lower() not in ("", *_PROTOCOLS)):
        raise Wrong(f"{quoted(text)} is not a port", "write it as in 80, 53/udp or 8000-8010")
    ports = tuple(f"{each}/{protocol.lower() or 'tcp'}" for each in range(low, high + 1))
    return ExposedPorts(ports=ports, odd_case=protocol != protocol.lower(), has_host_part=bool(before))


def _number(text: str) -> int | None:
    is_number = text.isascii() and text.isdigit() and len(text) <= 6
    return int(text) if is_number and int(text) <= _HIGHEST else None
