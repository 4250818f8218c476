"""Real CNI plugins in network namespaces of the test's own."""

from __future__ import annotations

import contextlib
import json
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from pycman.errors import AlreadyExists, Corrupt, NotFound, PycmanError, TimedOut
from pycman.network.cni import invoke
from pycman.network.cni.conf import NetworkList, parse_network
from pycman.network.cni.failures import CniFailure, CniPluginMissing
from pycman.network.cni.invoke import CniHost
from pycman.network.cni.request import Attachment, Bandwidth, capability_args
from pycman.network.cni.result import container_addresses
from pycman.spec.port import PortMapping
from tests.support.machines import HERE_ADDRESS, THERE_ADDRESS, Machines
from tests.support.waiting import wait_until

PLUGINS = "/usr/lib/cni"


class Place:
    """A machine, a namespace for containers, and the plugins' folders."""

    def __init__(self, folder: Path, machines: Machines) -> None:
        self.folder = folder
        self.machines = machines
        self.own_plugins = folder / "plugins"
        self.own_plugins.mkdir()
        self.host = CniHost(
            plugin_folders=(str(self.own_plugins), PLUGINS),
            records_folder=str(folder / "records"),
            command_prefix=("nsenter", f"--net={machines.here}"),
            timeout_s=20,
        )
        self._namespaces: list[str] = []

    def namespace(self) -> str:
        name = f"pod-{os.urandom(3).hex()}"
        subprocess.run(["ip", "netns", "add", name], check=True)
        self._namespaces.append(name)
        return f"/run/netns/{name}"

    def remove(self, namespace: str) -> None:
        name = namespace.rpartition("/")[2]
        subprocess.run(["ip", "netns", "delete", name], check=True)
        self._namespaces.remove(name)

    def close(self) -> None:
        for name in list(self._namespaces):
            self.remove(f"/run/netns/{name}")

    def script(self, name: str, text: str) -> None:
        """Add a plugin that is a shell script."""
        path = self.own_plugins / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    def network(self, *more: dict, version: str = "1.0.0") -> NetworkList:
        ipam = {"type": "host-local", "dataDir": str(self.folder / "leases"), "ranges": [[{"subnet": "10.123.0.0/24"}]],
                "routes": [{"dst": "0.0.0.0/0"}]}  # fmt: skip
        bridge = {"type": "bridge", "bridge": "cni-test0", "isGateway": True, "ipam": ipam}
        return parse_network(
            json.dumps({"cniVersion": version, "name": "pods", "plugins": [bridge, *more]}), subject="test"
        )

    def leases(self) -> list[str]:
        folder = self.folder / "leases/pods"
        return sorted(each for each in os.listdir(folder) if each[0].isdigit()) if folder.is_dir() else []


@pytest.fixture
def place(tmp_path: Path):
    with Machines() as machines:
        made = Place(tmp_path, machines)
        yield made
        made.close()


def addresses_in(namespace: str) -> str:
    return subprocess.run(
        ["nsenter", f"--net={namespace}", "ip", "-4", "-o", "address", "show", "dev", "eth0"],
        check=False, capture_output=True, text=True,
    ).stdout  # fmt: skip


def test_a_container_gets_an_address_can_be_checked_and_is_disconnected(place: Place) -> None:
    network, where = place.network({"type": "loopback"}), place.namespace()
    attachment = Attachment(container_id="c1", netns=where)
    result = invoke.add(place.host, network, attachment)
    (address,) = container_addresses(result, "eth0")
    assert address.startswith("10.123.0.")
    assert address in addresses_in(where)
    assert invoke.find_result(place.host, network, attachment) == result
    invoke.check(place.host, network, attachment)
    with pytest.raises(AlreadyExists):
        invoke.add(place.host, network, attachment)
    invoke.delete(place.host, network, attachment)
    assert addresses_in(where) == ""
    assert place.leases() == []
    invoke.delete(place.host, network, attachment)  # may be repeated
    assert invoke.attachments(place.host) == []
    assert os.listdir(place.host.records_folder) == []


