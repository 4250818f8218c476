"""--network, --publish and related flags: every form docker and podman accept, and the error for wrong ones."""

from __future__ import annotations

import pytest

from cli.call import Call
from cli.parse import FlagTable, parse_flags
from cli.specs.network_object import network_spec
from cli.specs.networks import parse_expose, parse_networks, parse_port
from cli.table import COMMANDS
from pycman.errors import InvalidInput, Unsupported
from pycman.spec.network import NetworkSpec, Route, Subnet
from pycman.spec.network_attachment import NetworkAttachment, NetworkMode
from pycman.spec.port import PortMapping


def bridge(*attachments: NetworkAttachment) -> NetworkMode:
    return NetworkMode(kind="bridge", attachments=attachments)


def on(name: str, **values: object) -> NetworkAttachment:
    return NetworkAttachment(name=name, **values)  # type: ignore[arg-type]


def modes(words: list[str], aliases: list[str] | None = None, **fixed: str) -> NetworkMode:
    return parse_networks(words, aliases or [], **fixed)  # type: ignore[arg-type]


def port(text: str) -> list[tuple[str, int, int, str]]:
    return [(each.host_ip, each.host_port, each.container_port, each.protocol) for each in parse_port(text)]


def create(*words: str) -> NetworkSpec:
    flags, arguments = parse_flags(FlagTable(COMMANDS["network create"][3]), list(words), stop_at_first=False)
    return network_spec(Call("network create", flags, arguments, {}, "pycman", list(words)))


@pytest.mark.parametrize(
    ("word", "kind", "value"),
    [
        ("none", "none", ""),
        ("host", "host", ""),
        ("private", "private", ""),
        ("name=host", "host", ""),
        ("container:web", "container", "web"),
        ("ns:/run/netns/x", "path", "/run/netns/x"),
        ("pasta", "pasta", ""),
        ("pasta:-T,5201", "pasta", "-T,5201"),
        ("slirp4netns", "slirp4netns", ""),
        ("slirp4netns:port_handler=slirp4netns,cidr=10.0.3.0/24", "slirp4netns",
         "port_handler=slirp4netns,cidr=10.0.3.0/24"),
        ("bridge", "bridge", ""),
        ("default", "bridge", ""),
        ("name=bridge", "bridge", ""),
    ],
)  # fmt: skip
def test_modes(word: str, kind: str, value: str) -> None:
    assert modes([word]) == NetworkMode(kind=kind, value=value)


def test_without_network_flags_the_settings_choose_the_mode_unless_another_flag_needs_a_network() -> None:
    assert modes([]) == NetworkMode(kind="")
    assert modes([], ["www"], ipv4="10.1.2.3") == bridge(on("bridge", aliases=("www",), ipv4="10.1.2.3"))
    assert modes(["private"], ipv6="fd00::5") == bridge(on("bridge", ipv6="fd00::5"))


@pytest.mark.parametrize(
    "word",
    [
        "blue:alias=www,alias=w,ip=10.1.2.3,ip6=fd00::5,mac=02:00:00:00:00:07,interface_name=lan0",
        "name=blue,alias=www,alias=w,ip=10.1.2.3,ip6=fd00::5,mac-address=02:00:00:00:00:07,interface-name=lan0",
        "name=blue,alias=www,alias=w,ip=10.1.2.3,ip6=fd00::5,mac=02:00:00:00:00:07,driver-opt=com.docker.network.endpoint.ifname=lan0",
        "alias=www,alias=w,ip=10.1.2.3,ip6=fd00::5,mac-address=02:00:00:00:00:07,interface-name=lan0,name=blue",
    ],
)
def test_a_network_with_options_in_dockers_and_podmans_syntax(word: str) -> None:
    assert modes([word]) == bridge(
        on("blue", aliases=("www", "w"), ipv4="10.1.2.3", ipv6="fd00::5", mac_address="02:00:00:00:00:07",
           interface_name="lan0")
    )  # fmt: skip


def test_the_default_network_takes_options_too() -> None:
    assert modes(["bridge:ip=10.1.2.3"]) == bridge(on("bridge", ipv4="10.1.2.3"))
    assert modes(["default:alias=a"]) == bridge(on("default", aliases=("a",)))
    assert modes(["bridge"], ipv4="10.1.2.3") == bridge(on("bridge", ipv4="10.1.2.3"))
    assert modes(["bridge", "blue"]) == bridge(on("bridge"), on("blue"))


def test_flags_are_for_the_first_network_and_aliases_of_podman_for_all() -> None:
    words = ["one:alias=uno", "two"]
    assert modes(words, ["www"], ipv4="10.1.2.3", mac="02:00:00:00:00:07") == bridge(
        on("one", aliases=("uno", "www"), ipv4="10.1.2.3", mac_address="02:00:00:00:00:07"), on("two")
    )
    assert parse_networks(words, ["www"], alias_all=True) == bridge(
        on("one", aliases=("uno", "www")), on("two", aliases=("www",))
    )


def test_the_gateway_is_of_the_network_with_the_highest_priority() -> None:
    words = ["name=one,gw-priority=-1", "two", "name=three,gw-priority=5"]
    assert modes(words, ["www"]) == bridge(on("three"), on("two"), on("one", aliases=("www",)))


