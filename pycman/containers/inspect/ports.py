"""The published ports of a container (`port`)."""

from __future__ import annotations

from pycman.containers.catalogue import get_row
from pycman.jsontext import parse_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from pycman.state.session import Session


def list_ports(session: Session, name: str) -> list[tuple[str, str, str]]:
    """Return (container port/protocol, host ip, host port) of each published port, sorted by protocol and port.

    Raises NotFound.
    """
    return published_ports(parse_json(get_row(session, name)["ports"]))


def published_ports(ports: Iterable[Mapping[str, Any]]) -> list[tuple[str, str, str]]:
    """Return the "ports" of a row one by one: ranges are expanded, ports without a host port are left out."""
    published = []
    for port in ports:
        first = int(port.get("host_port") or 0)
        for offset in range(int(port.get("range_size") or port.get("range") or 1)):
            if first:
                container_port = f"{int(port['container_port']) + offset}/{port.get('protocol') or 'tcp'}"
                host_ip = str(port.get("host_ip") or "0.0.0.0")  # noqa: S104
                published.append((container_port, host_ip, str(first + offset)))
    return sorted(published, key=lambda entry: (entry[0].partition("/")[2], int(entry[0].partition("/")[0]), entry[1]))
