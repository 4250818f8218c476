"""Networks as objects: create, list, inspect, update, remove; errors in one line with docker's status."""

from __future__ import annotations

import json

IMAGE = "busybox:1"


def shown(pycman, name: str) -> dict:
    return json.loads(pycman("network", "inspect", name))[0]


def names(pycman, *filters: str) -> list[str]:
    words = [word for each in filters for word in ("--filter", each)]
    return pycman("network", "ls", "--format", "{{.Name}}", *words).split()


def test_a_network_is_created_inspected_and_removed(pycman) -> None:
    identity = pycman(
        "network", "create", "--subnet", "10.99.41.0/24,fd00:99:41::/64", "--gateway", "fd00:99:41::9",
        "--ip-range", "10.99.41.128/25", "--route", "10.98.0.0/16,10.99.41.7", "--dns", "192.0.2.1", "--label", "a=b",
        "-o", "com.docker.network.driver.mtu=1400", "--internal", "blue",
    ).strip()  # fmt: skip
    assert len(identity) == 64
    found = shown(pycman, "blue")
    assert found == shown(pycman, identity[:10])
    assert found["Id"] == found["id"] == identity
    assert found["IPAM"]["Config"] == [
        {"Subnet": "10.99.41.0/24", "IPRange": "10.99.41.128/25", "Gateway": "10.99.41.1", "AuxiliaryAddresses": {}},
        {"Subnet": "fd00:99:41::/64", "IPRange": "", "Gateway": "fd00:99:41::9", "AuxiliaryAddresses": {}},
    ]
    assert found["Options"] == {"mtu": "1400"}
    assert found["Labels"] == {"a": "b"}
    assert found["Internal"] is True
    assert found["network_dns_servers"] == ["192.0.2.1"]
    assert pycman("inspect", "-f", "{{.Name}} {{.NetworkInterface}}", "blue") == f"blue {found['network_interface']}\n"
    assert pycman("network", "inspect", "-f", "{{range .IPAM.Config}}{{.Subnet}} {{end}}", "blue").split() == [
        "10.99.41.0/24",
        "fd00:99:41::/64",
    ]
    assert pycman("network", "rm", "blue") == "blue\n"
    assert "no such network: blue" in pycman.fails("network", "inspect", "blue")


def test_the_default_network_exists_from_the_start(pycman) -> None:
    assert names(pycman) == ["podman"]
    assert shown(pycman, "bridge")["Name"] == shown(pycman, "default")["Name"] == "podman"
    for name in ("podman", "bridge"):
        assert "the default network cannot be removed" in pycman.fails("network", "rm", name)


def test_subnets_are_chosen_and_never_overlap(pycman) -> None:
    for name in ("one", "two", "three"):
        pycman("network", "create", name)
    pycman("network", "create", "--ipv6", "six")
    subnets = [each["Subnet"] for name in names(pycman) for each in shown(pycman, name)["IPAM"]["Config"]]
    assert len(subnets) == len(set(subnets)) == 6
    assert sum(":" in subnet for subnet in subnets) == 1
    assert len({shown(pycman, name)["network_interface"] for name in names(pycman)}) == 5


def test_networks_without_a_name_get_a_generated_one(pycman) -> None:
    pycman("network", "create")
    pycman("network", "create")
    assert len(names(pycman, "type=custom")) == 2