@pytest.mark.parametrize(
    ("words", "fixed", "part"),
    [
        (["none", "blue"], {}, "--network none: it cannot be combined"),
        (["blue", "host"], {}, "--network host: it cannot be combined"),
        (["container:"], {}, "--network container:: it needs a name after the colon"),
        (["ns:"], {}, "--network ns:: it needs a name after the colon"),
        (["none:x"], {}, "takes no options"),
        (["host"], {"ipv4": "10.1.2.3"}, "--ip: it cannot be used with --network host"),
        (["none"], {"mac": "02:00:00:00:00:07"}, "--mac-address: it cannot be used with --network none"),
        (["pasta:-T,1"], {"ipv6": "fd00::1"}, "--ip6: it cannot be used with --network pasta"),
        (["blue"], {"ipv4": "10.1.2.300"}, "--ip 10.1.2.300: not an IP address"),
        (["blue"], {"mac": "02:00"}, "not a MAC address"),
        (["blue:ip=10.1.2.3"], {"ipv4": "10.1.2.4"}, "--network blue:ip=10.1.2.3 sets another one"),
        (["blue:ip=nonsense"], {}, "not an IP address: nonsense"),
        (["blue:ip="], {}, "ip needs a value"),
        (["blue:mac=1"], {}, "not a MAC address"),
        (["blue:nosuch=1"], {}, "unknown option 'nosuch=1' (use alias"),
        (["blue:www"], {}, "unknown option 'www'"),
        (["blue:interface_name=much-too-long-a-name"], {}, "not a name for an interface"),
        (["blue:interface_name=a/b"], {}, "not a name for an interface"),
        (["name=,ip=10.1.2.3"], {}, "name needs a value"),
        (["alias=a,ip=10.1.2.3"], {}, "there is no network name"),
        ([""], {}, "there is no network name"),
        (["name=blue,gw-priority=high"], {}, "not a number"),
        (["name=blue,driver-opt=x=y"], {}, "unknown driver option x"),
        (["name=blue,link-local-ip=169.254.1.1"], {}, "unknown option"),
    ],
)
def test_wrong_networks_are_refused(words: list[str], fixed: dict[str, str], part: str) -> None:
    with pytest.raises((InvalidInput, Unsupported)) as caught:
        modes(words, **fixed)
    assert part in str(caught.value)


def test_aliases_need_a_network() -> None:
    with pytest.raises(InvalidInput, match="--network-alias: it cannot be used with --network host"):
        modes(["host"], ["www"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("80", [("", 0, 80, "tcp")]),
        (":80", [("", 0, 80, "tcp")]),
        ("0:80", [("", 0, 80, "tcp")]),
        ("80/udp", [("", 0, 80, "udp")]),
        ("8080:80", [("", 8080, 80, "tcp")]),
        ("8080:80/SCTP", [("", 8080, 80, "sctp")]),
        ("127.0.0.1:8080:80", [("127.0.0.1", 8080, 80, "tcp")]),
        ("127.0.0.1::80", [("127.0.0.1", 0, 80, "tcp")]),
        ("[::1]:80:80/tcp", [("::1", 80, 80, "tcp")]),
        ("[::]::80", [("::", 0, 80, "tcp")]),
        ("::1:8080:80", [("::1", 8080, 80, "tcp")]),
        ("80-82:90-92", [("", 80, 90, "tcp"), ("", 81, 91, "tcp"), ("", 82, 92, "tcp")]),
        ("127.0.0.1:80-81:90-91/udp", [("127.0.0.1", 80, 90, "udp"), ("127.0.0.1", 81, 91, "udp")]),
        ("90-91", [("", 0, 90, "tcp"), ("", 0, 91, "tcp")]),
    ],
)
def test_ports(text: str, expected: list[tuple[str, int, int, str]]) -> None:
    assert port(text) == expected


