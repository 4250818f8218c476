"""What an address of a published port means, who serves it, and what listings show."""

from __future__ import annotations

import contextlib
import socket
from types import SimpleNamespace

import pytest

from pycman.containers.check_spec import check_spec
from pycman.errors import InUse, InvalidInput, Unsupported
from pycman.network.cni.request import capability_args
from pycman.network.ports import reserve_ports
from pycman.network.reconcile.desired import Bridge, Desired, Forward
from pycman.network.reconcile.nftables import table_text
from pycman.network.reconcile.reconcile import Applied, Place, Refresh
from pycman.network.reconcile.uplink_ports import UplinkPorts
from pycman.network.relay.ports import port_line, relayed_forwards
from pycman.spec.container import ContainerSpec
from pycman.spec.port import PortMapping, format_host_port, listen_addresses, merge_twins, without_twins

V4, V6 = "10.79.0.2", "fd00::2"
BRIDGE = Bridge(name="podman", interface="pycman0", subnets=("10.79.0.0/16",), gateways=("10.79.0.1/16",))


def forward(host_ip: str, *targets: str, protocol: str = "tcp", **more: object) -> Forward:
    return Forward(protocol=protocol, host_ip=host_ip, host_port=8080, container_port=80, targets=targets, **more)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("", [(4, "0.0.0.0"), (6, "::")]),
        ("0.0.0.0", [(4, "0.0.0.0")]),
        ("::", [(6, "::")]),
        ("0:0:0:0:0:0:0:0", [(6, "::")]),
        ("0000::0", [(6, "::")]),
        ("::ffff:127.0.0.1", [(4, "127.0.0.1")]),
        ("::ffff:0.0.0.0", [(4, "0.0.0.0")]),
        ("2001:DB8::0001", [(6, "2001:db8::1")]),
        ("fe80::1%eth0", [(6, "fe80::1%eth0")]),
    ],
)
def test_an_address_has_one_meaning_however_it_is_written(text: str, meant: list[tuple[int, str]]) -> None:
    assert [(address.version, address.host_ip) for address in listen_addresses(text)] == meant
    for address in listen_addresses(text):
        assert listen_addresses(address.host_ip) == (address,)


@pytest.mark.parametrize("text", ["localhost", "*", "1.2.3", "01.2.3.4", "fe80::1%", "127.0.0.1%lo", "[::1]", "0"])
def test_what_is_no_address_is_an_error_in_every_door(text: str) -> None:
    port = PortMapping(container_port=80, host_port=8080, host_ip=text)
    with pytest.raises(InvalidInput, match="not an IP address"):
        listen_addresses(text)
    with pytest.raises(InvalidInput, match="not an IP address"):
        check_spec(ContainerSpec(image="x", ports=(port,)))
    with pytest.raises(InvalidInput, match="not an IP address"):
        capability_args(ports=[port])


def test_wildcards_are_no_host_ip_for_plugins() -> None:
    def entry(host_ip: str) -> dict:
        return capability_args(ports=[PortMapping(container_port=80, host_port=80, host_ip=host_ip)])["portMappings"][0]

    assert all("hostIP" not in entry(text) for text in ("", "0.0.0.0", "::", "0::0"))
    assert entry("127.0.0.1")["hostIP"] == "127.0.0.1"


@pytest.mark.parametrize(
    ("host_ip", "targets", "in_table", "by_relay"),
    [
        ("", (V4,), ["tcp . 8080 : 10.79.0.2 . 80"], ["tcp :: 8080"]),
        ("0.0.0.0", (V4,), ["tcp . 8080 : 10.79.0.2 . 80"], []),
        ("::", (V4,), [], ["tcp :: 8080"]),
        ("", (V4, V6), ["tcp . 8080 : 10.79.0.2 . 80", "tcp . 8080 : fd00::2 . 80"], ["tcp :: 8080"]),
        ("::1", (V4, V6), [], ["tcp ::1 8080"]),
        ("2001:db8::1", (V4,), [], ["tcp 2001:db8::1 8080"]),
        ("2001:db8::1", (V6,), ["2001:db8::1 . tcp . 8080 : fd00::2 . 80"], []),
        ("fe80::1%lo", (V6,), [], ["tcp fe80::1%lo 8080"]),
        ("127.0.0.1", (V4,), ["127.0.0.1 . tcp . 8080 : 10.79.0.2 . 80"], []),
        ("127.0.0.1", (V6,), [], ["tcp 127.0.0.1 8080"]),
        ("", (V6,), ["tcp . 8080 : fd00::2 . 80"], ["tcp 0.0.0.0 8080", "tcp :: 8080"]),
        ("", (), [], []),
    ],
)
def test_each_address_is_served_by_the_table_or_by_the_relay(
    host_ip: str, targets: tuple[str, ...], in_table: list[str], by_relay: list[str]
) -> None:
    one = forward(host_ip, *targets)
    text = table_text("pycman", Desired(bridges=(BRIDGE,), forwards=(one,)))
    elements = [line.partition("{ ")[2].removesuffix(" }") for line in text.splitlines() if "elements" in line]
    assert elements == in_table
    assert list(relayed_forwards([one], rootless=False)) == by_relay
    if targets:
        keys = [f"tcp {address.host_ip} 8080" for address in listen_addresses(host_ip)]
        assert list(relayed_forwards([one], rootless=True)) == keys


