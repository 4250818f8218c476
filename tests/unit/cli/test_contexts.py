"""docker's contexts, of which there is one, and the lines of `docker info`."""

from __future__ import annotations

import json

import pytest

from cli.actions.context import inspect, ls, show, use
from cli.output.docker_info import docker_info_fields, docker_info_lines
from cli.output.inspected_keys import with_keys_of
from pycman.errors import NotFound
from tests.support.calls import call_of


def test_the_engine_of_this_host_is_the_only_context(capsys: pytest.CaptureFixture[str]) -> None:
    assert show.run(call_of(command="context show")) == 0
    assert ls.run(call_of("--format", "{{.Name}} {{.Current}}", command="context ls")) == 0
    assert inspect.run(call_of(command="context inspect")) == 0
    first, second, *rest = capsys.readouterr().out.splitlines()
    assert (first, second) == ("default", "default true")
    assert json.loads("\n".join(rest))[0]["Name"] == "default"
    assert use.run(call_of("default", command="context use")) == 0
    with pytest.raises(NotFound, match="no such context: remote"):
        use.run(call_of("remote", command="context use"))


def test_the_lines_of_docker_info_that_scripts_read() -> None:
    names = ("Containers", "ContainersRunning", "ContainersPaused", "ContainersStopped", "Images", "NCPU")
    texts = ("Driver", "LoggingDriver", "CgroupDriver", "CgroupVersion", "KernelVersion", "OperatingSystem", "OSType")
    info = {**dict.fromkeys(names, 2), **dict.fromkeys((*texts, "Architecture", "Name", "ID", "DockerRootDir"), "x")}
    info |= {"DriverStatus": [["Why", "it works"]], "MemTotal": 2**31, "Host": {"OCIRuntime": {"Name": "crun"}}}
    info |= {"SecurityOptions": ["name=seccomp,profile=builtin", "name=rootless"]}
    lines = docker_info_lines(info, "28.3.3", "0.1.0")
    expected = [
        " Server Version: 28.3.3",
        "  Running: 2",
        "  rootless",
        "  seccomp",
        " Total Memory: 2GiB",
        " Storage Driver: x",
    ]
    assert set(expected) <= {*lines}


def test_what_has_no_health_check_has_no_key_of_it_in_json() -> None:
    for peer in ("docker", "podman", ""):
        assert with_keys_of(peer, "container", {"Config": {"Healthcheck": None, "Cmd": None}}) == {
            "Config": {"Cmd": None}
        }
        checked = {"Config": {"Healthcheck": {"Test": ["CMD", "true"]}}}
        assert with_keys_of(peer, "container", checked) == checked
    assert with_keys_of("", "network", {"Name": "network"}) == {"Name": "network"}


def test_info_has_the_fields_of_dockers_api() -> None:
    info = {
        "CgroupDriver": "cgroupfs",
        "Host": {"Arch": "amd64", "Distribution": {"Version": "12"}},
        "Registries": {"search": [], "quay.io": {"Insecure": True, "Mirrors": [{"Location": "mirror.example"}]}},
        "NCPU": 2,
    }
    found = docker_info_fields(info, "28.3.3", {"https_proxy": "http://proxy:3128"})
    assert (found["ServerVersion"], found["ClientInfo"]["Version"], found["NCPU"]) == ("28.3.3", "28.3.3", 2)
    assert (found["HTTPSProxy"], found["HTTPProxy"], found["MemoryLimit"]) == ("http://proxy:3128", "", True)
    assert found["RegistryConfig"]["Mirrors"] == ["mirror.example"]
    secure = {name: each["Secure"] for name, each in found["RegistryConfig"]["IndexConfigs"].items()}
    assert secure == {"docker.io": True, "quay.io": False}
