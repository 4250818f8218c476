from __future__ import annotations

from pycman.containers.bundle.etc_files import hosts_text, resolv_text
from pycman.containers.networks.etc_networks import NetworkNames
from pycman.spec.container import ContainerSpec
from pycman.spec.network_attachment import NetworkMode

NONE = ContainerSpec(image="x", network=NetworkMode(kind="none"))
HOST = ContainerSpec(image="x", network=NetworkMode(kind="host"))


def test_hosts_name_loopback_the_container_and_what_was_added() -> None:
    text = hosts_text(NONE.replace(extra_hosts=("db:10.0.0.5", "v6:[::5]")), "web", NetworkNames())
    assert text == (
        "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n10.0.0.5\tdb\n::5\tv6\n127.0.0.1\tweb\n"
    )


def test_with_the_hosts_network_its_names_are_kept() -> None:
    assert "10.1.1.1\tnas" in hosts_text(HOST, "web", NetworkNames(), base="127.0.0.1 localhost\n10.1.1.1\tnas\n")


def test_a_resolver_on_loopback_is_of_no_use_in_another_namespace() -> None:
    host = "nameserver 127.0.0.53\nnameserver 9.9.9.9\nsearch lan\noptions edns0\n"
    assert resolv_text(NONE, NetworkNames(), host=host) == "search lan\nnameserver 9.9.9.9\noptions edns0\n"
    assert "127.0.0.53" in resolv_text(HOST, NetworkNames(), host=host)


def test_flags_replace_what_the_host_says() -> None:
    spec = NONE.replace(dns=("1.1.1.1",), dns_search=(".",), dns_options=("ndots:2",))
    assert (
        resolv_text(spec, NetworkNames(), host="nameserver 9.9.9.9\nsearch lan\n")
        == "nameserver 1.1.1.1\noptions ndots:2\n"
    )


BRIDGE = ContainerSpec(image="x", network=NetworkMode(kind="bridge"))
NAMES = NetworkNames(
    addresses=("10.79.0.2", "fd00::2"), names=("web",), host="10.79.0.1", servers=("10.79.0.1",), domain="dns.podman"
)


def test_on_a_network_hosts_name_its_addresses_and_the_host() -> None:
    text = hosts_text(BRIDGE.replace(extra_hosts=("me:host-gateway",)), "box", NAMES)
    assert text.splitlines()[2:] == [
        "10.79.0.1\tme",
        "10.79.0.1\thost.containers.internal host.docker.internal",
        "10.79.0.2\tbox web",
        "fd00::2\tbox web",
    ]


def test_on_a_network_its_server_answers_names() -> None:
    text = resolv_text(BRIDGE, NAMES, host="nameserver 9.9.9.9\nsearch lan\n")
    assert text == "search dns.podman lan\nnameserver 10.79.0.1\n"
    chosen = resolv_text(BRIDGE.replace(dns=("1.1.1.1",)), NAMES.replace(servers=()), host="nameserver 9.9.9.9\n")
    assert chosen == "nameserver 1.1.1.1\n"


def test_names_that_a_hosts_file_or_the_user_gave_an_address_keep_it() -> None:
    base = "10.1.1.1\tbox # the name of the container, too\n"
    text = hosts_text(BRIDGE.replace(extra_hosts=("db:10.1.1.2",)), "box", NAMES, base=base, replaces=True)
    assert [line for line in text.splitlines() if "box" in line.split()] == [base.strip()]
    named = hosts_text(BRIDGE.replace(extra_hosts=("box:10.1.1.2",)), "box", NAMES)
    assert [line for line in named.splitlines() if "box" in line.split()] == ["10.1.1.2\tbox"]
