"""What `inspect` prints for docker's and for podman's readers, and what is the same for both."""

from __future__ import annotations

import pytest

from cli.output.inspected import container_object, image_object
from pycman.containers.inspect.config import config_object
from pycman.containers.inspect.host_config import decimal_size, host_config_object
from pycman.spec.container import ContainerSpec, LogConfig
from pycman.spec.mount import Mount

ID = "d" * 64
CONTAINER = {"Name": "c", "Image": ID, "ImageName": "docker.io/library/busybox:latest", "Config": {"Image": "busybox"},
             "State": {"Status": "running", "StoppedByUser": False}, "HostConfig": {"PidMode": "", "UTSMode": "host", "Memory": 0,
             "Ulimits": [{"Name": "nofile", "Soft": 1, "Hard": 2}]}}  # fmt: skip
IMAGE = {
    "Id": ID,
    "Parent": "",
    "Size": 1,
    "RepoTags": ["docker.io/library/a:1", "quay.io/b:1"],
    "RepoDigests": ["docker.io/x/y@sha256:1"],
}
ROW = {"id": "a" * 64, "image_name": "i", "labels": "{}", "oci_runtime": "crun"}


def test_a_container_names_its_image_as_the_image_names_itself() -> None:
    for podman in (False, True):
        container = container_object(CONTAINER, podman=podman)
        assert container["Image"] == image_object(IMAGE, podman=podman)["Id"]
        assert container["Image"].startswith("sha256:") is not podman


def test_names_and_modes_are_as_each_of_the_two_writes_them() -> None:
    docker, podman = (container_object(CONTAINER, podman=podman) for podman in (False, True))
    assert (docker["Name"], docker["HostConfig"]["PidMode"]) == ("/c", "")
    limits = [{"Name": "RLIMIT_NOFILE", "Soft": 1, "Hard": 2}]
    assert podman["Name"] == "c"
    assert podman["HostConfig"] == {"PidMode": "private", "UTSMode": "host", "Memory": 0, "Ulimits": limits}
    assert (docker["Config"]["Image"], podman["Config"]["Image"]) == ("busybox", "docker.io/library/busybox:latest")
    stopping = {**CONTAINER, "State": {"Status": "running", "StoppedByUser": True}}
    told = [
        container_object(each, podman=podman)["State"]["Status"]
        for each in (CONTAINER, stopping)
        for podman in (False, True)
    ]
    assert told == ["running", "running", "running", "stopping"]
    times = {"StartedAt": "2026-01-01T00:00:00Z", "FinishedAt": "2026-01-01T00:00:02.5Z"}
    ended = {**CONTAINER["State"], **times, "Status": "exited", "ExitCode": 255}
    for limit_s, status in ((2, -1), (3, 255), (0, 255)):
        timed = {**CONTAINER, "State": ended, "Config": {"Image": "i", "Timeout": limit_s}}
        assert container_object(timed, podman=True)["State"]["ExitCode"] == status
        assert container_object(timed, podman=False)["State"]["ExitCode"] == 255
    image = image_object(IMAGE, podman=False)
    assert (image["Parent"], image["RepoTags"], image["RepoDigests"]) == ("", ["a:1", "quay.io/b:1"], ["x/y@sha256:1"])
    assert image_object(IMAGE, podman=True) == IMAGE
    assert image_object({**IMAGE, "Parent": ID}, podman=False)["Parent"] == f"sha256:{ID}"


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


def test_only_volumes_without_a_name_are_volumes_of_the_config() -> None:
    mounts = (Mount(kind="volume", target="/a", source="b" * 64), Mount(kind="volume", target="/n", source="named"))
    assert config_object(ROW, ContainerSpec(image="i", mounts=mounts))["Volumes"] == {"/a": {}}
    assert config_object(ROW, ContainerSpec(image="i"))["Volumes"] is None