def test_check_reports_that_the_interface_is_gone(place: Place) -> None:
    network, where = place.network(), place.namespace()
    attachment = Attachment(container_id="c1", netns=where)
    invoke.add(place.host, network, attachment)
    subprocess.run(["nsenter", f"--net={where}", "ip", "link", "delete", "eth0"], check=True)
    with pytest.raises(CniFailure):
        invoke.check(place.host, network, attachment)
    invoke.delete(place.host, network, attachment)
    with pytest.raises(NotFound):
        invoke.check(place.host, network, attachment)


def test_the_lease_is_released_even_if_the_namespace_is_gone(place: Place) -> None:
    network, where = place.network(), place.namespace()
    attachment = Attachment(container_id="c1", netns=where)
    invoke.add(place.host, network, attachment)
    assert len(place.leases()) == 1
    place.remove(where)
    invoke.delete_all(place.host, "c1")
    assert place.leases() == []


def test_a_second_plugin_that_fails_undoes_the_first(place: Place) -> None:
    place.script(
        "grumpy", '[ "$CNI_COMMAND" = ADD ] && { echo \'{"code": 100, "msg": "not today"}\'; exit 1; }; exit 0'
    )
    network, where = place.network({"type": "grumpy"}), place.namespace()
    with pytest.raises(CniFailure, match="not today") as caught:
        invoke.add(place.host, network, Attachment(container_id="c1", netns=where))
    assert caught.value.cni_code == 100
    assert addresses_in(where) == ""
    assert place.leases() == []
    assert invoke.attachments(place.host) == []


def test_a_plugin_that_hangs_is_killed_with_its_children(place: Place) -> None:
    place.script("sleepy", f"[ $CNI_COMMAND = ADD ] || exit 0\nsleep 1000 & echo $! > {place.folder}/child\nwait")
    network = place.network({"type": "sleepy"})
    host = place.host.replace(timeout_s=4.5)
    with pytest.raises(TimedOut, match=r"sleepy did not finish ADD within 4\.5 s"):
        invoke.add(host, network, Attachment(container_id="c1", netns=place.namespace()))
    child = int((place.folder / "child").read_text())
    wait_until(lambda: not _lives(child), "the plugin's child lives on")
    assert place.leases() == []


def _lives(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def test_invalid_output_and_missing_plugins_are_errors(place: Place) -> None:
    place.script("mumble", "[ $CNI_COMMAND = ADD ] && echo mumble mumble\nexit 0")
    where = place.namespace()
    with pytest.raises(Corrupt):
        invoke.add(place.host, place.network({"type": "mumble"}), Attachment(container_id="c1", netns=where))
    with pytest.raises(CniPluginMissing, match="install nosuch"):
        invoke.add(place.host, place.network({"type": "nosuch"}), Attachment(container_id="c1", netns=where))
    assert place.leases() == []


def test_supported_versions_are_queried(place: Place) -> None:
    network = place.network()
    assert "1.0.0" in invoke.supported_versions(place.host, network, network.plugins[0])
    invoke.check_versions(place.host, network)


def test_capability_arguments_reach_the_plugin_that_declares_them(place: Place) -> None:
    record = place.folder / "stdin.json"
    place.script("recorder", f"cat > {record}.$CNI_COMMAND\n[ $CNI_COMMAND = ADD ] && sed 's/.*\"prevResult\":\\({{.*}}\\)}}$/\\1/' {record}.ADD\nexit 0")  # fmt: skip
    network = place.network({"type": "recorder", "capabilities": {"portMappings": True}})
    attachment = Attachment(
        container_id="c1",
        netns=place.namespace(),
        capabilities=capability_args(ports=[PortMapping(container_port=80, host_port=8080)]),
    )
    try:
        invoke.add(place.host, network, attachment)
    except PycmanError as error:
        pytest.fail(f"{error}: {Path(f'{record}.ADD').read_text()}")
    seen = json.loads(Path(f"{record}.ADD").read_text())
    assert seen["runtimeConfig"] == {"portMappings": [{"hostPort": 8080, "containerPort": 80, "protocol": "tcp"}]}
    invoke.delete(place.host, network, attachment)
    assert json.loads(Path(f"{record}.DEL").read_text())["prevResult"]["ips"]


def test_containers_added_at_once_have_different_addresses(place: Place) -> None:
    network = place.network()
    attachments = [Attachment(container_id=f"c{number}", netns=place.namespace()) for number in range(8)]
    found: dict[str, str] = {}

    def add(attachment: Attachment) -> None:
        found[attachment.container_id] = container_addresses(invoke.add(place.host, network, attachment), "eth0")[0]

    threads = [threading.Thread(target=add, args=(attachment,)) for attachment in attachments]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found.values())) == 8
    invoke.collect_garbage(place.host, network, [("c0", "eth0")])
    assert [each.attachment.container_id for each in invoke.attachments(place.host)] == ["c0"]
    assert len(place.leases()) == 1
    invoke.delete_all(place.host, "c0")


