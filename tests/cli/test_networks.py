"""Containers on networks: addresses, names, ports as clients see them, isolation; on machines of the test's own."""

from __future__ import annotations

import contextlib
import fcntl
import glob
import json
import os
import subprocess
import sys

import pytest

from pycman.linux.processes import start_time
from pycman.state.paths import SUBNETS_LOCK
from tests.support.machines import HERE_ADDRESS, THERE_ADDRESS
from tests.support.waiting import wait_until

IMAGE = "busybox:1"


def address_of(pycman, name: str, network: str = "podman") -> str:
    return pycman("inspect", "-f", f"{{{{.NetworkSettings.Networks.{network}.IPAddress}}}}", name).strip()


def namespace_of(pycman, name: str) -> str:
    return f"/proc/{pycman('inspect', '-f', '{{.State.Pid}}', name).strip()}/ns/net"


def start(pycman, name: str, *words: str) -> None:
    pycman("run", "-d", "--cap-add", "NET_RAW", "--name", name, *words, IMAGE, "sleep", "1000")


def test_the_default_network_gives_an_address_a_route_and_names(networked) -> None:
    start(networked, "web")
    out = networked(
        "run",
        "--rm",
        "--cap-add",
        "NET_RAW",
        IMAGE,
        "sh",
        "-c",
        "ip -4 addr show eth0; ip route; cat /etc/resolv.conf; ping -c1 -W2 web",
    )
    assert "default via 10." in out
    assert "search dns.podman" in out
    assert "1 packets received" in out


def test_names_aliases_ids_and_host_names_are_found_and_go_with_their_container(networked) -> None:
    networked("network", "create", "blue")
    start(networked, "web", "--network", "blue", "--network-alias", "www", "--hostname", "Server")
    short_id = networked("inspect", "-f", "{{.Id}}", "web")[:12]
    start(networked, "asking", "--network", "blue")
    address = address_of(networked, "web", "blue")
    for name in ("web", "www", "server", short_id, "web.dns.podman"):
        assert f"Address: {address}" in networked("exec", "asking", "nslookup", name).replace(":53", ""), name
    reverse = networked("exec", "asking", "nslookup", address)
    assert "web" in reverse
    networked("rm", "-f", "-t", "0", "web")
    assert networked.run("exec", "asking", "nslookup", "web").returncode != 0


def test_published_ports_are_reached_from_everywhere_with_the_clients_address(networked) -> None:
    start(
        networked,
        "web",
        "-p",
        "8080:80",
        "-p",
        "127.0.0.1:8081:80",
        "-p",
        f"{HERE_ADDRESS}:8082:80",
        "-p",
        "9000:90/udp",
    )
    machines = networked.machines
    machines.answer(namespace_of(networked, "web"))
    # UDP from 127.0.0.1 first: rootless, libslirp 4.7 confuses loopback clients once another machine has connected
    for kind, port in (("udp", 9000), ("tcp", 8080), ("tcp", 8081)):
        assert machines.ask(machines.here, kind, "127.0.0.1", port).startswith("10.")
    for kind, port in (("tcp", 8080), ("tcp", 8082), ("udp", 9000)):
        assert machines.ask(machines.there, kind, HERE_ADDRESS, port) == THERE_ADDRESS
        assert machines.ask(machines.here, kind, HERE_ADDRESS, port) == HERE_ADDRESS
    assert "no answer" in machines.ask(machines.there, "tcp", HERE_ADDRESS, 8081)
    assert "no answer" in machines.ask(machines.here, "tcp", HERE_ADDRESS, 8081)


HERE_IPV6, THERE_IPV6 = "2001:db8:113::1", "2001:db8:113::2"


