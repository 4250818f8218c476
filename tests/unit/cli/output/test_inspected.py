"""What `inspect` prints for docker's and for podman's readers, and what is the same for both."""

from __future__ import annotations

from typing import Any

import pytest

from cli.output.inspected import docker_container, image_object
from cli.output.inspected_keys import with_every_field, with_keys_of
from cli.output.podman_inspected import podman_container
from pycman.containers.inspect.config import config_object
from pycman.containers.inspect.host_config import decimal_size, host_config_object
from pycman.containers.inspect.network_settings import network_settings
from pycman.spec.container import ContainerSpec, LogConfig, NamespaceMode
from pycman.spec.mount import Mount
from pycman.spec.network_attachment import NetworkAttachment, NetworkMode
from pycman.spec.port import PortMapping
from pycman.spec.resources import Ulimit

ID = "d" * 64
IMAGE = {
    "Id": ID,
    "Parent": "",
    "Size": 1,
    "RepoTags": ["docker.io/library/a:1", "quay.io/b:1"],
    "RepoDigests": ["docker.io/x/y@sha256:1"],
}
ROW = {
    "id": "a" * 64, "image_name": "docker.io/library/busybox:latest", "labels": "{}", "oci_runtime": "crun", "ports": "[]", "networks": '["n"]',
}  # fmt: skip


def a_container(spec: ContainerSpec, row: dict[str, Any] = ROW, **fields: object) -> dict[str, Any]:
    """Return the engine's object of a container, as far as docker and podman differ on it."""
    return {
        "Id": row["id"], "Name": "c", "Image": ID, "ImageName": row["image_name"], "Path": "sleep", "Args": ["9"],
        "State": {"Status": "running", "StoppedByUser": False}, "BoundingCaps": ["CAP_KILL", "CAP_CHOWN"], "EffectiveCaps": [],
        "Mounts": [], "Config": config_object(row, spec), "HostConfig": host_config_object(row, spec),
        "NetworkSettings": network_settings(row, spec, (), pid=0, network_ids={"n": "e" * 64}), **fields,
    }  # fmt: skip


def as_docker(inspected: dict[str, Any]) -> dict[str, Any]:
    return docker_container(inspected, exactly=True)


def test_a_container_names_its_image_as_the_image_names_itself() -> None:
    found = a_container(ContainerSpec(image="busybox"))
    assert as_docker(found)["Image"] == image_object(IMAGE, podman=False)["Id"] == f"sha256:{ID}"
    assert podman_container(found)["Image"] == image_object(IMAGE, podman=True)["Id"] == ID
    image = image_object(IMAGE, podman=False)
    assert (image["Parent"], image["RepoTags"], image["RepoDigests"]) == ("", ["a:1", "quay.io/b:1"], ["x/y@sha256:1"])
    assert image_object(IMAGE, podman=True) == IMAGE
    assert image_object({**IMAGE, "Parent": ID}, podman=False)["Parent"] == f"sha256:{ID}"


def test_names_and_modes_are_as_each_of_the_two_writes_them() -> None:
    spec = ContainerSpec(
        image="busybox", ulimits=(Ulimit(name="nofile", soft=1, hard=2),), stop_signal="2", init=True,
        network=NetworkMode(kind="bridge", attachments=(NetworkAttachment(name="n", aliases=("al",)),)),
        ports=(PortMapping(container_port=80, host_port=8080),), expose=("99",),
    )  # fmt: skip
    found = a_container(spec)
    docker, podman = as_docker(found), podman_container(found)
    assert (docker["Name"], docker["Path"], docker["HostConfig"]["PidMode"]) == ("/c", "sleep", "")
    assert (podman["Name"], podman["Path"], podman["Args"]) == ("c", "/run/podman-init", ["--", "sleep", "9"])
    assert podman["HostConfig"]["Ulimits"] == [{"Name": "RLIMIT_NOFILE", "Soft": 1, "Hard": 2}]
    assert (docker["HostConfig"]["NetworkMode"], podman["HostConfig"]["NetworkMode"]) == ("n", "bridge")
    assert (docker["Config"]["Image"], podman["Config"]["Image"]) == ("busybox", "docker.io/library/busybox:latest")
    assert (docker["Config"]["StopSignal"], podman["Config"]["StopSignal"]) == ("2", "SIGINT")
    assert docker["Config"]["ExposedPorts"] == podman["Config"]["ExposedPorts"] == {"99/tcp": {}, "80/tcp": {}}
    addresses = [each["HostConfig"]["PortBindings"]["80/tcp"][0]["HostIp"] for each in (docker, podman)]
    assert addresses == ["", "0.0.0.0"]
    aliases = [each["NetworkSettings"]["Networks"]["n"]["Aliases"] for each in (docker, podman)]
    assert aliases == [["al"], ["al", "a" * 12]]
    assert docker["NetworkSettings"]["Networks"]["n"]["NetworkID"] == "e" * 64
    assert podman["BoundingCaps"] == ["CAP_CHOWN", "CAP_KILL"]
    assert (docker["HostConfig"]["CapAdd"], podman["HostConfig"]["CapAdd"]) == (None, [])


def test_the_state_is_as_each_of_the_two_tells_it() -> None:
    usual = a_container(ContainerSpec(image="i"))
    stopping = {**usual, "State": {"Status": "running", "StoppedByUser": True}}
    told = [shape(each)["State"]["Status"] for each in (usual, stopping) for shape in (as_docker, podman_container)]
    assert told == ["running", "running", "running", "stopping"]
    times = {"StartedAt": "2026-01-01T00:00:00Z", "FinishedAt": "2026-01-01T00:00:02.5Z"}
    ended = {**usual["State"], **times, "Status": "exited", "ExitCode": 255}
    for limit_s, status in ((2, -1), (3, 255), (0, 255)):
        timed = a_container(ContainerSpec(image="i", timeout_s=limit_s), State=ended)
        assert podman_container(timed)["State"]["ExitCode"] == status
        assert as_docker(timed)["State"]["ExitCode"] == 255


