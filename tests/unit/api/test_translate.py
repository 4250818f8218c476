"""Bodies of requests as specs of the engine: every field means something or is refused by its name."""

from __future__ import annotations

from typing import Any

import pytest

from api_server.http.request import Request
from api_server.translate.build import build_options, command_of
from api_server.translate.container import container_spec
from api_server.translate.fields import Fields
from api_server.translate.host_config import SECCOMP_JSON
from api_server.translate.networking import attachment, links_of, network_spec
from api_server.translate.summaries import container_object
from api_server.translate.words import duration, familiar_name, status_line
from pycman.containers.container import Container
from pycman.errors import InvalidInput, PycmanError, Unsupported
from pycman.spec.container import NamespaceMode
from pycman.spec.mount import Mount
from pycman.spec.network_attachment import NetworkAttachment, NetworkMode
from pycman.spec.port import PortMapping


def spec_of(host: dict[str, Any] | None = None, **config: Any) -> Any:
    return container_spec({"Image": "x", "HostConfig": host or {}, **config}, "/n", "")


def test_the_fields_of_config() -> None:
    spec = spec_of(
        Cmd="true", Entrypoint=["a", "b"], Env=["A=1=2", "B", "C="], Labels={"l": "v"}, User="u", WorkingDir="/w", Hostname="h",
        Tty=True, OpenStdin=True, StdinOnce=True, StopSignal="TERM", StopTimeout=0, ExposedPorts={"80/tcp": {}},
        AttachStdout=True, Healthcheck={"Test": ["CMD", "x"], "Interval": 2_000_000_000, "Retries": 0},
    )  # fmt: skip
    assert (spec.name, spec.command, spec.entrypoint) == ("n", ("true",), ("a", "b"))
    assert (spec.env, spec.unset_env) == ({"A": "1=2", "C": ""}, ("B",))
    assert (spec.terminal, spec.stdin, spec.stdin_once, spec.stop_timeout_s, spec.expose) == (
        True,
        True,
        True,
        0,
        ("80/tcp",),
    )
    assert (spec.health.test, spec.health.interval_ns, spec.health.retries) == (("CMD", "x"), 2_000_000_000, 3)
    assert spec.pull == "never"
    assert spec_of().entrypoint is None
    assert spec_of(Entrypoint=[""]).entrypoint == ()


def test_the_fields_of_host_config() -> None:
    spec = spec_of(
        {
            "PortBindings": {"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8080"}], "53/udp": None, "9/tcp": [{"HostPort": "7-9"}]},
            "Memory": 1 << 25, "NanoCpus": 500_000_000, "PidsLimit": -1, "ShmSize": 4096, "Privileged": False,
            "CapAdd": ["NET_ADMIN"], "SecurityOpt": ["no-new-privileges", "label=disable", "seccomp={\"a\": 1}"],
            "RestartPolicy": {"Name": "on-failure", "MaximumRetryCount": 3}, "PidMode": "container:/other", "IpcMode": "host",
            "Devices": [{"PathOnHost": "/dev/fuse", "CgroupPermissions": "r"}], "Ulimits": [{"Name": "nofile", "Soft": 1, "Hard": 2}],
            "LogConfig": {"Type": "json-file", "Config": {"max-size": "1m"}}, "Sysctls": {"a": "b"}, "Init": True,
            "ExtraHosts": ["a:1.2.3.4"], "MaskedPaths": [], "BlkioDeviceReadBps": [{"Path": "/dev/a", "Rate": 9}],
            "DeviceRequests": [{"Driver": "cdi", "DeviceIDs": ["v.com/c=n"]}], "ConsoleSize": [1, 2], "OomScoreAdj": 5,
        }
    )  # fmt: skip
    assert spec.ports == (
        PortMapping(container_port=80, host_port=8080, host_ip="127.0.0.1"),
        PortMapping(container_port=53, protocol="udp"),
        PortMapping(container_port=9, host_port=7, host_port_last=9),
    )
    assert (spec.resources.memory_bytes, spec.resources.cpu_quota_us, spec.resources.pids_limit) == (
        1 << 25,
        50_000,
        -1,
    )
    assert (spec.shm_size_bytes, spec.init, spec.oom_score_adj, spec.sysctls) == (4096, True, 5, {"a": "b"})
    assert (spec.security.cap_add, spec.security.no_new_privileges, spec.security.masked_paths) == (
        ("NET_ADMIN",),
        True,
        (),
    )
    assert spec.security.seccomp_profile == SECCOMP_JSON + '{"a": 1}'
    assert (spec.restart.name, spec.restart.maximum_retries) == ("on-failure", 3)
    assert (spec.pid_mode, spec.ipc_mode) == (
        NamespaceMode(kind="container", value="other"),
        NamespaceMode(kind="host"),
    )
    assert (spec.devices[0].container_path, spec.devices[0].permissions) == ("/dev/fuse", "r")
    assert (spec.log.driver, spec.log.max_size_bytes) == ("k8s-file", 1_000_000)
    assert spec.cdi_devices == ("v.com/c=n",)