def test_an_address_of_a_port_means_the_same_for_everyone(networked) -> None:
    ports = ("8080:80", "0.0.0.0:8081:80", "[::]:8082:80", "[::1]:8083:80", f"[{HERE_IPV6}]:8084:80", "9000:90/udp")
    start(networked, "web", *(word for port in ports for word in ("-p", port)))
    machines = networked.machines
    machines.answer(namespace_of(networked, "web"))
    answering = {
        (kind, port, address)
        for kind, port in (("udp", 9000), *(("tcp", 8080 + number) for number in range(5)))
        for address, machine in (("127.0.0.1", "here"), ("::1", "here"), (HERE_ADDRESS, "there"), (HERE_IPV6, "there"))
        if "no answer" not in machines.ask(getattr(machines, machine), kind, address, port)
    }
    assert answering == {
        *(("udp", 9000, address) for address in ("127.0.0.1", "::1", HERE_ADDRESS, HERE_IPV6)),
        *(("tcp", 8080, address) for address in ("127.0.0.1", "::1", HERE_ADDRESS, HERE_IPV6)),
        *(("tcp", 8081, address) for address in ("127.0.0.1", HERE_ADDRESS)),
        *(("tcp", 8082, address) for address in ("::1", HERE_IPV6)),
        ("tcp", 8083, "::1"),
        ("tcp", 8084, HERE_IPV6),
    }
    assert networked("port", "web", "80").splitlines() == [
        "0.0.0.0:8080", "0.0.0.0:8081", f"[{HERE_IPV6}]:8084", "[::]:8082", "[::1]:8083",
    ]  # fmt: skip
    listed = networked("ps", "--format", "{{.Ports}}").strip().split(", ")
    assert {"0.0.0.0:8080->80/tcp", "[::]:8080->80/tcp", "[::1]:8083->80/tcp"} <= set(listed)
    error = networked.fails("run", "--rm", "-p", "[::1]:8083:80", IMAGE, "true", status=125)
    assert error.startswith("Error: -p [::1]:8083/tcp: address already in use by container web")
    networked("rm", "-f", "-t", "0", "web")
    assert "no answer" in machines.ask(machines.here, "tcp", "::1", 8080)


_UDP_CLIENT = """
import socket, sys
call = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
call.bind(("", 40000))
for line in sys.stdin:
    call.settimeout(float(line))
    call.sendto(b"?", ("203.0.113.1", 9000))
    try:
        print(call.recv(100).decode(), flush=True)
    except OSError as error:
        print("no answer:", error, flush=True)
"""


def test_a_udp_client_that_goes_on_asking_reaches_the_next_container(networked) -> None:
    machines = networked.machines
    argv = ["nsenter", f"--net={machines.there}", sys.executable, "-c", _UDP_CLIENT]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as client:
        assert client.stdin is not None
        assert client.stdout is not None

        def ask(timeout_s: float) -> str:
            client.stdin.write(f"{timeout_s}\n")
            client.stdin.flush()
            return client.stdout.readline().strip()

        start(networked, "other")  # keeps the network, and rootless its namespace
        for name in ("first", "second"):
            assert "no answer" in ask(0.1)  # a flow to the host itself, where nobody listens
            start(networked, name, "-p", "9000:90/udp")
            machines.answer(namespace_of(networked, name))
            assert ask(10) == THERE_ADDRESS
            networked("rm", "-f", "-t", "0", name)
            machines.hush()
        client.stdin.close()


def test_a_port_of_a_pod_with_every_address_answers(networked) -> None:
    networked("pod", "create", "--name", "p", "-p", "0.0.0.0:8080:80", "-p", "[::]:8080:80")
    networked("run", "-d", "--pod", "p", "--name", "web", IMAGE, "sleep", "1000")
    networked("run", "--pod", "p", "--name", "over", IMAGE, "true")
    hosts = networked("exec", "web", "cat", "/etc/hosts")
    assert "127.0.0.1\tweb\n" in hosts and "over" not in hosts
    assert networked("exec", "web", "cat", "/etc/hostname") == "p\n"
    machines = networked.machines
    machines.answer(namespace_of(networked, "web"))
    for address in ("127.0.0.1", "::1"):
        assert "no answer" not in machines.ask(machines.here, "tcp", address, 8080)
    machines.hush()
    networked("pod", "rm", "-f", "-t", "0", "p")


_NODE_PORTS = """
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec:
  terminationGracePeriodSeconds: 0
  containers:
  - name: c
    image: localhost/busybox:1
    imagePullPolicy: Never
    command: [sleep, "1000"]
    ports: [{containerPort: 80, hostPort: 8088, hostIP: 0.0.0.0}]
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  type: NodePort
  selector: {app: web}
  ports: [{name: a, port: 80, nodePort: 30080}, {name: b, port: 90, protocol: UDP, nodePort: 30090}]
"""


def test_node_ports_answer_at_both_families(networked) -> None:
    networked("kube", "play", "-", stdin=_NODE_PORTS)
    machines = networked.machines
    machines.answer(namespace_of(networked, "web-c"))
    for kind, port in (("udp", 30090), ("tcp", 30080)):
        for address, machine in (("127.0.0.1", "here"), ("::1", "here"), (HERE_ADDRESS, "there"), (HERE_IPV6, "there")):
            assert "no answer" not in machines.ask(getattr(machines, machine), kind, address, port), (kind, address)
    assert "no answer" not in machines.ask(machines.here, "tcp", "127.0.0.1", 8088)
    assert "no answer" in machines.ask(machines.here, "tcp", "::1", 8088)
    machines.hush()
    networked("kube", "down", "-", stdin=_NODE_PORTS)


