"""Names of interfaces, which compose files and networks of others choose: they stay names, and take no interface of the host's."""

from __future__ import annotations

import pytest

from pycman.errors import InvalidInput
from pycman.network.choose import choose_interface
from pycman.spec.network import NetworkSpec


@pytest.mark.parametrize(
    "name", ['a"b', "a;b", "a\nb", "a b", "a/b", "../x", "a{", "a#", "$a", "é", "x" * 16, "a\\", "a'", "a*", "a\0", "%"]
)
@pytest.mark.parametrize("driver", ["bridge", "macvlan"])
def test_a_name_that_is_more_than_a_name_in_a_rule_is_refused(name, driver) -> None:
    with pytest.raises(InvalidInput, match="not a name for an interface"):
        choose_interface(None, NetworkSpec(driver=driver, interface=name), [])


def test_a_network_does_not_take_an_interface_of_the_hosts(root_networked) -> None:
    """It would open the host's loopback to whatever is at the other end (route_localnet)."""
    machine = root_networked.machines
    machine.run(
        "sh",
        "-c",
        "ip link add uplink7 type veth peer name far7 && ip address add 10.255.7.1/24 dev uplink7 && ip link set uplink7 up",
    )
    root_networked("network", "create", "--opt", "com.docker.network.bridge.name=uplink7", "evil")
    done = root_networked.run("run", "--rm", "--network", "evil", "busybox:1", "true")
    assert done.returncode == 125
    assert "there is another interface of this name" in done.stderr.decode()
    seen = machine.run("sh", "-c", "ip -brief address; grep . /proc/sys/net/ipv4/conf/*/route_localnet; true")
    assert "10.255.7.1/24" in seen, seen
    root_networked("network", "rm", "evil")
    machine.run("ip", "link", "delete", "uplink7")


def test_a_bridge_of_the_hosts_is_used_and_stays(root_networked) -> None:
    machine = root_networked.machines
    machine.run(
        "sh",
        "-c",
        "ip link add shared7 type bridge && ip address add 10.255.7.1/24 dev shared7 && ip link set shared7 up",
    )
    for name, interface in (("shared", "shared7"), ("own", "own7")):
        root_networked("network", "create", "--opt", f"com.docker.network.bridge.name={interface}", name)
        root_networked("run", "--rm", "--network", name, "busybox:1", "true")
        root_networked("network", "rm", name)
    links = machine.run("ip", "-brief", "link")
    assert "shared7" in links
    assert "own7" not in links
    machine.run("ip", "link", "delete", "shared7")