def test_mounts_of_all_kinds() -> None:
    spec = spec_of(
        {
            "Binds": ["/h:/b:ro,z", "v:/v"],
            "VolumeDriver": "local",
            "Tmpfs": {"/t": "size=1m,ro"},
            "Mounts": [
                {
                    "Type": "bind",
                    "Source": "/s",
                    "Target": "/m",
                    "ReadOnly": True,
                    "BindOptions": {"NonRecursive": True},
                },
                {"Type": "volume", "Target": "/anon", "VolumeOptions": {"NoCopy": True, "Labels": {"a": "b"}}},
                {"Type": "tmpfs", "Target": "/tm", "TmpfsOptions": {"SizeBytes": 9, "Mode": 0o755}},
            ],
        },
        Volumes={"/v": {}, "/own": {}},
    )
    assert spec.mounts == (
        Mount(kind="bind", source="/h", target="/b", read_only=True, options=("z",), create_source=True),
        Mount(kind="volume", source="v", target="/v", volume_driver="local"),
        Mount(kind="bind", source="/s", target="/m", read_only=True, options=("bind",)),
        Mount(kind="volume", target="/anon", options=("nocopy",), volume_labels={"a": "b"}),
        Mount(kind="tmpfs", target="/tm", options=("size=9", "mode=755")),
        Mount(kind="tmpfs", target="/t", options=("size=1m",), read_only=True),
        Mount(kind="volume", target="/own"),
    )


@pytest.mark.parametrize(
    ("mode", "endpoints", "wanted"),
    [
        ("", {}, NetworkMode(kind="")),
        ("bridge", {}, NetworkMode(kind="bridge")),
        ("host", {}, NetworkMode(kind="host")),
        ("container:/a", {}, NetworkMode(kind="container", value="a")),
        ("n", {}, NetworkMode(kind="bridge", attachments=(NetworkAttachment(name="n"),))),
        (
            "n",
            {"n": {"Aliases": ["x"], "IPAMConfig": {"IPv4Address": "10.0.0.9"}}, "m": None},
            NetworkMode(
                kind="bridge",
                attachments=(
                    NetworkAttachment(name="n", aliases=("x",), ipv4="10.0.0.9"),
                    NetworkAttachment(name="m"),
                ),
            ),
        ),
        ("default", {"m": {}}, NetworkMode(kind="bridge", attachments=(NetworkAttachment(name="m"),))),
    ],
)
def test_networks_of_a_container(mode: str, endpoints: dict[str, Any], wanted: NetworkMode) -> None:
    assert spec_of({"NetworkMode": mode}, NetworkingConfig={"EndpointsConfig": endpoints}).network == wanted


@pytest.mark.parametrize(
    ("config", "host", "named"),
    [
        ({"NoSuchField": 1}, {}, "NoSuchField"),
        ({}, {"NoSuchField": "x"}, "HostConfig.NoSuchField"),
        ({}, {"StorageOpt": {"size": "1g"}}, "HostConfig.StorageOpt"),
        ({}, {"LogConfig": {"Type": "syslog"}}, "syslog"),
        ({}, {"Mounts": [{"Type": "npipe", "Target": "/x"}]}, "npipe"),
        ({}, {"Mounts": [{"Type": "bind", "Source": "/x", "Target": "/x", "Odd": 1}]}, r"HostConfig.Mounts\[0\].Odd"),
        ({}, {"Memory": "1g"}, "HostConfig.Memory"),
        ({}, {"Binds": ["../x:/x"]}, "Binds"),
        ({}, {"PortBindings": {"x/tcp": []}}, "PortBindings"),
        ({}, {"PortBindings": {"80/tcp": [{"HostPort": "9-1"}]}}, "9-1"),
        ({}, {"PidMode": "odd"}, "HostConfig.PidMode"),
        ({}, {"RestartPolicy": {"Name": "odd"}}, "odd"),
        ({}, {"AutoRemove": True, "RestartPolicy": {"Name": "always"}}, "AutoRemove"),
        ({"Env": ["=x"]}, {}, "=x"),
        ({"Image": ""}, {}, "Image"),
        ({"Cmd": [1]}, {}, "Cmd"),
        ({"HostConfig": []}, {}, "HostConfig"),
    ],
)
def test_what_cannot_be_done_is_refused_by_name(config: dict[str, Any], host: dict[str, Any], named: str) -> None:
    body = {"Image": "x", "HostConfig": host, **config}
    with pytest.raises((InvalidInput, Unsupported), match=named):
        container_spec(body, "", "")


