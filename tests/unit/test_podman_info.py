"""`info` under podman's name: podman's sections, keys and values (podman-info(1))."""

from __future__ import annotations

from typing import Any

import pytest

from cli.gotemplate.evaluate import render
from cli.output.podman_info import podman_info, podman_keys, programs_of, typed_info
from pycman.errors import PycmanError

_VERSION = {"APIVersion": "5.5.2", "Version": "5.5.2", "BuiltTime": "Sun Dec 21 16:42:01 2025"}


def _engine() -> dict[str, Any]:
    """Return a description as the engine gives it."""
    return {
        "Host": {
            "Arch": "amd64",
            "CgroupManager": "disabled",
            "CgroupsVersion": "v2",
            "Conmon": {"Path": "/usr/bin/conmon", "Version": "conmon version 2"},
            "Distribution": {"Distribution": "debian", "Version": "12", "Codename": "bookworm"},
            "EventLogger": "sqlite",
            "IDMappings": {"uidmap": [], "gidmap": []},
            "NetworkBackendInfo": {"DNS": {"Executable": "/usr/lib/podman/aardvark-dns"}},
            "NetworkChoice": "bridges",
            "OCIRuntime": {"Name": "crun", "Path": "/usr/bin/crun", "Version": "crun version 1"},
            "Pasta": {"Executable": ""},
            "RootlessNetworkCmd": "",
            "Security": {"Rootless": True, "SELinuxEnabled": False},
            "Slirp4NetNS": {"Executable": "/usr/bin/slirp4netns"},
            "Uptime": "3661s",
        },
        "Store": {
            "GraphDriverName": "overlay",
            "GraphDriverWhy": "it works",
            "GraphOptions": {},
            "RunRoot": "/nosuch/run",
            "ImageStore": {"Number": 1},
        },
        "Registries": {"search": ["quay.io"]},
        "Plugins": {"Log": ["k8s-file"], "Network": [], "Volume": ["local"]},
        "Version": {"Version": "0.1.0", "APIVersion": "1.47", "OsArch": "linux/amd64", "GoVersion": ""},
        "Containers": 3,
        "CgroupVersion": "2",
    }


def test_keys_are_podmans() -> None:
    keys = podman_keys(podman_info(_engine(), {"/usr/bin/conmon": "conmon_2_amd64"}, _VERSION))
    assert list(keys) == ["host", "store", "registries", "plugins", "version"]
    assert keys["host"]["conmon"] == {
        "path": "/usr/bin/conmon",
        "version": "conmon version 2",
        "package": "conmon_2_amd64",
    }
    assert keys["host"]["ociRuntime"]["package"] == "Unknown"
    assert keys["host"]["eventLogger"] == "file"
    assert keys["host"]["cgroupManager"] == "cgroupfs"
    assert keys["host"]["cgroupVersion"] == "v2"
    assert keys["host"]["distribution"]["codename"] == "bookworm"
    assert keys["host"]["security"]["selinuxEnabled"] is False
    assert keys["host"]["rootlessNetworkCmd"] == "slirp4netns"
    assert keys["host"]["uptime"] == "1h 1m 1.00s (Approximately 0.04 days)"
    assert keys["host"]["networkBackendInfo"]["dns"]["path"] == "/usr/lib/podman/aardvark-dns"
    assert keys["host"]["remoteSocket"] == {"path": "/nosuch/run/docker.sock", "exists": False}
    assert keys["store"]["imageStore"] == {"number": 1}
    assert keys["version"] == _VERSION
    assert not {"networkChoice", "graphDriverWhy"} & (keys["host"].keys() | keys["store"].keys())


def test_programs_are_those_whose_package_is_told() -> None:
    found = programs_of(_engine())
    assert found == ["/usr/bin/conmon", "/usr/bin/crun", "/usr/bin/slirp4netns", "", "/usr/lib/podman/aardvark-dns"]


def test_templates_take_go_names_and_refuse_others() -> None:
    info = typed_info(podman_info(_engine(), {}, _VERSION))
    template = "{{.Store.GraphOptions}} {{.Host.OCIRuntime.Name}} {{.Host.NetworkBackend}} {{.Host.CgroupsVersion}}"
    assert render(template, info) == "map[] crun netavark v2"
    assert render("{{.Store.GraphOptions.mountopt}}", info) == "<no value>"
    with pytest.raises(PycmanError):
        render("{{.Host.NoSuch}}", info)
