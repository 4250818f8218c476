"""Options of --network slirp4netns and the addresses that follow from them."""

from __future__ import annotations

import pytest

from pycman.errors import InvalidInput
from pycman.network.rootless.slirp_options import parse_slirp_options, slirp_addresses


@pytest.mark.parametrize(
    ("text", "guest", "server"),
    [
        ("", "10.0.2.100", "10.0.2.3"),
        ("mtu=1500,cidr=172.25.227.0/24", "172.25.227.100", "172.25.227.3"),
        ("cidr=10.1.2.3/16", "10.1.0.100", "10.1.0.3"),
        ("cidr=10.1.0.0/16,cidr=10.9.0.0/25", "10.9.0.100", "10.9.0.3"),
    ],
)
def test_addresses_follow_the_cidr(text: str, guest: str, server: str) -> None:
    found = slirp_addresses(parse_slirp_options(text))
    assert (found.guest, found.name_servers) == (guest, (server,))


def test_ipv6_has_a_name_server_of_its_own() -> None:
    assert slirp_addresses(parse_slirp_options("enable_ipv6=true")).name_servers == ("10.0.2.3", "fd00::3")


@pytest.mark.parametrize(
    "text",
    [
        "cidr=fd00::/64",
        "cidr=10.0.0.0/26",
        "cidr=x",
        "cidr",
        "mtu=²",
        "mtu=0",
        "enable_ipv6=maybe",
        "port_handler=x",
        "dns=1",
    ],
)
def test_a_wrong_option_is_an_error_before_anything_starts(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_slirp_options(text)


def test_booleans_are_written_as_slirp4netns_takes_them() -> None:
    assert parse_slirp_options("enable_ipv6=1,allow_host_loopback=0") == {
        "enable_ipv6": "true",
        "allow_host_loopback": "false",
    }
