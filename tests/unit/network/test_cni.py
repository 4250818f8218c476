"""CNI lists, requests, results and failures without a plugin."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pycman.errors import Corrupt, InvalidInput, NotFound, PycmanError, Unsupported
from pycman.network.cni.conf import get_network, load_networks, parse_network
from pycman.network.cni.failures import parse_failure
from pycman.network.cni.request import Attachment, Bandwidth, capability_args, environment, plugin_config
from pycman.network.cni.result import container_addresses, format_result, parse_output, parse_result, parse_versions
from pycman.spec.port import PortMapping

BRIDGE = {"type": "bridge", "ipam": {"type": "host-local"}}


def network_text(**more) -> str:
    return json.dumps({"cniVersion": "1.0.0", "name": "pods", "plugins": [BRIDGE, {"type": "portmap"}], **more})


def test_a_list_is_read_with_its_plugins_in_order() -> None:
    found = parse_network(network_text(disableCheck="true"), subject="x")
    assert (found.name, found.cni_version, found.disable_check) == ("pods", "1.0.0", True)
    assert [plugin["type"] for plugin in found.plugins] == ["bridge", "portmap"]


def test_the_conf_of_one_plugin_is_a_list_of_one() -> None:
    found = parse_network(json.dumps({"cniVersion": "0.4.0", "name": "one", **BRIDGE}), subject="x")
    assert [plugin["type"] for plugin in found.plugins] == ["bridge"]


def test_the_newest_version_both_know_is_taken() -> None:
    text = network_text(cniVersion="0.3.1", cniVersions=["0.3.1", "1.1.0", "9.9.9"])
    assert parse_network(text, subject="x").cni_version == "1.1.0"


@pytest.mark.parametrize(
    ("text", "kind", "says"),
    [
        ("[]", InvalidInput, "not a JSON object"),
        ("{", Corrupt, ""),
        (network_text(name=""), InvalidInput, "no name"),
        (network_text(name="a/b"), InvalidInput, "no name for a network"),
        (network_text(cniVersion="0.1.0"), Unsupported, "0.1.0 is not spoken"),
        (network_text(plugins=[]), InvalidInput, "no plugins"),
        (network_text(plugins=[{}]), InvalidInput, "plugin 1 has no type"),
        (network_text(plugins=[{"type": "../sh"}]), InvalidInput, "not the name of a program"),
        (network_text(plugins=[{"type": "x", "capabilities": 1}]), InvalidInput, "capabilities"),
        (network_text(disableCheck=7), InvalidInput, "disableCheck"),
    ],
)
def test_a_bad_file_is_told_by_name(text: str, kind: type, says: str) -> None:
    with pytest.raises(kind) as caught:
        parse_network(text, subject="/etc/cni/net.d/x.conflist")
    assert says in str(caught.value)
    assert "/etc/cni/net.d/x.conflist" in str(caught.value)


def test_the_directory_is_read_in_order_and_bad_files_are_passed_over(tmp_path) -> None:
    (tmp_path / "20-b.conflist").write_text(network_text(name="b"))
    (tmp_path / "10-a.conf").write_text(json.dumps({"cniVersion": "1.0.0", "name": "a", **BRIDGE}))
    (tmp_path / "30-b.conflist").write_text(network_text(name="b"))
    (tmp_path / "05-bad.conflist").write_text("{")
    (tmp_path / "notes.txt").write_text("no network")
    told: list[PycmanError] = []
    assert [each.name for each in load_networks(str(tmp_path), told.append)] == ["a", "b"]
    assert len(told) == 2
    assert get_network(str(tmp_path)).name == "a"
    with pytest.raises(NotFound, match=r"fix .*05-bad"):
        get_network(str(tmp_path), "nosuch")
    assert load_networks(str(tmp_path / "nosuch")) == []


def test_a_plugin_gets_only_the_capabilities_it_declares() -> None:
    network = parse_network(network_text(), subject="x")
    offered = capability_args(
        ports=[PortMapping(container_port=80, host_port=8080, range_size=2), PortMapping(container_port=9)],
        bandwidth=Bandwidth(ingress_rate=1000, ingress_burst=2000),
    )
    plugin = {"type": "portmap", "capabilities": {"portMappings": True, "bandwidth": False}}
    config = plugin_config(network, plugin, capabilities=offered, previous={"ips": []})
    assert config["runtimeConfig"] == {"portMappings": [
        {"hostPort": 8080, "containerPort": 80, "protocol": "tcp"},
        {"hostPort": 8081, "containerPort": 81, "protocol": "tcp"}]}  # fmt: skip
    assert "capabilities" not in config
    assert (config["name"], config["cniVersion"], config["prevResult"]) == ("pods", "1.0.0", {"ips": []})
    assert "runtimeConfig" not in plugin_config(network, {"type": "bridge"}, capabilities=offered)
    assert offered["bandwidth"] == {"ingressRate": 1000, "ingressBurst": 2000}


def test_the_environment_is_the_specs_and_not_the_callers() -> None:
    attachment = Attachment(container_id="c1", netns="/run/netns/x", args={"IgnoreUnknown": "1", "K8S_POD_NAME": "p"})
    found = environment("ADD", attachment, ["/a", "/b"], {"CNI_COMMAND": "DEL", "HOME": "/root"})
    assert found["CNI_COMMAND"] == "ADD"
    assert found["CNI_PATH"] == "/a:/b"
    assert found["CNI_ARGS"] == "IgnoreUnknown=1;K8S_POD_NAME=p"
    assert found["HOME"] == "/root"
    assert found["PATH"]


@pytest.mark.parametrize(
    "bad",
    [
        {"container_id": ""},
        {"container_id": "../x"},
        {"container_id": "a@b"},
        {"container_id": "c", "interface": "a-name-that-is-too-long"},
        {"container_id": "c", "interface": ".."},
        {"container_id": "c", "args": {"a=b": "c"}},
        {"container_id": "c", "args": {"a": "b;CNI_COMMAND=DEL"}},
    ],
)
def test_an_attachment_that_the_spec_forbids_is_refused(bad: dict) -> None:
    with pytest.raises(InvalidInput):
        Attachment(**bad).check()


RESULT = {
    "cniVersion": "1.0.0",
    "interfaces": [{"name": "cni0", "mac": "02:00:00:00:00:01"}, {"name": "eth0", "sandbox": "/run/netns/x"}],
    "ips": [
        {"address": "10.1.0.2/16", "gateway": "10.1.0.1", "interface": 1},
        {"address": "fd00::2/64", "interface": 1},
    ],
    "routes": [{"dst": "0.0.0.0/0"}],
    "dns": {"nameservers": ["10.1.0.1"], "search": ["a"]},
}


def test_a_result_gives_the_containers_addresses() -> None:
    found = parse_result(RESULT, subject="x")
    assert container_addresses(found, "eth0") == ["10.1.0.2", "fd00::2"]
    assert container_addresses(found, "eth1") == []


@pytest.mark.parametrize("version", ["0.3.1", "0.4.0", "1.0.0", "1.1.0"])
def test_a_result_says_the_same_in_every_version(version: str) -> None:
    found = parse_result(RESULT, subject="x")
    text = format_result(found, version)
    assert parse_result(text, subject="x") == found
    assert ("version" in text["ips"][0]) == (version < "1")


def test_an_answer_in_another_version_is_translated_and_unknown_fields_are_kept() -> None:
    old = json.dumps({"cniVersion": "0.4.0", "ips": [{"version": "4", "address": "10.0.0.2/24"}]})
    assert parse_output(old, "1.0.0", subject="x")["ips"] == [{"address": "10.0.0.2/24"}]
    assert parse_output(json.dumps({**RESULT, "own": 1}), "1.0.0", subject="x")["own"] == 1


@pytest.mark.parametrize(
    "bad",
    ["", "rubbish", "[]", '{"cniVersion": "7"}', '{"ips": [{"address": "10.0.0.1"}]}', '{"ips": [{"address": "x/8"}]}',
     '{"ips": [{"address": "10.0.0.1/8", "interface": 3}]}', '{"interfaces": [{}]}', '{"dns": 1}', '{"routes": {"a": 1}}'],
)  # fmt: skip
def test_a_bad_answer_is_corrupt(bad: str) -> None:
    with pytest.raises(Corrupt):
        parse_output(bad, "1.0.0", subject="pods/bridge")


@given(st.text(max_size=200) | st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5), lambda x: st.lists(
    x, max_size=3) | st.dictionaries(st.sampled_from(["ips", "interfaces", "routes", "dns", "address", "name", "cniVersion"]), x,
                                     max_size=4), max_leaves=12).map(json.dumps))  # fmt: skip
def test_no_answer_brings_the_reader_down(text: str) -> None:
    try:
        parse_output(text, "1.0.0", subject="x")
        parse_versions(text, subject="x")
    except Corrupt:
        pass


def test_a_failure_is_told_in_the_plugins_own_words() -> None:
    said = json.dumps({"cniVersion": "1.0.0", "code": 7, "msg": "bad subnet", "details": "10.0.0.0/99"}).encode()
    found = parse_failure("ADD", "bridge", 1, said, b"", subject="pods/bridge")
    assert (found.code, found.msg, found.details) == (7, "bad subnet", "10.0.0.0/99")
    assert "bad subnet; 10.0.0.0/99 (CNI error 7)" in str(found)
    assert "status 3: panic" in str(parse_failure("ADD", "x", 3, b"", b"panic\n", subject="s"))
    assert "killed by signal 9" in str(parse_failure("ADD", "x", 137, b"", b"", subject="s"))
    assert "try again later" in str(parse_failure("STATUS", "x", 1, b'{"code": 50}', b"", subject="s"))