def test_the_relay_tries_the_callers_family_first_and_back_ends_in_turn() -> None:
    ((key, one),) = relayed_forwards([forward("::1", V4, V6)], rootless=False).items()
    assert port_line(key, one) == "tcp ::1 8080 first fd00::2 80 10.79.0.2 80"
    lines = {
        key: port_line(key, one)
        for key, one in relayed_forwards([forward("", V4, "10.79.0.3", balanced=True)], rootless=True).items()
    }
    assert lines == {key: f"{key} turn 10.79.0.2 80 10.79.0.3 80" for key in ("tcp 0.0.0.0 8080", "tcp :: 8080")}
    own_ports = forward("::", V4, "10.79.0.3", balanced=True, sticky=True, target_ports=(80, 81))
    assert port_line("tcp :: 8080", own_ports) == "tcp :: 8080 client 10.79.0.2 80 10.79.0.3 81"


def test_rootless_slirp4netns_opens_udp_ports_and_closes_the_tcp_ports_that_an_earlier_version_opened() -> None:
    asked: list[tuple[object, ...]] = []
    uplink = SimpleNamespace(
        close_port=lambda number: asked.append(("close", number)),
        open_port=lambda protocol, _ip, port, inner: asked.append(("open", protocol, port, inner)) or 9,
    )
    before = {"tcp 0.0.0.0 8080": (7, 8080), "udp 0.0.0.0 53": (8, 53), "tcp 0.0.0.0 81": (0, 81)}
    ports = UplinkPorts([forward("0.0.0.0", V4), forward("0.0.0.0", V4, protocol="udp")], before)
    inner = {(one.protocol, one.host_port) for one in ports.inner_forwards()}
    assert inner == {("tcp", 8080), ("udp", 8080)}
    for step in (*ports.close_steps(uplink), *ports.open_steps(uplink)):  # type: ignore[arg-type]
        step.do()
    assert asked == [("close", 7), ("close", 8), ("open", "udp", 8080, 8080)]
    assert ports.ports == {"tcp 0.0.0.0 8080": (0, 8080), "udp 0.0.0.0 8080": (9, 8080)}
    assert ports.close_steps(uplink) == ports.open_steps(uplink) == []  # type: ignore[arg-type]


def test_replies_to_the_relay_are_marked_where_it_shows_callers() -> None:
    desired = Desired(bridges=(BRIDGE,))
    assert "mark" not in table_text("pycman", desired)
    marked = table_text("pycman", desired, shows_callers=True)
    for rule in ("meta mark 0x7078 ct mark set meta mark", "ct direction reply ct mark 0x7078 meta mark set 0x7079"):
        assert rule in marked


def test_sctp_is_never_relayed() -> None:
    assert relayed_forwards([forward("", V4, protocol="sctp")], rootless=False) == {}


def test_a_port_without_an_address_is_one_on_each_family_that_is_served() -> None:
    def reserve(host_ip: str, *versions: int) -> list[str]:
        port = PortMapping(container_port=80, host_ip=host_ip)
        held = reserve_ports(None, [port], is_served=lambda address, _protocol: address.version in versions)  # type: ignore[arg-type]
        held.close()
        assert len({mapping.host_port for mapping in held.mappings}) == 1
        return [mapping.host_ip for mapping in held.mappings]

    assert reserve("", 4, 6) == ["0.0.0.0", "::"]
    assert reserve("", 4) == ["0.0.0.0"]
    with pytest.raises(Unsupported, match="cannot publish tcp ports at an IPv6 address"):
        reserve("::1", 4)
    with pytest.raises(InvalidInput, match="not an address of this host"):
        reserve("fe80::1%nowhere", 6)


