"""What `kube generate` cannot write is told: nothing is dropped in silence."""

from __future__ import annotations

import pytest

from cli.specs.container import container_spec
from kube_yaml.generate import dropped
from kube_yaml.generate.dropped import dropped_of_container, dropped_of_pod
from pycman.spec.container import ContainerSpec, NamespaceMode, Security
from pycman.spec.network_attachment import NetworkAttachment, NetworkMode
from pycman.spec.pod import PodSpec
from pycman.spec.resources import Resources
from tests.support.calls import call_of


def test_each_field_of_a_spec_is_written_or_told() -> None:
    assert set(ContainerSpec._fields) == dropped.WRITTEN | dropped.MEANINGLESS | set(dropped.TOLD)
    assert set(PodSpec._fields) == dropped.POD_WRITTEN | dropped.POD_OF_MEMBERS | set(dropped.POD_TOLD)
    assert set(Resources._fields) >= dropped.RESOURCES_WRITTEN
    assert set(Security._fields) >= dropped.SECURITY_WRITTEN


def told(*words: str, image: dict | None = None) -> list[str]:
    return dropped_of_container(container_spec(call_of(*words, "--name", "c", "i", command="run")), image or {})


def test_a_container_that_can_be_written_tells_nothing() -> None:
    assert told("-v", "/etc:/e:ro", "-e", "A=b", "-m", "64m", "--cpus", "1", "-u", "1:2", "--tmpfs", "/t:size=1m", "--cap-drop", "all",
                "--privileged", "-l", "a=b", "--pids-limit", "5", "--restart", "always") == []  # fmt: skip


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (("--umask", "0077"), "the umask of c"), (("--tz", "local"), "the time zone of c"), (("--group-add", "5"), "more groups of c"),
        (("--annotation", "a=b"), "the annotations of c"), (("--timeout", "9"), "the time limit of c"),
        (("--shm-size", "1m"), "the size of /dev/shm of c"), (("--uts", "host"), "the UTS namespace of c"),
        (("--cgroupns", "private"), "the cgroup namespace of c"), (("--oom-score-adj", "5"), "the OOM score of c"),
        (("--log-driver", "none"), "the log driver of c"), (("--user", "www"), "the user www (only ids can be written) of c"),
        (("--restart", "on-failure:3"), "the number of restarts of c"), (("--blkio-weight", "50"), "the limit blkio-weight of c"),
        (("-v", "/etc:/e:z"), "the options z of the mount at /e of c"), (("--tmpfs", "/t:noexec"), "the options noexec of the mount at /t of c"),
        (("--security-opt", "mask=/proc/x"), "the security option mask of c"),
        (("--security-opt", "label=disable"), "the SELinux options disable of c"),
        (("--unsetenv", "A"), "variables of the image that are unset of c"),
    ],
)  # fmt: skip
def test_what_has_no_field_is_told(words: tuple[str, ...], wanted: str) -> None:
    assert told(*words) == [wanted]


def test_labels_of_a_member_are_told_as_only_pods_have_labels() -> None:
    spec = ContainerSpec(name="c", labels={"a": "b", "of": "image"}, pod_id="p")
    assert dropped_of_container(spec, {"Labels": {"of": "image"}}) == ["the labels a of c"]


@pytest.mark.parametrize(
    ("pod", "wanted"),
    [
        (PodSpec(), []),
        (PodSpec(shm_size_bytes=5), ["the size of /dev/shm of p"]),
        (PodSpec(resources=Resources(memory_bytes=5)), ["limits for all members together of p"]),
        (PodSpec(share=("cgroup", "net")), ["that members share the cgroup namespace of p"]),
        (PodSpec(network=NetworkMode(kind="none")), ["the network none of p"]),
        (PodSpec(network=NetworkMode(kind="bridge", attachments=(NetworkAttachment(name="n", ipv4="10.0.0.9"),))),
         ["the address or name 10.0.0.9 on the network n of p"]),
        (PodSpec(extra_hosts=("h:host-gateway",)), ["the host h of p"]),
        (PodSpec(uts_mode=NamespaceMode(kind="host")), ["the UTS namespace of p"]),
    ],
)  # fmt: skip
def test_what_a_pod_has_and_yaml_has_not_is_told(pod: PodSpec, wanted: list[str]) -> None:
    assert dropped_of_pod("p", pod, alone=False) == wanted
