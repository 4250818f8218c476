"""Validation of subnets, and the choice of free ones."""

from __future__ import annotations

import pytest

from pycman.errors import InUse, InvalidInput, NoSpace
from pycman.network.addresses import parse_cidr
from pycman.network.subnets import choose_ipv6_subnet, choose_subnet, complete_subnet, refuse_overlaps
from pycman.spec.network import Subnet


@pytest.mark.parametrize(
    ("text", "gateway"),
    [
        ("10.1.0.0/16", "10.1.0.1"),
        ("10.1.0.4/30", "10.1.0.5"),
        ("fd00:1::/64", "fd00:1::1"),
        ("192.0.2.0/24", "192.0.2.1"),
    ],
)
def test_the_gateway_is_the_first_address_by_default(text: str, gateway: str) -> None:
    assert complete_subnet(Subnet(subnet=text)).gateway == gateway
    assert complete_subnet(Subnet(subnet=text, gateway=gateway)).gateway == gateway


@pytest.mark.parametrize(
    ("subnet", "part"),
    [
        (Subnet(subnet="10.1.0.1/16"), "did you mean 10.1.0.0/16?"),
        (Subnet(subnet="10.1.0.0"), "not a subnet"),
        (Subnet(subnet="10.1.0.0/33"), "not a subnet"),
        (Subnet(subnet="0.0.0.0/0"), "not a subnet"),
        (Subnet(subnet="10.1.0.0/31"), "too small"),
        (Subnet(subnet="127.9.0.0/16"), "for the loopback interface"),
        (Subnet(subnet="64.0.0.0/1", gateway="64.0.0.1"), "bits set"),
        (Subnet(subnet="0.0.0.0/1"), "for this host"),
        (Subnet(subnet="239.1.0.0/16"), "for multicast"),
        (Subnet(subnet="250.0.0.0/8"), "240.0.0.0/4 is reserved for future use (RFC 1112)"),
        (Subnet(subnet="fe80::/64"), "fe80::/10 is reserved for single links"),
        (Subnet(subnet="ff05::/64"), "for multicast"),
        (Subnet(subnet="::/64"), "for the loopback interface"),
        (Subnet(subnet="10.1.0.0/24", gateway="10.1.1.1"), "not in the subnet 10.1.0.0/24"),
        (Subnet(subnet="10.1.0.0/24", gateway="fd00::1"), "not in the subnet 10.1.0.0/24"),
        (Subnet(subnet="10.1.0.0/24", gateway="10.1.0.0"), "the network or broadcast address of 10.1.0.0/24"),
        (Subnet(subnet="10.1.0.0/24", gateway="10.1.0.255"), "the network or broadcast address of 10.1.0.0/24"),
        (Subnet(subnet="10.1.0.0/24", range_start="10.1.1.1"), "--ip-range 10.1.1.1: not in the subnet"),
        (Subnet(subnet="10.1.0.0/24", range_start="10.1.0.9", range_end="10.1.0.8"), "before its start"),
    ],
)
def test_invalid_subnets_are_refused_with_the_reason(subnet: Subnet, part: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        complete_subnet(subnet)
    assert part in str(caught.value)


def test_reserved_addresses_are_in_the_subnet() -> None:
    subnet = complete_subnet(Subnet(subnet="fd00::/64", reserved={"router": "FD00::0:9"}))
    assert subnet.reserved == {"router": "fd00::9"}
    with pytest.raises(InvalidInput, match="--aux-address router="):
        complete_subnet(Subnet(subnet="10.9.0.0/24", reserved={"router": "10.0.0.1"}))


def test_a_free_subnet_is_the_first_of_the_pool_that_overlaps_nothing() -> None:
    pools = ({"base": "10.80.0.0/22", "size": 24},)
    taken = [parse_cidr("10.80.0.0/25"), parse_cidr("10.80.1.7/32")]
    assert choose_subnet(taken, pools) == "10.80.2.0/24"
    assert choose_subnet(taken, pools, first="10.79.0.0/16") == "10.79.0.0/16"
    with pytest.raises(NoSpace):
        choose_subnet([parse_cidr("10.0.0.0/8")], pools)


def test_the_search_begins_at_an_offset_and_goes_round_all_pools() -> None:
    pools = (
        {"base": "10.80.0.0/23", "size": 24},
        {"base": "10.90.0.0/24", "size": 24},
        {"base": "fd00::/48", "size": 64},
    )
    found = [choose_subnet([], pools, offset=offset) for offset in range(4)]
    assert found == ["10.80.0.0/24", "10.80.1.0/24", "10.90.0.0/24", "10.80.0.0/24"]
    taken = [parse_cidr("10.80.1.0/24"), parse_cidr("10.90.0.0/24")]
    assert choose_subnet(taken, pools, offset=1) == "10.80.0.0/24"


def test_an_ipv6_subnet_is_a_unique_local_one_and_another_if_it_is_taken() -> None:
    network_id = "0123456789abcdef" * 4
    first = choose_ipv6_subnet(network_id, [])
    assert first == "fd01:2345:6789:abcd::/64"
    assert choose_ipv6_subnet(network_id, [parse_cidr(first)]) != first


def test_the_error_of_an_overlap_names_the_network_or_interface() -> None:
    subnets = [Subnet(subnet="10.1.0.0/24")]
    with pytest.raises(InUse, match=r"overlaps 10.1.0.0/16 of network blue"):
        refuse_overlaps(subnets, [("10.1.0.0/16", "blue")], [])
    with pytest.raises(InUse, match=r"overlaps 10.1.0.128/25, which this host reaches over eth0"):
        refuse_overlaps(subnets, [], [(parse_cidr("10.1.0.128/25"), "eth0")])
    with pytest.raises(InvalidInput, match=r"overlaps the other subnet 10.1.0.0/24"):
        refuse_overlaps([*subnets, Subnet(subnet="10.1.0.0/25")], [], [])
    refuse_overlaps(subnets, [("10.2.0.0/16", "blue"), ("fd00::/64", "six")], [(parse_cidr("10.0.0.0/16"), "eth0")])