def test_killed_helpers_come_back_with_the_next_reload(networked) -> None:
    start(networked, "web", "-p", "8080:80")
    machines = networked.machines
    machines.answer(namespace_of(networked, "web"))
    folder = networked.folder / "run/network"
    for pid_file in ("relay.pid", "names/aardvark.pid", "uplink.pid"):
        if (folder / pid_file).exists():
            pid = int((folder / pid_file).read_text().split()[0])
            machines.run("kill", "-9", str(pid))
            wait_until(lambda pid=pid: not start_time(pid), "it goes")
    assert "no answer" in machines.ask(machines.here, "tcp", "::1", 8080)
    networked("network", "reload", "web")
    for address in ("127.0.0.1", "::1"):
        assert "no answer" not in machines.ask(machines.here, "tcp", address, 8080)
    assert "Address" in networked("exec", "web", "nslookup", "web.dns.podman")


def test_ports_on_a_named_network_keep_the_callers_address(networked) -> None:
    networked("network", "create", "blue")
    start(networked, "web", "--network", "blue", "-p", "8080:80", "-p", "9000:90/udp")
    machines = networked.machines
    machines.answer(namespace_of(networked, "web"))
    assert machines.ask(machines.there, "tcp", HERE_ADDRESS, 8080) == THERE_ADDRESS
    assert machines.ask(machines.there, "udp", HERE_ADDRESS, 9000) == THERE_ADDRESS


def test_a_container_reaches_its_own_published_port_and_that_of_another(networked) -> None:
    start(networked, "web", "-p", "8080:80")
    networked.machines.answer(namespace_of(networked, "web"))
    for words in (("exec", "web"), ("run", "--rm", IMAGE)):
        assert networked(*words, "sh", "-c", f"nc -w 3 {HERE_ADDRESS} 8080 </dev/null") != ""


def test_random_ranges_and_exposed_ports_get_ports_that_port_shows(networked) -> None:
    start(networked, "many", "-p", "80", "-p", "8000-8002:7000-7002", "--expose", "99/udp", "-P")
    lines = networked("port", "many").splitlines()
    assert [line.split(" -> ")[0] for line in lines] == ["80/tcp", "7000/tcp", "7001/tcp", "7002/tcp", "99/udp"] or len(
        lines
    ) == 5
    assert "7001/tcp -> 0.0.0.0:8001" in lines
    assert "0.0.0.0:8002->7002/tcp" in networked("ps", "--format", "{{.Ports}}")
    random = networked("port", "many", "80").strip().rpartition(":")[2]
    networked("restart", "-t", "0", "many")
    assert networked("port", "many", "80").strip().rpartition(":")[2] == random


def test_a_port_in_use_is_an_error_before_the_container_starts(networked) -> None:
    start(networked, "first", "-p", "8080:80")
    error = networked.fails("run", "-d", "--name", "second", "-p", "8080:80", IMAGE, "sleep", "9", status=125)
    assert "address already in use by container first" in error
    listener = subprocess.Popen(
        ["nsenter", f"--net={networked.machines.here}", "python3", "-c",
         "import socket,time; s=socket.create_server(('0.0.0.0', 8090)); print('on', flush=True); time.sleep(60)"],
        stdout=subprocess.PIPE,
    )  # fmt: skip
    try:
        listener.stdout.readline()
        error = networked.fails("run", "-d", "--name", "third", "-p", "8090:80", IMAGE, "sleep", "9", status=125)
        assert "address already in use by another program" in error
    finally:
        listener.kill()
        listener.wait()
    assert networked("ps", "-a", "--format", "{{.Names}}") == "first\n"


def test_ports_below_1024_are_for_root(networked) -> None:
    words = ("run", "--rm", "-p", "81:80", IMAGE, "true")
    if networked.rootless:
        assert "ip_unprivileged_port_start" in networked.fails(*words, status=125)
    else:
        networked(*words)