def test_a_port_of_the_host_leads_to_the_container_until_it_is_disconnected(place: Place) -> None:
    network = place.network({"type": "portmap", "capabilities": {"portMappings": True}})
    ports = capability_args(ports=[PortMapping(container_port=80, host_port=8080)])
    attachment = Attachment(container_id="c1", netns=place.namespace(), capabilities=ports)
    invoke.add(place.host, network, attachment)
    place.machines.answer(attachment.netns)
    assert place.machines.ask(place.machines.there, "tcp", HERE_ADDRESS, 8080) == THERE_ADDRESS
    invoke.delete(place.host, network, attachment)
    assert place.machines.ask(place.machines.there, "tcp", HERE_ADDRESS, 8080).startswith("no answer")
    assert "8080" not in place.machines.run("iptables-save")


def test_limits_and_settings_of_an_interface_are_really_there(place: Place) -> None:
    network = place.network(
        {"type": "bandwidth", "capabilities": {"bandwidth": True}},
        {"type": "tuning", "sysctl": {"net.ipv4.conf.eth0.arp_filter": "1"}},
    )
    limits = capability_args(bandwidth=Bandwidth(ingress_rate=1_000_000, ingress_burst=1_000_000))
    attachment = Attachment(container_id="c1", netns=place.namespace(), capabilities=limits)
    invoke.add(place.host, network, attachment)
    assert "rate 1Mbit" in place.machines.run("tc", "qdisc", "show")
    setting = place.machines.run("sysctl", "-n", "net.ipv4.conf.eth0.arp_filter", machine=attachment.netns)
    assert setting.strip() == "1"
    invoke.check(place.host, network, attachment)
    invoke.delete(place.host, network, attachment)
    assert "rate 1Mbit" not in place.machines.run("tc", "qdisc", "show")


def test_a_list_of_1_1_0_is_asked_for_its_status_and_collects_garbage(place: Place) -> None:
    # the script stands in for a plugin of 1.1.0: Debian 12 has none
    place.script(
        "newest",
        f"cat > {place.folder}/$CNI_COMMAND.json\n"
        f'[ "$CNI_COMMAND" = STATUS ] && [ -e {place.folder}/busy ] && {{ echo \'{{"code": 50}}\'; exit 1; }}\nexit 0',
    )
    text = json.dumps({"cniVersion": "1.1.0", "name": "pods", "plugins": [{"type": "newest"}]})
    network = parse_network(text, subject="test")
    invoke.check_status(place.host, network)
    (place.folder / "busy").touch()
    with pytest.raises(CniFailure, match="try again later"):
        invoke.check_status(place.host, network)
    invoke.collect_garbage(place.host, network, [("c7", "eth0")])
    seen = json.loads((place.folder / "GC.json").read_text())
    assert seen["cni.dev/valid-attachments"] == [{"containerID": "c7", "ifname": "eth0"}]


