"""Published ports of a container or pod."""

from __future__ import annotations

from pycman.record import Record


class PortMapping(Record):
    """`range_size` ports from `container_port` on, published on the host from `host_port` on (0: pycman chooses);
    `host_ip` "" is every address. `protocol` is tcp, udp or sctp.
    """

    container_port: int
    host_port: int = 0
    host_ip: str = ""
    protocol: str = "tcp"
    range_size: int = 1