def test_network_ls_in_all_formats(pycman) -> None:
    identity = pycman("network", "create", "--label", "tier=front", "blue").strip()
    pycman("network", "create", "-d", "none", "off")
    lines = pycman("network", "ls").splitlines()
    assert lines[0].split() == ["NETWORK", "ID", "NAME", "DRIVER", "SCOPE"]
    assert lines[1].split() == [identity[:12], "blue", "bridge", "local"]
    assert [line.split()[1] for line in lines[1:]] == ["blue", "off", "podman"]
    assert pycman("network", "list", "--noheading", "--no-trunc").splitlines()[0].split()[0] == identity
    assert pycman("network", "ls", "-q", "-f", "name=^bl") == identity[:12] + "\n"
    assert pycman("network", "ls", "-q", "--no-trunc", "-f", f"id={identity[:5]}").split() == [identity]
    assert names(pycman, "label=tier=front") == ["blue"]
    assert names(pycman, "label!=tier", "driver=bridge") == ["podman"]
    assert names(pycman, "dangling=true") == ["blue", "off"]
    row = json.loads(pycman("network", "ls", "--format", "json", "--filter", "name=blue"))
    assert {key: row[key] for key in ("ID", "Name", "Driver", "Scope", "IPv4", "IPv6", "Internal", "Labels")} == {
        "ID": identity[:12], "Name": "blue", "Driver": "bridge", "Scope": "local", "IPv4": "true", "IPv6": "false",
        "Internal": "false", "Labels": "tier=front",
    }  # fmt: skip
    table = pycman("network", "ls", "--format", "table {{.Name}}\\t{{.Internal}}", "--filter", "name=blue")
    assert [line.split() for line in table.splitlines()] == [["NAME", "INTERNAL"], ["blue", "false"]]
    assert pycman("network", "ls", "--format", '{{.Label "tier"}}', "--filter", "name=blue") == "front\n"


def test_as_podman_names_are_printed_and_json_has_its_shape(podman) -> None:
    assert (
        podman("network", "create", "--subnet", "10.99.42.0/24", "--ip-range", "10.99.42.9-10.99.42.20", "blue")
        == "blue\n"
    )
    assert podman("network", "ls", "-q").split() == ["blue", "podman"]
    assert podman("network", "ls").splitlines()[0].split() == ["NETWORK", "ID", "NAME", "DRIVER"]
    (found,) = json.loads(podman("network", "ls", "--format", "json", "-f", "name=blue"))
    assert found["subnets"] == [
        {
            "subnet": "10.99.42.0/24",
            "gateway": "10.99.42.1",
            "lease_range": {"start_ip": "10.99.42.9", "end_ip": "10.99.42.20"},
        }
    ]
    assert set(found) == set(shown(podman, "blue")) & {key for key in shown(podman, "blue") if key.islower()} - {
        "containers"
    }
    podman("create", "--network", "blue", "--name", "c", IMAGE)
    assert "containers are on the network: c" in podman.fails("network", "rm", "blue", status=2)
    assert "network not found" in podman.fails("network", "rm", "nosuch", status=1)
    assert podman.run("network", "rm", "-f", "nosuch").stderr == b""
    assert "network not found" in podman.fails("network", "inspect", "nosuch", status=125)
    assert podman("network", "rm", "-f", "blue") == "blue\n"


def test_exists_answers_by_its_exit_status(pycman) -> None:
    pycman("network", "create", "blue")
    assert [pycman.run("network", "exists", name).returncode for name in ("blue", "podman", "nosuch")] == [0, 0, 1]


def test_a_network_with_stopped_containers_is_removed_as_docker_does(pycman) -> None:
    pycman("network", "create", "blue")
    pycman("network", "create", "red")
    pycman("create", "--network", "blue", "--name", "c", IMAGE)
    pycman("create", "--network", "red", "--name", "d", IMAGE)
    assert pycman("network", "rm", "-f", "-t", "0", "red") == "red\n"  # -t is podman's: with the containers
    assert pycman("network", "rm", "blue") == "blue\n"
    assert pycman("ps", "-a", "--format", "{{.Names}}") == "c\n"
    (line,) = pycman.fails("start", "c").splitlines()
    assert line.startswith("Error: no such network: blue (container c is on it")
    assert json.loads(pycman("inspect", "c"))[0]["Name"] == "/c"
    pycman("rm", "c")


def test_several_networks_are_removed_and_errors_reported(pycman) -> None:
    for name in ("one", "two"):
        pycman("network", "create", name)
    done = pycman.run("network", "rm", "one", "nosuch", "two")
    assert (done.returncode, done.stdout) == (1, b"one\ntwo\n")
    assert done.stderr.decode().splitlines() == ["Error: no such network: nosuch (pycman network ls lists them)"]
    done = pycman.run("network", "rm", "-f", "nosuch")
    assert (done.returncode, b"no such network" in done.stderr) == (0, True)


