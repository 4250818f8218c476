"""network ls --filter with docker's and podman's keys, and the fields of network inspect."""

from __future__ import annotations

import pytest

from pycman.errors import InvalidInput, NotFound
from pycman.jsontext import format_json
from pycman.linux.processes import boot_id
from pycman.network.create import create_network
from pycman.network.filters import list_filtered
from pycman.network.inspect import inspect_network
from pycman.network.leases import EndpointRequest, lease
from pycman.network.networks import get_network
from pycman.network.remove import prune_networks
from pycman.spec.network import NetworkSpec, Route, Subnet
from pycman.spec.network_attachment import NetworkAttachment
from tests.support.sessions import insert_container, open_session

WEB = "a" * 64


@pytest.fixture
def session(tmp_path):
    """`podman`, the default network; `blue` with two labels; `red`, which a container is on; `off` with driver none."""
    with open_session(tmp_path) as opened:
        create_network(opened, NetworkSpec(name="blue", labels={"tier": "front", "own": ""}))
        create_network(opened, NetworkSpec(name="red", labels={"tier": "back"}))
        create_network(opened, NetworkSpec(name="off", driver="none"))
        insert_container(opened, WEB, networks=format_json(["red"]))
        yield opened


def names(session, *filters):
    return [network.name for network in list_filtered(session, filters)]


def test_without_filters_all_networks_are_listed_by_name_with_the_default_one(session):
    assert names(session) == ["blue", "off", "podman", "red"]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ([("name", "e")], ["blue", "red"]),
        ([("name", "^r")], ["red"]),
        ([("name", "^blue$"), ("name", "od")], ["blue", "podman"]),
        ([("driver", "bridge")], ["blue", "podman", "red"]),
        ([("driver", "none"), ("driver", "macvlan")], ["off"]),
        ([("label", "tier")], ["blue", "red"]),
        ([("label", "tier=front")], ["blue"]),
        ([("label", "tier=front"), ("label", "own")], ["blue"]),
        ([("label", "tier=front"), ("label", "tier=back")], []),
        ([("label!", "tier=front")], ["off", "podman", "red"]),
        ([("label!", "tier"), ("label!", "own")], ["off", "podman"]),
        ([("dangling", "true")], ["blue", "off"]),
        ([("dangling", "0")], ["podman", "red"]),
        ([("type", "builtin")], ["podman"]),
        ([("type", "custom")], ["blue", "off", "red"]),
        ([("type", "custom"), ("type", "builtin")], ["blue", "off", "podman", "red"]),
        ([("scope", "local"), ("name", "blue")], ["blue"]),
        ([("scope", "swarm")], []),
        ([("until", "1h")], []),
        ([("until", "now")], ["blue", "off", "podman", "red"]),
        ([("until", "2001-01-01")], []),
        ([(" NAME ", "blue")], ["blue"]),
        ([("driver", "bridge"), ("label", "tier"), ("dangling", "false")], ["red"]),
    ],
)
def test_filters_select_networks(session, filters, expected):
    names(session)  # the first listing inserts the default network, and `until now` must match it
    assert names(session, *filters) == expected


def test_ids_match_a_prefix_or_a_pattern(session):
    blue = get_network(session, "blue").id
    assert names(session, ("id", blue)) == ["blue"]
    assert "blue" in names(session, ("id", blue[:3]))
    assert names(session, ("id", f"{blue[-20:]}$")) == ["blue"]


@pytest.mark.parametrize(
    ("filter_", "part"),
    [
        (("nosuch", "1"), "nosuch: invalid filter (use one of dangling"),
        (("dangling", "perhaps"), "perhaps: not a boolean"),
        (("type", "swarm"), "type=swarm: not a type of network"),
        (("until", "soon"), "soon"),
        (("name", "("), "not a regular expression"),
    ],
)
def test_invalid_filters_are_refused_with_the_reason(session, filter_, part):
    with pytest.raises(InvalidInput) as caught:
        names(session, filter_)
    assert part in str(caught.value)


def test_prune_removes_unused_networks_that_pass_the_filters(session):
    assert prune_networks(session, [("label", "tier")]) == ["blue"]
    with pytest.raises(InvalidInput, match="driver: invalid filter"):
        prune_networks(session, [("driver", "bridge")])
    assert prune_networks(session) == ["off"]
    assert names(session) == ["podman", "red"]


