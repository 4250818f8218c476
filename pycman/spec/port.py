"""Published ports."""

from __future__ import annotations

from pycman.record import Record


class PortMapping(Record):
    """A container port that shall be reached from outside. `host_port` 0 lets pycman choose; `host_ip` "" is all."""

    container_port: int
    host_port: int = 0
    host_ip: str = ""
    protocol: str = "tcp"
    range_size: int = 1