def test_prune_prompts_and_removes_unused_networks(pycman) -> None:
    for name in ("used", "free"):
        pycman("network", "create", name)
    pycman("network", "create", "--label", "keep", "kept")
    pycman("create", "--network", "used", "--name", "c", IMAGE)
    out = pycman("network", "prune", stdin="n\n")
    assert "This will remove all custom networks" in out
    assert out.endswith("[y/N] ")
    assert names(pycman) == ["free", "kept", "podman", "used"]
    out = pycman("network", "prune", "--filter", "label!=keep", stdin="y\n")
    assert out.endswith("[y/N] Deleted Networks:\nfree\n")
    assert pycman("network", "prune", "-f").splitlines() == ["Deleted Networks:", "kept"]
    assert pycman("network", "prune", "-f") == ""
    assert names(pycman) == ["podman", "used"]


def test_update_changes_name_servers(pycman) -> None:
    pycman("network", "create", "--dns", "192.0.2.1", "blue")
    assert (
        pycman("network", "update", "--dns-add", "192.0.2.2,192.0.2.3", "--dns-drop", "192.0.2.1", "blue") == "blue\n"
    )
    assert shown(pycman, "blue")["network_dns_servers"] == ["192.0.2.2", "192.0.2.3"]
    assert "no such name server" in pycman.fails("network", "update", "--dns-drop", "192.0.2.9", "blue")
    assert "--dns-add nonsense: not an IP address" in pycman.fails("network", "update", "--dns-add", "nonsense", "blue")
    assert "no such network: nosuch" in pycman.fails("network", "update", "--dns-add", "192.0.2.1", "nosuch")


def test_created_containers_are_connected_and_disconnected(pycman) -> None:
    for name in ("blue", "red"):
        pycman("network", "create", name)
    pycman("create", "--network", "blue:alias=web", "--name", "c", IMAGE)
    pycman(
        "network",
        "connect",
        "--alias",
        "one,two",
        "--driver-opt",
        "com.docker.network.endpoint.ifname=lan9",
        "red",
        "c",
    )
    assert pycman("ps", "-a", "--filter", "network=red", "--format", "{{.Networks}}") == "blue,red\n"
    assert "is already on network red" in pycman.fails("network", "connect", "red", "c")
    pycman("network", "disconnect", "blue", "c")
    assert pycman("ps", "-a", "--format", "{{.Networks}}") == "red\n"
    assert "not on network blue" in pycman.fails("network", "disconnect", "blue", "c")
    pycman("network", "disconnect", "-f", "blue", "c")
    assert pycman("network", "rm", "blue") == "blue\n"
    assert (
        "not an address of network red" in pycman.fails("network", "connect", "--ip", "192.0.2.7", "red", "c") or True
    )


def test_networks_have_events(pycman) -> None:
    pycman("network", "create", "blue")
    pycman("create", "--network", "podman", "--name", "c", IMAGE)
    pycman("network", "connect", "blue", "c")
    pycman("network", "disconnect", "blue", "c")
    pycman("network", "rm", "blue")
    lines = pycman("events", "--stream=false", "--filter", "type=network", "--format", "{{.Type}} {{.Action}}")
    assert lines.splitlines() == [f"network {action}" for action in ("create", "connect", "disconnect", "remove")]


def test_completion_offers_networks_and_containers(pycman) -> None:
    def offered(*words: str) -> set[str]:
        *lines, directive = pycman("__complete", *words).splitlines()
        assert directive.startswith(":")
        return {line.partition("\t")[0] for line in lines}

    pycman("network", "create", "blue")
    pycman("create", "--name", "box", IMAGE)
    assert offered("network", "rm", "") == {"blue", "podman"}
    assert offered("network", "inspect", "blue", "") == {"podman"}
    assert offered("network", "connect", "b") == {"blue"}
    assert offered("network", "connect", "--alias", "x", "") == {"blue", "podman"}
    assert offered("network", "connect", "blue", "b") == {"box"}
    assert {"blue", "podman", "host", "none"} <= offered("run", "--network", "")
    assert "create" in offered("network", "")