def test_of_a_range_of_the_host_the_first_free_port_is_taken_or_the_one_of_the_run_before() -> None:
    nobody = SimpleNamespace(db=SimpleNamespace(row=lambda *_words: None))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        first = taken.getsockname()[1]
        port = PortMapping(
            container_port=80, host_ip="127.0.0.1", host_port=first, host_port_last=min(first + 20, 65535)
        )
        held = reserve_ports(nobody, [port])  # type: ignore[arg-type]
        (mapping,) = held.mappings
        held.close()
        assert first < mapping.host_port <= port.host_port_last
        assert mapping.host_port_last == 0
        earlier = mapping.replace(host_port=mapping.host_port + 1)
        again = reserve_ports(nobody, [port], [earlier])  # type: ignore[arg-type]
        again.close()
        assert again.mappings[0].host_port >= earlier.host_port
        with pytest.raises(InUse):
            reserve_ports(nobody, [port.replace(host_port_last=first)])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("first", "second", "twice"),
    [
        ("", "", True),
        ("", "127.0.0.1", True),
        ("127.0.0.1", "0.0.0.0", True),
        ("127.0.0.1", "127.0.0.1", True),
        ("::1", "0::1", True),
        ("127.0.0.1", "127.0.0.2", False),
        ("0.0.0.0", "::", False),
        ("127.0.0.1", "::1", False),
    ],
)
def test_a_port_that_is_published_twice_is_said_to_be(first: str, second: str, twice: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        number = free.getsockname()[1]
    targets = ((80, first), (81, second))
    ports = [PortMapping(container_port=target, host_port=number, host_ip=host_ip) for target, host_ip in targets]
    with pytest.raises(InvalidInput, match="published twice") if twice else contextlib.nullcontext():
        reserve_ports(None, ports).close()  # type: ignore[arg-type]
    ports[1] = ports[1].replace(protocol="udp")
    held = reserve_ports(None, [*ports, *ports])  # type: ignore[arg-type]
    held.close()
    assert len(held.mappings) == len([address for host_ip in (first, second) for address in listen_addresses(host_ip)])


def test_listings_write_addresses_as_docker_and_one_line_where_podman_has_one() -> None:
    assert format_host_port("", 80) == "0.0.0.0:80"
    assert format_host_port("::1", 80) == "[::1]:80"
    assert without_twins([("80/tcp", "0.0.0.0", "1"), ("80/tcp", "::", "1"), ("80/tcp", "::", "2")]) == [
        ("80/tcp", "0.0.0.0", "1"),
        ("80/tcp", "::", "2"),
    ]
    both = [PortMapping(container_port=80, host_port=1, host_ip=host_ip) for host_ip in ("0.0.0.0", "::")]
    assert merge_twins(both) == [PortMapping(container_port=80, host_port=1)]
    assert merge_twins(both[1:]) == both[1:]


def test_a_host_without_networks_is_not_made_to_forward_packets(tmp_path) -> None:
    refresh = Refresh(Place(folder=str(tmp_path), table="pycman"), Desired(), Applied(), force=True)
    assert [step.describe() for step in refresh.steps()] == [
        "start nft", "replace table inet pycman, with 0 published ports", "stop the name server",
    ]  # fmt: skip
    refresh = Refresh(Place(folder=str(tmp_path), table="pycman"), Desired(bridges=(BRIDGE,)), Applied())
    assert "enable packet forwarding" in [step.describe() for step in refresh.steps()]


def test_the_name_server_starts_before_the_table_is_replaced_and_is_waited_for_after_the_interfaces(tmp_path) -> None:
    refresh = Refresh(Place(folder=str(tmp_path), table="pycman"), Desired(bridges=(BRIDGE,)), Applied())
    steps = [(step.describe(), step.late) for step in refresh.steps()]
    assert steps[-3:] == [
        ("update DNS of podman", False),
        ("replace table inet pycman, with 0 published ports", False),
        ("wait until the names resolve", True),
    ]