def test_fields_that_say_nothing_are_no_error() -> None:
    spec_of(
        {"Links": None, "StorageOpt": {}, "CpuCount": 0, "Isolation": "", "VolumesFrom": None, "Odd": ""}, OnBuild=None
    )


def test_options_of_other_drivers_are_kept_and_dockers_own_are_refused() -> None:
    kept, _ = attachment("n", Fields({"DriverOpts": {"a": "b", "com.docker.network.endpoint.ifname": "x0"}}))
    assert (kept.driver_options, kept.interface_name) == ({"a": "b"}, "x0")
    with pytest.raises(Unsupported, match="sysctls"):
        attachment("n", Fields({"DriverOpts": {"com.docker.network.endpoint.sysctls": "x"}}))


def test_what_a_run_instruction_runs_is_written_as_docker_does() -> None:
    assert command_of("RUN exit 1") == "/bin/sh -c exit 1"
    assert command_of("RUN --mount=type=cache,target=/x make it") == "/bin/sh -c make it"
    assert command_of('RUN ["/bin/x", "-y"]') == "/bin/x -y"


@pytest.mark.parametrize(("version", "aliases"), [((1, 44), ["web", "0" * 12]), ((1, 45), ["web"])])
def test_a_containers_own_id_is_an_alias_for_old_clients_only(version: tuple[int, int], aliases: list[str]) -> None:
    inspected = {
        "Id": "0" * 64, "Name": "n", "Image": "", "State": {"Status": "running"}, "Config": {"Env": ["A=b"]},
        "HostConfig": {"LogConfig": {"Type": "k8s-file"}, "NetworkMode": "podman"}, "NetworkSettings": {"Networks": {"net": {"Aliases": ["web", "0" * 12]}}},
    }  # fmt: skip
    shown = container_object(inspected, (), "podman", unset_env=("B",), version=version)
    assert shown["NetworkSettings"]["Networks"]["net"]["Aliases"] == aliases
    assert shown["Config"]["Env"] == ["A=b", "B"]
    assert shown["HostConfig"]["NetworkMode"] == "bridge"


def test_links_are_pairs() -> None:
    body = {
        "HostConfig": {"Links": ["/a:/b/c", "d"]},
        "NetworkingConfig": {"EndpointsConfig": {"n": {"Links": ["a:x", "d"]}}},
    }
    assert links_of(body) == [("a", "c"), ("d", "d"), ("a", "x")]
    with pytest.raises(InvalidInput, match="a:b:c"):
        links_of({"HostConfig": {"Links": ["a:b:c"]}})


def test_a_network() -> None:
    spec = network_spec(
        {"Name": "n", "CheckDuplicate": True, "Internal": True, "Labels": {"a": "b"},
         "IPAM": {"Driver": "default", "Config": [{"Subnet": "10.9.0.0/24", "Gateway": "10.9.0.1", "IPRange": "10.9.0.128/25",
                                                     "AuxiliaryAddresses": {"h": "10.9.0.130"}}]}}
    )  # fmt: skip
    assert (spec.name, spec.internal, spec.driver) == ("n", True, "bridge")
    assert (spec.subnets[0].subnet, spec.subnets[0].gateway) == ("10.9.0.0/24", "10.9.0.1")
    assert spec.subnets[0].reserved == {"h": "10.9.0.130"}
    with pytest.raises(PycmanError, match="Scope"):
        network_spec({"Name": "n", "Scope": "swarm"})


def request(*query: tuple[str, str]) -> Request:
    return Request(method="POST", path="/build", query=query)


def test_a_build() -> None:
    options = build_options(
        request(
            ("t", "a:1"),
            ("t", "r.example/b"),
            ("dockerfile", "d/F"),
            ("buildargs", '{"A": "1", "B": null}'),
            ("nocache", "1"),
        )
    )
    assert options.tags == ("docker.io/library/a:1", "r.example/b")
    assert (options.context, options.dockerfiles, options.files_inside) == ("-", ("d/F",), True)
    assert (options.build_args, options.no_cache) == ({"A": "1"}, True)
    for wrong in ((("version", "2"),), (("buildargs", "[]"),), (("remote", "/etc"),)):
        with pytest.raises((InvalidInput, Unsupported)):
            build_options(request(*wrong))


def test_words() -> None:
    second = 10**9
    assert [duration(each) for each in (0, 1, 59, 61, 7200)] == [
        "Less than a second", "1 second", "59 seconds", "About a minute", "2 hours",
    ]  # fmt: skip
    assert familiar_name("docker.io/library/a:1") == "a:1"
    up = Container(id="i", name="n", state="running", started_at_ns=second, has_health=True, health_status="healthy")
    assert status_line(up, 4 * second) == "Up 3 seconds (healthy)"
    ended = Container(id="i", name="n", state="exited", finished_at_ns=second, exit_status=3)
    assert status_line(ended, 2 * second) == "Exited (3) 1 second ago"