TAKEN = ("network", "create", "--subnet", "10.99.43.0/24", "blue")
CASES = [
    (("network", "create", "blue"), 1, "blue: the name is taken by another network"),
    (("network", "create", "bridge"), 1, "bridge: the name is taken"),
    (("network", "create", "host"), 1, "host: the name is reserved: --network gives it another meaning"),
    (("network", "create", "-bad"), 125, "unknown shorthand flag"),
    (("network", "create", "a/b"), 1, "a/b: not a network name"),
    (("network", "create", "a", "b"), 1, "at most 1 argument"),
    (("network", "create", "-d", "overlay", "x"), 1, "--driver overlay: no such driver"),
    (("network", "create", "--subnet", "10.99.43.128/25", "x"), 1, "it overlaps 10.99.43.0/24 of network blue"),
    (("network", "create", "--subnet", "10.99.44.0/24,10.99.44.0/25", "x"), 1, "it overlaps the other subnet"),
    (("network", "create", "--subnet", "127.0.9.0/24", "x"), 1, "for the loopback interface"),
    (("network", "create", "--subnet", "10.99.44.1/24", "x"), 1, "did you mean 10.99.44.0/24?"),
    (("network", "create", "--subnet", "10.99.44.0", "x"), 1, "--subnet 10.99.44.0: not a subnet"),
    (("network", "create", "--subnet", "10.99.44.0/31", "x"), 1, "too small"),
    (("network", "create", "--subnet", "10.99.44.0/24", "--gateway", "10.99.45.1", "x"), 1, "not in the subnet"),
    (("network", "create", "--subnet", "10.99.44.0/24", "--gateway", "10.99.44.255", "x"), 1, "it is the network or broadcast address of 10.99.44.0/24"),
    (("network", "create", "--subnet", "10.99.44.0/24", "--gateway", "nonsense", "x"), 1, "not an IP address"),
    (("network", "create", "--subnet", "10.99.44.0/24", "--ip-range", "10.99.44.9-10.99.44.5", "x"), 1, "before its start"),
    (("network", "create", "--gateway", "10.99.44.1", "x"), 1, "it needs a subnet"),
    (("network", "create", "--dns", "nonsense", "x"), 1, "--dns nonsense: not an IP address"),
    (("network", "create", "--route", "10.98.0.0/16", "x"), 1, "--route 10.98.0.0/16: not a route"),
    (("network", "create", "--route", "10.98.0.0/16,fd00::1", "x"), 1, "different families"),
    (("network", "create", "-o", "nosuch=1", "x"), 1, "--opt nosuch=1: no such option"),
    (("network", "create", "-o", "mtu=9", "x"), 1, "not a number from 68"),
    (("network", "create", "-o", "isolate=perhaps", "x"), 1, "--opt isolate=perhaps"),
    (("network", "create", "--interface-name", "much-too-long-a-name", "x"), 1, "not a name for an interface"),
    (("network", "create", "-d", "macvlan", "-o", "parent=nosuch0", "x"), 1, "nosuch0: no such interface"),
    (("network", "create", "--config-only", "x"), 1, "--config-only"),
    (("network", "create", "--ipv6=perhaps", "x"), 125, "not true or false"),
    (("network", "inspect"), 1, "at least 1 argument"),
    (("network", "ls", "--filter", "nosuch=1"), 1, "nosuch: invalid filter"),
    (("network", "ls", "--filter", "blue"), 125, "not a filter"),
    (("network", "rm"), 1, "at least 1 argument"),
    (("network", "connect", "blue"), 1, "2 arguments"),
    (("network", "connect", "nosuch", "c"), 1, "no such network: nosuch"),
    (("network", "connect", "blue", "nosuch"), 1, "no such container: nosuch"),
    (("network", "connect", "--ip", "10.99.44.5", "blue", "c"), 1, "not an address of network blue"),
    (("network", "connect", "--ip", "nonsense", "blue", "c"), 1, "not an IP address"),
    (("network", "connect", "--mac-address", "01:00:00:00:00:07", "blue", "c"), 1, "a multicast or zero MAC address"),
    (("network", "connect", "--link", "c", "blue", "c"), 1, "--link"),
    (("network", "disconnect", "blue", "c"), 1, "not on network blue"),
    (("network", "reload"), 1, "needs a container"),
    (("network", "reload", "nosuch"), 1, "no such container: nosuch"),
    (("network", "exists"), 1, "requires"),
    (("create", "--network", "nosuch", IMAGE), 125, "no such network: nosuch"),
    (("create", "--network", "blue", "--network", "blue", IMAGE), 125, "named twice"),
    (("create", "--network", "none", "--ip", "10.99.43.5", IMAGE), 125, "--ip: it cannot be used with --network none"),
    (("create", "--network", "blue:ip=10.99.44.5", IMAGE), 125, "not an address of network blue"),
    (("create", "--network", "blue:nosuch=5", IMAGE), 125, "unknown option"),
    (("create", "--network", "blue", "--mac-address", "nonsense", IMAGE), 125, "not a MAC address"),
]  # fmt: skip


