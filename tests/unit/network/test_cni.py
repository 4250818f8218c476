"""CNI lists, requests, results and failures without a plugin."""

from __future__ import annotations

import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pycman.errors import Corrupt, InvalidInput, NotFound, PycmanError, Unsupported
from pycman.network.cni.conf import get_network, load_networks, parse_network
from pycman.network.cni.failures import parse_failure
from pycman.network.cni.invoke import CniHost, delete_all
from pycman.network.cni.request import Attachment, Bandwidth, capability_args, environment, plugin_config
from pycman.network.cni.result import container_addresses, format_result, parse_output, parse_result, parse_versions
from pycman.spec.port import PortMapping

BRIDGE = {"type": "bridge", "ipam": {"type": "host-local"}}


def network_text(**more) -> str:
    return json.dumps({"cniVersion": "1.0.0", "name": "pods", "plugins": [BRIDGE, {"type": "portmap"}], **more})


def test_a_list_is_read_with_its_plugins_in_order() -> None:
    parsed = parse_network(network_text(disableCheck="true"), subject="x")
    assert (parsed.name, parsed.cni_version, parsed.disable_check) == ("pods", "1.0.0", True)
    assert [plugin["type"] for plugin in parsed.plugins] == ["bridge", "portmap"]


def test_the_conf_of_one_plugin_is_a_list_of_one() -> None:
    parsed = parse_network(json.dumps({"cniVersion": "0.4.0", "name": "one", **BRIDGE}), subject="x")
    assert [plugin["type"] for plugin in parsed.plugins] == ["bridge"]


def test_the_newest_common_version_is_chosen() -> None:
    text = network_text(cniVersion="0.3.1", cniVersions=["0.3.1", "1.1.0", "9.9.9"])
    assert parse_network(text, subject="x").cni_version == "1.1.0"


@pytest.mark.parametrize(
    ("text", "kind", "says"),
    [
        ("[]", InvalidInput, "not a JSON object"),
        ("{", Corrupt, ""),
        (network_text(name=""), InvalidInput, "no name"),
        (network_text(name="a/b"), InvalidInput, "'a/b' is not a network name"),
        (network_text(cniVersion="0.1.0"), Unsupported, "0.1.0 is not supported"),
        (network_text(plugins=[]), InvalidInput, "no plugins"),
        (network_text(plugins=[{}]), InvalidInput, "plugin 1 has no type"),
        (network_text(plugins=[{"type": "../sh"}]), InvalidInput, "not the name of a program"),
        (network_text(plugins=[{"type": "x", "capabilities": 1}]), InvalidInput, "capabilities"),
        (network_text(disableCheck=7), InvalidInput, "disableCheck"),
    ],
)
def test_the_error_of_a_bad_file_names_the_file(text: str, kind: type, says: str) -> None:
    with pytest.raises(kind) as caught:
        parse_network(text, subject="/etc/cni/net.d/x.conflist")
    assert says in str(caught.value)
    assert "/etc/cni/net.d/x.conflist" in str(caught.value)


def test_the_directory_is_read_in_order_and_bad_files_are_skipped(tmp_path) -> None:
    (tmp_path / "20-b.conflist").write_text(network_text(name="b"))
    (tmp_path / "10-a.conf").write_text(json.dumps({"cniVersion": "1.0.0", "name": "a", **BRIDGE}))
    (tmp_path / "30-b.conflist").write_text(network_text(name="b"))
    (tmp_path / "05-bad.conflist").write_text("{")
    (tmp_path / "notes.txt").write_text("no network")
    reported: list[PycmanError] = []
    assert [network.name for network in load_networks(str(tmp_path), reported.append)] == ["a", "b"]
    assert len(reported) == 2
    assert get_network(str(tmp_path)).name == "a"
    with pytest.raises(NotFound, match=r"fix .*05-bad"):
        get_network(str(tmp_path), "nosuch")
    assert load_networks(str(tmp_path / "nosuch")) == []