def test_several_networks_with_addresses_of_the_user(networked) -> None:
    networked("network", "create", "--subnet", "10.99.1.0/24", "one")
    networked("network", "create", "--subnet", "10.99.2.0/24", "--subnet", "fd00:99::/64", "two")
    start(
        networked, "c",
        "--network", "one:ip=10.99.1.50,mac=02:00:00:00:00:07,alias=uno",
        "--network", "two:ip=10.99.2.60,ip6=fd00:99::60,interface_name=second",
    )  # fmt: skip
    out = networked("exec", "c", "ip", "addr")
    for text in ("10.99.1.50/24", "02:00:00:00:00:07", "10.99.2.60/24", "fd00:99::60/64", "second@"):
        assert text in out
    error = networked.fails("run", "--rm", "--network", "one:ip=10.99.1.50", IMAGE, "true", status=125)
    assert "taken by container c" in error
    assert "not an address of network one" in networked.fails(
        "run", "--rm", "--network", "one", "--ip", "10.99.2.5", IMAGE, "true", status=125
    )


def test_networks_do_not_reach_each_other_unless_they_are_open(networked) -> None:
    for name, words in (
        ("blue", ()),
        ("red", ()),
        ("free", ("-o", "isolate=false")),
        ("loose", ("-o", "isolate=false")),
    ):
        networked("network", "create", *words, name)
    for name in ("red", "loose"):
        start(networked, f"in-{name}", "--network", name)
    red, loose = address_of(networked, "in-red", "red"), address_of(networked, "in-loose", "loose")
    assert (
        networked.run(
            "run", "--rm", "--cap-add", "NET_RAW", "--network", "blue", IMAGE, "ping", "-c1", "-W1", red
        ).returncode
        != 0
    )
    assert (
        networked.run(
            "run", "--rm", "--cap-add", "NET_RAW", "--network", "free", IMAGE, "ping", "-c1", "-W1", loose
        ).returncode
        == 0
    )


def test_an_internal_network_has_no_way_out(networked) -> None:
    networked("network", "create", "--internal", "inside")
    published = networked.run(
        "run", "-d", "--name", "c", "--network", "inside", "-p", "8080:80", IMAGE, "sleep", "1000"
    )
    assert b"published ports lead nowhere until" in published.stderr
    assert b"inside is internal" in published.stderr
    assert "default" not in networked("exec", "c", "ip", "route")
    assert networked("exec", "c", "cat", "/proc/sys/net/ipv6/conf/eth0/accept_ra") == "0\n"
    networked("run", "--rm", "--cap-add", "NET_RAW", "--network", "inside", IMAGE, "ping", "-c1", "-W2", "c")


def test_outside_hosts_are_reached_with_the_hosts_address(networked) -> None:
    machines = networked.machines
    machines.answer(machines.there)
    assert (
        networked("run", "--rm", "--cap-add", "NET_RAW", IMAGE, "sh", "-c", f"nc -w 3 {THERE_ADDRESS} 80 </dev/null")
        == HERE_ADDRESS
    )


def test_the_hosts_loopback_is_not_reached_from_containers(networked) -> None:
    machines = networked.machines
    machines.answer(machines.here)
    for address in ("127.0.0.1", "10.0.2.2"):
        done = networked.run("run", "--rm", IMAGE, "sh", "-c", f"nc -w 1 {address} 80 </dev/null")
        assert done.stdout == b""


def test_ipv6_names_and_ports(networked) -> None:
    networked("network", "create", "--ipv6", "six")
    accept_ra = "/proc/sys/net/ipv6/conf/cable0/accept_ra"
    networked.machines.run("sh", "-c", f"echo 1 > {accept_ra}")
    start(networked, "web", "--network", "six", "-p", "8080:80")
    out = networked(
        "run",
        "--rm",
        "--cap-add",
        "NET_RAW",
        "--network",
        "six",
        IMAGE,
        "sh",
        "-c",
        "nslookup -type=aaaa web; ping6 -c1 -W2 web",
    )
    assert "1 packets received" in out
    machines = networked.machines
    # as root the host forwards IPv6 now, and still learns its own routes from routers
    assert machines.run("cat", accept_ra).strip() == ("1" if networked.rootless else "2")
    machines.answer(namespace_of(networked, "web"), 6)
    assert machines.ask(machines.there, "tcp", HERE_IPV6, 8080) == THERE_IPV6
    assert machines.ask(machines.here, "tcp", "::1", 8080).startswith("fd")


def _opened_by(pid: int) -> list[str]:
    found = []
    for path in glob.glob(f"/proc/{pid}/fd/*"):
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            found.append(os.readlink(path))
    return found


