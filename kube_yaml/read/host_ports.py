"""Ports of YAML that say only the port of the host: to podman it is the container's port as well. Kubernetes refuses them."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any


def complete_ports(values: Iterable[Any]) -> None:
    """Give each port of the objects `values`, in place, the number of its hostPort where it has no containerPort."""
    left = list(values)
    while left:
        value = left.pop()
        if isinstance(value, list):
            left += value
        elif isinstance(value, dict):
            ports = value.get("ports") if "image" in value else None
            for port in ports if isinstance(ports, list) else ():
                if isinstance(port, dict) and port.get("hostPort") and port.get("containerPort") is None:
                    port["containerPort"] = port["hostPort"]
            left += value.values()
