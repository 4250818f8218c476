"""The PORTS of `ps`, as docker and as podman write them. Pure."""

from __future__ import annotations

from pycman.spec.port import ANY_IPV4, PortMapping, format_host_port, merge_twins
from pycman.spec.resources import is_count

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

_LAST_PORT = 65_535
_Exposed = tuple[int, str]
"""A port of a container and its protocol."""


def mappings(ports: Iterable[Mapping[str, Any]]) -> list[PortMapping]:
    """Return the published ports of a row as values."""
    return [PortMapping.from_dict(dict(port)) for port in ports]


def docker_ports(ports: Sequence[Mapping[str, Any]], exposed: Sequence[str]) -> str:
    """Return "80/tcp, 0.0.0.0:90-91->90-91/tcp, [::]:90-91->90-91/tcp, 0.0.0.0:8080->81/tcp" (docker CLI, DisplayablePorts).

    Ports of one address that are the same on both sides are ranges, those with another number on the host stand last, one by one.
    """
    published = [
        (first.container_port + n, first.host_ip or ANY_IPV4, first.host_port + n, first.protocol)
        for first in mappings(ports)
        for n in range(first.range_size)
    ]
    taken = {(port, protocol) for port, _, _, protocol in published}
    alone = [(port, "", 0, protocol) for port, protocol in exposed_ports(exposed) if (port, protocol) not in taken]
    ranges: dict[tuple[str, str], list[list[int]]] = {}
    others = []
    for port, address, host_port, protocol in sorted([*published, *alone]):
        if address and host_port != port:
            others.append(f"{format_host_port(address, host_port)}->{port}/{protocol}")
            continue
        _extend(ranges.setdefault((address, protocol), []), port)
    earlier = [_docker_range(key, found) for key, all_ranges in ranges.items() for found in all_ranges[:-1]]
    last = [_docker_range(key, all_ranges[-1]) for key, all_ranges in ranges.items()]
    return ", ".join((*earlier, *last, *others))


def _docker_range(key: tuple[str, str], found: Sequence[int]) -> str:
    address, protocol = key
    text = _range_text(found[0], found[1])
    return f"{format_host_port(address, text)}->{text}/{protocol}" if address else f"{text}/{protocol}"


def podman_ports(ports: Sequence[Mapping[str, Any]], exposed: Sequence[str]) -> str:
    """Return "0.0.0.0:8080-8081->80-81/tcp, 99/tcp": published ones in their order, then those that are only exposed."""
    published = _joined(merge_twins(mappings(ports)))
    texts = [
        f"{format_host_port(port.host_ip, _range_text(port.host_port, port.host_port + port.range_size - 1))}->"
        f"{_range_text(port.container_port, port.container_port + port.range_size - 1)}/{port.protocol}"
        for port in published
    ]
    taken = {(port.container_port + n, port.protocol) for port in published for n in range(port.range_size)}
    alone: dict[str, list[list[int]]] = {}
    for number, protocol in exposed_ports(exposed):
        if (number, protocol) not in taken:
            _extend(alone.setdefault(protocol, []), number)
    texts += [f"{_range_text(*found)}/{protocol}" for protocol, all_ranges in alone.items() for found in all_ranges]
    return ", ".join(texts)


def _joined(ports: Sequence[PortMapping]) -> list[PortMapping]:
    """Return ports with neighbours on both sides as one range."""
    joined: list[PortMapping] = []
    for port in sorted(ports, key=lambda port: (port.protocol, port.host_ip, port.container_port)):
        before = joined[-1] if joined else None
        if before and (before.protocol, before.host_ip) == (port.protocol, port.host_ip):
            steps = (port.container_port - before.container_port, port.host_port - before.host_port)
            if steps == (before.range_size, before.range_size):
                joined[-1] = before.replace(range_size=before.range_size + port.range_size)
                continue
        joined.append(port)
    return joined


def exposed_ports(exposed: Sequence[str]) -> list[_Exposed]:
    """Return PORT[-PORT][/PROTOCOL] as ports with protocols, sorted."""
    found: set[_Exposed] = set()
    for text in exposed:
        numbers, _, protocol = text.partition("/")
        first, _, last = numbers.partition("-")
        last = last or first
        if (
            is_count(first) and is_count(last) and int(last) <= _LAST_PORT
        ):  # an image may have been stored by an older version
            found.update((number, protocol.lower() or "tcp") for number in range(int(first), int(last) + 1))
    return sorted(found)


def _extend(ranges: list[list[int]], number: int) -> None:
    """Put a number to the last of the ranges if it follows it, else into a new one."""
    if ranges and number == ranges[-1][1] + 1:
        ranges[-1][1] = number
    else:
        ranges.append([number, number])


def _range_text(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}-{last}"