def test_two_stores_never_choose_the_same_subnet(root_networked) -> None:
    """The other store's half is done by hand: it has the lock and makes its bridge only when ours is about to choose."""
    machines = root_networked.machines
    with open(SUBNETS_LOCK, "w", encoding="ascii") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        argv = ("run", "-d", "--name", "c", IMAGE, "sleep", "1000")
        running = root_networked.start(*argv, stdout=subprocess.DEVNULL)
        wait_until(lambda: SUBNETS_LOCK in _opened_by(running.pid), "it does not ask for the lock")
        machines.run("ip", "link", "add", "other0", "type", "bridge")
        machines.run("ip", "address", "add", "10.79.0.1/16", "dev", "other0")
        machines.run("ip", "link", "set", "other0", "up")
    assert running.wait() == 0
    assert not address_of(root_networked, "c").startswith("10.79.")
    machines.run("ip", "link", "delete", "other0")


def test_connect_and_disconnect_while_it_runs(networked) -> None:
    networked("network", "create", "blue")
    start(networked, "c")
    start(networked, "other", "--network", "blue")
    networked("network", "connect", "--alias", "guest", "blue", "c")
    assert "eth1" in networked("exec", "c", "ip", "addr")
    networked("exec", "other", "ping", "-c1", "-W2", "guest")
    assert "already" in networked.fails("network", "connect", "blue", "c")
    networked("network", "disconnect", "blue", "c")
    assert "eth1" not in networked("exec", "c", "ip", "addr")
    assert networked.run("exec", "other", "nslookup", "guest").returncode != 0
    networked("network", "rm", "-f", "-t", "0", "blue")
    assert networked("ps", "--format", "{{.Names}}") == "c\n"


def test_reload_restores_everything_after_the_firewall_was_flushed(networked) -> None:
    start(networked, "web", "-p", "8080:80")
    machines = networked.machines
    machines.answer(namespace_of(networked, "web"))
    if networked.rootless:
        inside = f"--net=/proc/{networked('inspect', '-f', '{{.State.Pid}}', 'web').strip()}/ns/net"
        assert inside
    else:
        machines.run("nft", "flush", "ruleset")
        assert "no answer" in machines.ask(machines.there, "tcp", HERE_ADDRESS, 8080)
        for link in machines.run("ip", "-br", "link").split("\n"):
            if link.startswith("pyc"):
                machines.run("ip", "link", "delete", link.split()[0])
    networked("network", "reload", "-a")
    assert machines.ask(machines.there, "tcp", HERE_ADDRESS, 8080) == THERE_ADDRESS
    assert "no answer" not in machines.ask(machines.here, "tcp", "::1", 8080)
    networked("network", "disconnect", "podman", "web")
    for address in ("127.0.0.1", "::1"):
        assert "no answer" in machines.ask(machines.here, "tcp", address, 8080)
    networked("network", "connect", "podman", "web")
    for address in ("127.0.0.1", "::1"):
        assert "no answer" not in machines.ask(machines.here, "tcp", address, 8080)


def test_tables_of_other_programs_are_not_changed(networked) -> None:
    if networked.rootless:
        return  # rootless changes nothing in the host's firewall
    machines = networked.machines
    machines.run("nft", "add", "table", "inet", "mine")
    start(networked, "c", "-p", "8080:80")
    networked("rm", "-f", "-t", "0", "c")
    assert machines.run("nft", "list", "tables") == "table inet mine\n"
    machines.run("nft", "delete", "table", "inet", "mine")


@pytest.mark.parametrize("mode", ["slirp4netns", "slirp4netns:port_handler=slirp4netns,mtu=1500"])
def test_a_private_slirp4netns_with_ports(networked, mode: str) -> None:
    start(networked, "web", "--network", mode, "-p", "8080:80", "-p", "9000:90/udp")
    machines = networked.machines
    machines.answer(namespace_of(networked, "web"))
    assert machines.ask(machines.there, "tcp", HERE_ADDRESS, 8080) == THERE_ADDRESS
    assert machines.ask(machines.there, "udp", HERE_ADDRESS, 9000) == THERE_ADDRESS
    assert "nameserver 10.0.2.3" in networked("exec", "web", "cat", "/etc/resolv.conf")
    assert "no answer" in machines.ask(machines.here, "tcp", "::1", 8080)
    assert networked("inspect", "-f", "{{json .NetworkSettings.Ports}}", "web").count("HostIp") == 2
    words = ("run", "--rm", "--network", "slirp4netns", "-p", "[::1]:8081:80", IMAGE, "true")
    assert "cannot publish tcp ports at an IPv6 address" in networked.fails(*words, status=125)


