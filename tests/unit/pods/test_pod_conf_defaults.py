"""What containers.conf says of pods."""

from __future__ import annotations

from pods.conf_defaults import with_defaults
from pycman.config.containers_conf import ContainersConf
from pycman.spec.network_attachment import NetworkMode
from pycman.spec.pod import PodSpec


def test_settings_fill_in_what_a_pod_leaves_open() -> None:
    conf = ContainersConf(
        pod_exit_policy="stop", infra_image="i", infra_command="/pause", netns="none", userns="keep-id:uid=1"
    )
    pod = with_defaults(PodSpec(), conf)
    assert (pod.exit_policy, pod.infra_image, pod.infra_command) == ("stop", "i", ("/pause",))
    assert (pod.network.kind, pod.user_mode.kind, pod.user_mode.value) == ("none", "keep-id", "uid=1")
    said = PodSpec(exit_policy="continue", infra_command=("/x",), network=NetworkMode(kind="host"))
    pod = with_defaults(said, conf)
    assert (pod.exit_policy, pod.infra_image, pod.infra_command, pod.network.kind) == ("continue", "", ("/x",), "host")


def test_a_command_without_an_image_is_not_for_pycmans_own_root() -> None:
    assert with_defaults(PodSpec(), ContainersConf(infra_command="/pause")).infra_command == ()


def test_a_pod_of_a_kubelet_takes_nothing() -> None:
    conf = ContainersConf(pod_exit_policy="stop", infra_image="i", netns="host", userns="auto")
    assert with_defaults(PodSpec(conf_defaults=False), conf) == PodSpec(conf_defaults=False, exit_policy="continue")