def test_a_delete_waits_for_the_add_of_the_same_container(place: Place) -> None:
    log = place.folder / "log"
    place.script("slow", f"echo $CNI_COMMAND >> {log}\ncat > /dev/null\n[ $CNI_COMMAND = ADD ] || exit 0\nsleep 0.3\necho '{{}}'\necho done >> {log}")  # fmt: skip
    network = parse_network(
        json.dumps({"cniVersion": "1.0.0", "name": "pods", "plugins": [{"type": "slow"}]}), subject="test"
    )
    attachment = Attachment(container_id="c1", netns=place.namespace())
    adding = threading.Thread(target=invoke.add, args=(place.host, network, attachment))
    adding.start()
    wait_until(log.exists)
    invoke.delete(place.host, network, attachment)
    adding.join()
    assert log.read_text().split() == ["ADD", "done", "DEL"]
    assert invoke.attachments(place.host) == []


PROGRAM = """
import json, sys
from pycman.network.cni import invoke
from pycman.network.cni.conf import NetworkList
from pycman.network.cni.invoke import CniHost
from pycman.network.cni.request import Attachment
host, network, attachment = (json.loads(word) for word in sys.argv[2:])
verb = getattr(invoke, sys.argv[1])
verb(CniHost.from_dict(host), NetworkList.from_dict(network), Attachment.from_dict(attachment))
"""


def another_process(verb: str, place: Place, network: NetworkList, attachment: Attachment, point: str = ""):
    """Call a list in a process of its own, which kills itself at the crash point `point`."""
    words = [json.dumps(each.to_dict()) for each in (place.host, network, attachment)]
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, verb, *words], env={**os.environ, "PYCMAN_TEST_CRASH_AT": point}
    )


def test_a_plugin_whose_caller_was_killed_is_waited_for_before_it_is_undone(place: Place) -> None:
    log = place.folder / "log"
    place.script("slow", f"echo $CNI_COMMAND >> {log}\ncat > /dev/null\n[ $CNI_COMMAND = ADD ] || exit 0\nsleep 0.5\necho done >> {log}\necho '{{}}'")  # fmt: skip
    network = place.network({"type": "slow"})
    attachment = Attachment(container_id="c1", netns=place.namespace())
    caller = another_process("add", place, network, attachment)
    wait_until(log.exists)
    caller.kill()
    caller.wait()
    invoke.delete(place.host, network, attachment)
    assert log.read_text().split() == ["ADD", "done", "DEL"]
    assert place.leases() == []
    assert invoke.attachments(place.host) == []


@pytest.mark.parametrize("point", ["cni-del:plugin-1", "cni-del:plugin-2"])
def test_a_delete_that_was_killed_is_done_again(place: Place, point: str) -> None:
    network = place.network({"type": "tuning"})
    attachment = Attachment(container_id="c1", netns=place.namespace())
    invoke.add(place.host, network, attachment)
    assert another_process("delete", place, network, attachment, point).wait() == -9
    assert len(invoke.attachments(place.host)) == 1
    invoke.delete(place.host, network, attachment)
    assert place.leases() == []
    assert addresses_in(attachment.netns) == ""
    assert invoke.attachments(place.host) == []


@pytest.mark.parametrize("point", ["cni-add:recorded", "cni-add:plugin-1", "cni-add:done"])
def test_after_a_kill_in_the_middle_of_add_delete_leaves_nothing(place: Place, point: str) -> None:
    network, where = place.network({"type": "loopback"}), place.namespace()
    attachment = Attachment(container_id="c1", netns=where)
    assert another_process("add", place, network, attachment, point).wait() == -9
    invoke.delete(place.host, network, attachment)
    assert place.leases() == []
    assert addresses_in(where) == ""
    assert invoke.attachments(place.host) == []