def test_what_a_killed_call_left_before_its_first_record_goes_with_the_container(tmp_path) -> None:
    for name in ("c.lock", "c@pods@eth0.json.7.tmp", "other@pods@eth0.json.7.tmp"):
        (tmp_path / name).touch()
    delete_all(CniHost(plugin_folders=(), records_folder=str(tmp_path)), "c")
    assert os.listdir(tmp_path) == ["other@pods@eth0.json.7.tmp"]


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


def test_the_environment_has_the_specs_variables_and_none_of_the_callers_cni_variables() -> None:
    attachment = Attachment(container_id="c1", netns="/run/netns/x", args={"IgnoreUnknown": "1", "K8S_POD_NAME": "p"})
    env = environment("ADD", attachment, ["/a", "/b"], {"CNI_COMMAND": "DEL", "HOME": "/root"})
    assert env["CNI_COMMAND"] == "ADD"
    assert env["CNI_PATH"] == "/a:/b"
    assert env["CNI_ARGS"] == "IgnoreUnknown=1;K8S_POD_NAME=p"
    assert env["HOME"] == "/root"
    assert env["PATH"]


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
def test_an_attachment_that_the_spec_does_not_allow_is_refused(bad: dict) -> None:
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
    parsed = parse_result(RESULT, subject="x")
    assert container_addresses(parsed, "eth0") == ["10.1.0.2", "fd00::2"]
    assert container_addresses(parsed, "eth1") == []


@pytest.mark.parametrize("version", ["0.3.1", "0.4.0", "1.0.0", "1.1.0"])
def test_a_result_survives_a_round_trip_through_every_version(version: str) -> None:
    parsed = parse_result(RESULT, subject="x")
    text = format_result(parsed, version)
    assert parse_result(text, subject="x") == parsed
    assert ("version" in text["ips"][0]) == (version < "1")


def test_a_result_in_another_version_is_converted_and_unknown_fields_are_kept() -> None:
    old = json.dumps({"cniVersion": "0.4.0", "ips": [{"version": "4", "address": "10.0.0.2/24"}]})
    assert parse_output(old, "1.0.0", subject="x")["ips"] == [{"address": "10.0.0.2/24"}]
    assert parse_output(json.dumps({**RESULT, "own": 1}), "1.0.0", subject="x")["own"] == 1


@pytest.mark.parametrize(
    "bad",
    ["", "rubbish", "[]", '{"cniVersion": "7"}', '{"ips": [{"address": "10.0.0.1"}]}', '{"ips": [{"address": "x/8"}]}',
     '{"ips": [{"address": "10.0.0.1/8", "interface": 3}]}', '{"interfaces": [{}]}', '{"dns": 1}', '{"routes": {"a": 1}}'],
)  # fmt: skip
def test_an_invalid_result_is_corrupt(bad: str) -> None:
    with pytest.raises(Corrupt):
        parse_output(bad, "1.0.0", subject="pods/bridge")


@given(st.text(max_size=200) | st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5), lambda x: st.lists(
    x, max_size=3) | st.dictionaries(st.sampled_from(["ips", "interfaces", "routes", "dns", "address", "name", "cniVersion"]), x,
                                     max_size=4), max_leaves=12).map(json.dumps))  # fmt: skip
def test_no_plugin_output_crashes_the_parser(text: str) -> None:
    try:
        parse_output(text, "1.0.0", subject="x")
        parse_versions(text, subject="x")
    except Corrupt:
        pass


def test_a_failure_has_code_message_and_details_of_the_plugin() -> None:
    printed = json.dumps({"cniVersion": "1.0.0", "code": 7, "msg": "bad subnet", "details": "10.0.0.0/99"}).encode()
    failure = parse_failure("ADD", "bridge", 1, printed, b"", subject="pods/bridge")
    assert (failure.cni_code, failure.msg, failure.details) == (7, "bad subnet", "10.0.0.0/99")
    assert "bad subnet; 10.0.0.0/99 (CNI error 7)" in str(failure)
    assert "status 3: panic" in str(parse_failure("ADD", "x", 3, b"", b"panic\n", subject="s"))
    assert "killed by signal 9" in str(parse_failure("ADD", "x", 137, b"", b"", subject="s"))
    assert "try again later" in str(parse_failure("STATUS", "x", 1, b'{"code": 50}', b"", subject="s"))