def test_inspect_has_the_same_values_under_dockers_and_podmans_names(session):
    made = create_network(
        session,
        NetworkSpec(
            name="two",
            subnets=(
                Subnet(subnet="10.99.7.0/24", range_start="10.99.7.129", range_end="10.99.7.254"),
                Subnet(subnet="fd00:99:7::/64", gateway="fd00:99:7::9", range_start="fd00:99:7::10"),
            ),
            routes=(Route(destination="10.98.0.0/16", gateway="10.99.7.7", metric=5),),
            options={"mtu": "1400"},
            labels={"a": "b"},
            internal=True,
            dns_servers=("192.0.2.1",),
        ),
    )
    entry = inspect_network(session, made.id[:12])
    assert entry["Name"] == entry["name"] == "two"
    assert entry["Id"] == entry["id"] == made.id
    assert entry["Driver"] == entry["driver"] == "bridge"
    assert entry["Created"] == entry["created"]
    assert entry["EnableIPv4"] is entry["EnableIPv6"] is entry["ipv6_enabled"] is True
    assert entry["Internal"] is entry["internal"] is True
    assert entry["Options"] == entry["options"] == {"mtu": "1400"}
    assert entry["Labels"] == entry["labels"] == {"a": "b"}
    first, second = entry["IPAM"]["Config"]
    assert (first["Subnet"], first["IPRange"]) == ("10.99.7.0/24", "10.99.7.128/25")
    assert second["Gateway"] == "fd00:99:7::9"
    assert second["IPRange"] == "fd00:99:7::10-fd00:99:7:0:ffff:ffff:ffff:ffff"
    assert entry["subnets"][0]["lease_range"] == {"start_ip": "10.99.7.129", "end_ip": "10.99.7.254"}
    assert entry["routes"] == [{"destination": "10.98.0.0/16", "gateway": "10.99.7.7", "metric": 5}]
    assert entry["network_dns_servers"] == ["192.0.2.1"]
    assert entry["network_interface"] == made.interface
    assert entry["Containers"] == entry["containers"] == {}
    with pytest.raises(NotFound):
        inspect_network(session, "nosuch")


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("10.99.8.16", "10.99.8.31", "10.99.8.16/28"),
        ("10.99.8.17", "10.99.8.30", "10.99.8.16/28"),
        ("10.99.8.5", "10.99.8.5", "10.99.8.5/32"),
        ("10.99.8.5", "10.99.8.20", "10.99.8.5-10.99.8.20"),
        ("10.99.8.200", "", "10.99.8.200-10.99.8.254"),
        ("", "10.99.8.9", "10.99.8.1-10.99.8.9"),
        ("", "", ""),
    ],
)
def test_a_range_that_is_a_block_is_shown_as_cidr(session, start, end, expected):
    subnet = Subnet(subnet="10.99.8.0/24", range_start=start, range_end=end)
    create_network(session, NetworkSpec(name="ranged", subnets=(subnet,)))
    assert inspect_network(session, "ranged")["IPAM"]["Config"][0]["IPRange"] == expected


def test_a_container_whose_namespace_cannot_be_read_is_shown_with_its_lease(session):
    red = get_network(session, "red")
    (endpoint,) = lease(session, WEB, [EndpointRequest(red, NetworkAttachment(name="red"), ["web"], 0)])
    entry = inspect_network(session, "red")
    container = entry["Containers"][WEB]
    assert (container["Name"], container["MacAddress"]) == (f"c-{WEB[:6]}", endpoint.mac_address)
    assert container["IPv4Address"] == endpoint.addresses[0]
    assert len(container["EndpointID"]) == 64
    assert entry["containers"][WEB] == {
        "name": f"c-{WEB[:6]}",
        "interfaces": {
            "eth0": {
                "subnets": [{"ipnet": endpoint.addresses[0], "gateway": red.subnets[0].gateway}],
                "mac_address": endpoint.mac_address,
            }
        },
    }


def test_endpoints_of_another_boot_are_not_listed(session):
    lease(session, WEB, [EndpointRequest(get_network(session, "red"), NetworkAttachment(name="red"), ["web"], 0)])
    session.db.change("UPDATE endpoints SET boot_id = ?", ("x" + boot_id(),))
    assert inspect_network(session, "red")["Containers"] == {}