def test_mounts_are_told_with_the_options_that_podman_adds() -> None:
    spec = ContainerSpec(image="i", mounts=(Mount(kind="bind", source="/a", target="/b"),
                                            Mount(kind="tmpfs", target="/t", options=("size=1m",))))  # fmt: skip
    mount = {"Type": "bind", "Source": "/a", "Destination": "/b", "Options": [], "RW": True, "Propagation": ""}
    found = a_container(spec, Mounts=[mount])
    assert as_docker(found)["HostConfig"]["Binds"] == ["/a:/b"]
    podman = podman_container(found)
    assert podman["HostConfig"]["Binds"] == ["/a:/b:rw,rprivate,rbind"]
    assert podman["HostConfig"]["Tmpfs"] == {"/t": "size=1m,rw,rprivate,nosuid,nodev,tmpcopyup"}
    assert (podman["Mounts"][0]["Options"], podman["Mounts"][0]["Propagation"]) == (["rbind"], "rprivate")


def test_a_member_of_a_pod_has_the_network_of_its_pod_for_podman() -> None:
    infra = a_container(ContainerSpec(image="i", hostname="ph"), HostsPath="/h", HostnamePath="/n", ResolvConfPath="/r")
    settings = infra["NetworkSettings"]
    twins = [{"HostIp": address, "HostPort": "80"} for address in ("0.0.0.0", "::")]
    lone = dict.fromkeys(("EndpointID", "Gateway", "GlobalIPv6Address", "IPv6Gateway", "MacAddress"), "")
    endpoint = {
        **lone,
        "IPAddress": "10.0.0.2",
        "IPPrefixLen": 16,
        "GlobalIPv6PrefixLen": 0,
        "Aliases": None,
        "DNSNames": None,
    }
    infra["NetworkSettings"] = {**settings, "Ports": {"80/tcp": twins}, "Networks": {"podman": endpoint}}
    modes = {
        "network": NetworkMode(kind="container", value="b" * 64),
        "uts_mode": NamespaceMode(kind="container", value="b" * 64),
    }
    member = podman_container(a_container(ContainerSpec(image="i", **modes), {**ROW, "networks": "[]"}), infra)
    assert (member["Config"]["Hostname"], member["HostsPath"]) == ("ph", "/h")
    assert member["NetworkSettings"]["IPAddress"] == "10.0.0.2"
    assert member["NetworkSettings"]["Ports"] == {"80/tcp": twins[:1]}


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0B"), (999, "999B"), (1000, "1kB"), (1_047_003, "1.047MB"), (10_000_000, "10MB"), (2_500_000_000, "2.5GB")],
)
def test_the_size_of_a_log_is_told_in_decimal_units(size: int, text: str) -> None:
    assert decimal_size(size) == text


def test_the_log_is_told_with_its_path_and_size() -> None:
    spec = ContainerSpec(image="i", log=LogConfig(max_size_bytes=1_047_003, tag="t"))
    config = host_config_object(ROW, spec, log_path="/store/ctr.log")["LogConfig"]
    assert config == {
        "Type": "k8s-file", "Config": {"max-size": "1047003"}, "Path": "/store/ctr.log", "Tag": "t", "Size": "1.047MB",
    }  # fmt: skip


def test_a_log_is_of_the_driver_that_was_asked_for() -> None:
    spec = ContainerSpec(image="i", log=LogConfig(options={"driver": "json-file"}))
    assert host_config_object(ROW, spec)["LogConfig"]["Type"] == "json-file"


def test_only_volumes_without_a_name_are_volumes_of_the_config() -> None:
    mounts = (Mount(kind="volume", target="/a", source="b" * 64), Mount(kind="volume", target="/n", source="named"))
    assert config_object(ROW, ContainerSpec(image="i", mounts=mounts))["Volumes"] == {"/a": {}}
    assert config_object(ROW, ContainerSpec(image="i"))["Volumes"] is None


def test_templates_find_fields_that_json_has_only_with_a_value() -> None:
    assert with_every_field("container", {"Id": ID}) == {
        "Id": ID,
        "SizeRw": None,
        "SizeRootFs": None,
        "ImageManifestDescriptor": None,
    }
    pod = with_every_field("pod", {"memory_limit": 7})
    assert (pod["MemoryLimit"], pod["CPUShares"], pod["Mounts"]) == (7, 0, [])


def test_each_program_prints_its_own_keys() -> None:
    found = a_container(ContainerSpec(image="i"))
    found["NetworkSettings"]["Networks"]["n"] |= {"DNSNames": ["c"], "GwPriority": 0}
    both = with_keys_of("", "container", found)
    docker, podman = (with_keys_of(peer, "container", found) for peer in ("docker", "podman"))
    assert set(both) == set(found)
    assert ("ImageName" in docker, "ImageName" in podman) == (False, True)
    assert ("CgroupMode" in docker["HostConfig"], "CgroupnsMode" in podman["HostConfig"]) == (False, False)
    networks = [each["NetworkSettings"]["Networks"]["n"] for each in (docker, podman)]
    assert ["DNSNames" in network for network in networks] == [True, False]
    assert "StoppedByUser" not in podman["State"]
    assert with_keys_of("docker", "network", {"Name": "n", "name": "n", "IPAM": {"Config": [{"Subnet": "s", "IPRange": ""}]}}) == {
        "Name": "n", "IPAM": {"Config": [{"Subnet": "s"}]},
    }  # fmt: skip
