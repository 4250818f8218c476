"""Filters of `ps` that take ports and ranges of them."""

from __future__ import annotations

import pytest

from pycman.containers.container import Container
from pycman.containers.filters import _restart_policy, parse_port_range, ports_match, published_ports
from pycman.errors import InvalidInput

MAPPINGS = (
    {"host_port": 8080, "container_port": 80},
    {"host_port": 9000, "container_port": 100, "range_size": 11, "protocol": "tcp"},
    {"host_port": 53, "container_port": 53, "protocol": "udp"},
)
PORTS = published_ports(MAPPINGS, "container_port")


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


@pytest.mark.parametrize(
    ("wanted", "found"), [("8080", True), ("80", False), ("9010/tcp", True), ("9011", False), ("8000-8100", True), ("53/udp", True)]
)  # fmt: skip
def test_publish_means_the_hosts_ports_as_docker_does(wanted: str, found: bool) -> None:
    assert ports_match(wanted, published_ports(MAPPINGS, "host_port")) is found


@pytest.mark.parametrize("text", ["", "x", "80-", "-80", "90-80", "70000", "80/xyz", "1-2-3", "²", "80-99999"])
def test_what_is_no_port(text: str) -> None:
    with pytest.raises(InvalidInput, match="not a port"):
        parse_port_range(text)


@pytest.mark.parametrize(
    ("value", "policy"), [("no", "no"), ("none", "no"), ("always", "always"), ("on-failure", "on-failure")]
)
def test_restart_policies(value: str, policy: str) -> None:
    assert _restart_policy(None, Container(id="a", name="c", state="exited", restart_policy=policy), value)
    with pytest.raises(InvalidInput, match="not a restart policy"):
        _restart_policy(None, Container(id="a", name="c", state="exited"), "fakepolicy")
