"""Filters of `ps` that take ports and ranges of them."""

from __future__ import annotations

import pytest

from pycman.containers.filters import parse_port_range, ports_match, published_ports
from pycman.errors import InvalidInput

PORTS = published_ports(
    [
        {"host_port": 8080, "container_port": 80},
        {"host_port": 9000, "container_port": 100, "range_size": 11, "protocol": "tcp"},
        {"host_port": 53, "container_port": 53, "protocol": "udp"},
    ]
)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("80", True), ("80/tcp", True), ("80/TCP", True), ("80/udp", False), ("8080", False), ("70-90", True), ("81-99", False),
        ("90-100", True), ("105", True), ("110-120", True), ("111", False), ("53", False), ("53/udp", True), ("1-65535/udp", True),
        ("1-65535/sctp", False),
    ],
)  # fmt: skip
def test_a_port_or_a_range_of_the_containers_own_ports(wanted: str, found: bool) -> None:
    assert ports_match(wanted, PORTS) is found


@pytest.mark.parametrize("text", ["", "x", "80-", "-80", "90-80", "70000", "80/xyz", "1-2-3", "²", "80-99999"])
def test_what_is_no_port(text: str) -> None:
    with pytest.raises(InvalidInput, match="not a port"):
        parse_port_range(text)