def test_a_port_may_leave_out_optional_parts() -> None:
    assert parse_port("80") == [PortMapping(container_port=80)]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "not a port"),
        ("web", "not a port"),
        ("80:", "not a port"),
        ("8080:0", "1 to 65535"),
        ("65536:80", "1 to 65535"),
        ("80:99999", "1 to 65535"),
        ("90-80", "1 to 65535"),
        ("80-82:90-91", "the two ranges differ in length"),
        ("80/icmp", "tcp, udp or sctp"),
        ("80/tcp/udp", "tcp, udp or sctp"),
        ("localhost:80:80", "not an IP address: localhost"),
        ("127.0.0.1:80", "not a port"),
        ("[::1]:80", "not a port"),
        ("[::1:80:80", "not a port"),
        ("[127.0.0.1]:80:80", "not a port"),
        ("1.2.3.4:80:80:80", "not an IP address"),
        ("-1:80", "not a port"),
    ],
)
def test_wrong_ports_are_refused(text: str, part: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_port(text)
    assert f"-p {text}: " in str(caught.value)
    assert part in str(caught.value)


def test_exposed_ports() -> None:
    assert parse_expose("80") == ["80/tcp"]
    assert parse_expose("80-82/udp") == ["80/udp", "81/udp", "82/udp"]
    with pytest.raises(InvalidInput, match="--expose 80/icmp"):
        parse_expose("80/icmp")


def test_subnets_gateways_and_ranges_go_together_in_order() -> None:
    spec = create(
        "--subnet", "10.1.0.0/24", "--subnet", "10.2.0.0/24", "--gateway", "10.1.0.9", "--gateway", "10.2.0.9",
        "--ip-range", "10.1.0.128/25", "--ip-range", "10.2.0.5-10.2.0.9", "blue",
    )  # fmt: skip
    assert spec.name == "blue"
    assert spec.subnets == (
        Subnet(subnet="10.1.0.0/24", gateway="10.1.0.9", range_start="10.1.0.129", range_end="10.1.0.254"),
        Subnet(subnet="10.2.0.0/24", gateway="10.2.0.9", range_start="10.2.0.5", range_end="10.2.0.9"),
    )


def test_a_gateway_and_a_range_find_the_subnet_they_lie_in() -> None:
    spec = create(
        "--subnet", "10.1.0.0/24,fd00:1::/64", "--gateway", "fd00:1::9", "--ip-range", "fd00:1::10-fd00:1::20"
    )
    assert spec.subnets == (
        Subnet(subnet="10.1.0.0/24"),
        Subnet(subnet="fd00:1::/64", gateway="fd00:1::9", range_start="fd00:1::10", range_end="fd00:1::20"),
    )


def test_the_other_flags_of_network_create() -> None:
    spec = create(
        "-d", "macvlan", "--interface-name", "eth0", "--ipv6", "--internal", "--disable-dns", "--dns", "192.0.2.1,192.0.2.2",
        "--route", "10.5.0.0/16,10.1.0.9", "--route", "10.6.0.0/16,10.1.0.9,200", "-o", "mtu=1400", "-o", "parent=eth1",
        "--opt", "no_default_route", "--label", "a=b=c", "--label", "bare", "--ipam-driver", "host-local", "--attachable",
        "--scope", "local",
    )  # fmt: skip
    assert spec == NetworkSpec(
        driver="macvlan",
        interface="eth0",
        ipv6=True,
        internal=True,
        dns_enabled=False,
        dns_servers=("192.0.2.1", "192.0.2.2"),
        routes=(
            Route(destination="10.5.0.0/16", gateway="10.1.0.9"),
            Route(destination="10.6.0.0/16", gateway="10.1.0.9", metric=200),
        ),
        options={"mtu": "1400", "parent": "eth1", "no_default_route": "true"},
        labels={"a": "b=c", "bare": ""},
        ipam_driver="host-local",
    )


def test_ipv6_alone_takes_its_subnets() -> None:
    spec = create("--ipv4=false", "--ipv6", "--subnet", "fd00:1::/64")
    assert (spec.ipv6, [subnet.subnet for subnet in spec.subnets]) == (False, ["fd00:1::/64"])


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (("--gateway", "10.1.0.1"), "--gateway 10.1.0.1: it needs a subnet"),
        (("--ip-range", "10.1.0.0/28"), "--ip-range 10.1.0.0/28: it needs a subnet"),
        (("--subnet", "10.1.0.0/24", "--gateway", "10.2.0.1"), "not in the subnet 10.1.0.0/24"),
        (("--subnet", "10.1.0.0/24", "--gateway", "10.1.0.1,10.1.0.2"), "--gateway 10.1.0.2: the subnet has a gateway"),
        (("--subnet", "10.1.0.0/24", "--gateway", "me"), "--gateway me: not an IP address"),
        (("--subnet", "10.1.0.0/24", "--ip-range", "10.1.0.5"), "--ip-range 10.1.0.5: not a subnet"),
        (("--subnet", "10.1.0.0/24", "--ip-range", "10.1.0.5-"), "not a range"),
        (("--subnet", "10.1.0.0/24", "--ip-range", "10.2.0.0/28"), "not in the subnet"),
        (("--subnet", "nonsense", "--gateway", "10.1.0.1"), "--subnet nonsense"),
        (("--route", "10.5.0.0/16"), "not a route"),
        (("--route", "10.5.0.0/16,10.1.0.1,fast"), "not a route"),
        (("-o", "=x"), "not an option"),
        (("--label", "=x"), "needs a name"),
        (("--scope", "swarm"), "--scope swarm"),
        (("--ipam-driver", "dhcp"), "--ipam-driver dhcp: no such driver"),
        (("--ipam-driver", "none"), "containers on a bridge get addresses"),
        (("-d", "macvlan", "--ipam-driver", "none", "--subnet", "10.1.0.0/24"), "this driver assigns no addresses"),
        (("--ipv4=false",), "IPv6 alone needs its subnets"),
        (("--ipv4=false", "--subnet", "10.1.0.0/24"), "IPv6 alone needs its subnets"),
    ],
)
def test_wrong_flags_of_network_create_are_refused(words: tuple[str, ...], part: str) -> None:
    with pytest.raises((InvalidInput, Unsupported)) as caught:
        create(*words)
    assert part in str(caught.value)