def test_the_files_of_a_private_slirp4netns_follow_its_cidr(networked) -> None:
    network = ("--network", "slirp4netns:cidr=172.25.227.0/24", "--hostname", "box", "--name", "me")
    out = networked("run", "--rm", *network, IMAGE, "cat", "/etc/hosts", "/etc/resolv.conf")
    assert "172.25.227.100\tbox me\n" in out
    assert "nameserver 172.25.227.3\n" in out


def test_a_private_pasta(networked) -> None:
    start(networked, "c", "--network", "pasta")
    assert "cable0" in networked("exec", "c", "ip", "addr")
    machines = networked.machines
    machines.answer(machines.there)  # over UDP: Debian 12's pasta stalls on TCP if the server sends first
    assert machines.ask(namespace_of(networked, "c"), "udp", THERE_ADDRESS, 90) == HERE_ADDRESS
    error = networked.fails("run", "--rm", "--network", "pasta", "-p", "8080:80", IMAGE, "true", status=125)
    assert "stalls" in error


def test_joining_the_network_of_another_container(networked) -> None:
    start(networked, "first", "-p", "8080:80")
    out = networked("run", "--rm", "--network", "container:first", IMAGE, "sh", "-c", "ip addr; cat /etc/hosts")
    assert address_of(networked, "first") in out
    assert "publish" in networked.fails(
        "run", "--rm", "--network", "container:first", "-p", "1:1", IMAGE, "true", status=125
    )


def test_hosts_and_resolv_conf(networked) -> None:
    out = networked(
        "run", "--rm", "--name", "me", "--hostname", "box", "--add-host", "db:10.1.2.3", "--add-host", "gate:host-gateway",
        "--dns", "192.0.2.53", "--dns-search", "example.org", "--dns-option", "ndots:3", IMAGE,
        "sh", "-c", "cat /etc/hosts /etc/hostname /etc/resolv.conf",
    )  # fmt: skip
    for text in ("10.1.2.3\tdb", "\tgate", "\thost.containers.internal host.docker.internal", "\tbox me", "nameserver 192.0.2.53",
                 "search example.org", "options ndots:3"):  # fmt: skip
        assert text in out
    assert "nameserver 10." not in out


def test_inspect_reports_addresses_and_ports(networked) -> None:
    start(networked, "c", "-p", "8080:80")
    shown = json.loads(networked("inspect", "c"))[0]["NetworkSettings"]
    assert shown["IPAddress"] == shown["Networks"]["podman"]["IPAddress"] != ""
    assert shown["Ports"]["80/tcp"] == [{"HostIp": host_ip, "HostPort": "8080"} for host_ip in ("0.0.0.0", "::")]
    assert shown["Gateway"].endswith(".1")
    live = json.loads(networked("network", "inspect", "podman"))[0]
    assert [each["IPv4Address"].partition("/")[0] for each in live["Containers"].values()] == [shown["IPAddress"]]
    networked("stop", "-t", "0", "c")
    assert json.loads(networked("inspect", "c"))[0]["NetworkSettings"]["IPAddress"] == ""


def test_fifty_at_once_never_share_an_address(networked) -> None:
    running = [
        networked.start(
            "run",
            "-d",
            "--cap-add",
            "NET_RAW",
            "--name",
            f"c{number}",
            IMAGE,
            "sleep",
            "1000",
            stdout=subprocess.DEVNULL,
        )
        for number in range(50)
    ]
    assert [each.wait() for each in running] == [0] * 50
    names = networked("ps", "--format", "{{.Names}}").split()
    addresses = networked("inspect", "-f", "{{.NetworkSettings.IPAddress}}", *names).split()
    assert len(set(addresses)) == 50
    networked("exec", "c0", "ping", "-c1", "-W2", "c49")


def test_steps_are_printed_with_log_level_debug(networked) -> None:
    done = networked.run("--log-level=debug", "run", "--rm", "-p", "8080:80", IMAGE, "true")
    text = done.stderr.decode()
    for words in ("reserve ports and addresses on podman", "make bridge", "replace table inet", "update DNS of podman"):
        assert words in text


def test_a_hundred_runs_leave_nothing(networked) -> None:
    for _ in range(25):
        running = [
            networked.start("run", "--rm", "-p", str(8000 + number) + ":80", IMAGE, "true") for number in range(4)
        ]
        assert [each.wait() for each in running] == [0] * 4
    assert networked.machines.leftovers() == []