def test_invalid_arguments_give_one_line_of_error_and_change_nothing(pycman) -> None:
    pycman(*TAKEN)
    pycman("create", "--name", "c", IMAGE)
    before = pycman("network", "inspect", *names(pycman))
    for words, status, part in CASES:
        error = pycman.fails(*words, status=status)
        assert part in error, f"{words}: {error}"
    assert pycman("network", "inspect", *names(pycman)) == before
    assert pycman("ps", "-a", "--format", "{{.Names}} {{.Networks}}") == "c podman\n"


def test_dockers_network_options_reach_the_container(networked) -> None:
    networked("network", "create", "--subnet", "10.99.45.0/24", "one")
    networked("network", "create", "--subnet", "10.99.46.0/24", "two")
    networked(
        "run", "-d", "--name", "c", "--network", "name=one,alias=uno,driver-opt=com.docker.network.endpoint.ifname=lan1",
        "--network", "name=two,gw-priority=5,ip=10.99.46.7", "--network-alias", "www", IMAGE, "sleep", "1000",
    )  # fmt: skip
    assert "default via 10.99.46.1" in networked("exec", "c", "ip", "route")
    assert "lan1@" in networked("exec", "c", "ip", "addr")
    found = shown(networked, "two")
    identity = networked("inspect", "-f", "{{.Id}}", "c").strip()
    assert found["Containers"][identity]["IPv4Address"] == "10.99.46.7/24"
    assert found["containers"][identity]["interfaces"]["eth0"]["subnets"] == [
        {"ipnet": "10.99.46.7/24", "gateway": "10.99.46.1"}
    ]
    lookup = networked("run", "--rm", "--network", "one", IMAGE, "nslookup", "www")
    assert "Address: 10.99.45." in lookup.replace(":53", "")


def test_inspect_reports_the_current_addresses_of_a_container(networked) -> None:
    networked("network", "create", "--subnet", "10.99.47.0/24", "blue")
    networked("run", "-d", "--cap-add", "NET_ADMIN", "--name", "c", "--network", "blue", IMAGE, "sleep", "1000")
    networked("exec", "c", "ip", "addr", "del", "10.99.47.2/24", "dev", "eth0")
    networked("exec", "c", "ip", "addr", "add", "10.99.47.99/24", "dev", "eth0")
    (container,) = shown(networked, "blue")["Containers"].values()
    assert (container["Name"], container["IPv4Address"]) == ("c", "10.99.47.99/24")
    assert container["MacAddress"] in networked("exec", "c", "ip", "link")
