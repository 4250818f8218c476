"""What being in a pod changes in a container's spec (podman-run(1), --pod; podman-pod-create(1))."""

from __future__ import annotations

import pytest

from pods.infra import can_be_pinned, infra_name
from pods.members import Sandbox, member_spec
from pycman.errors import InvalidInput
from pycman.spec.container import ContainerSpec, NamespaceMode, Security
from pycman.spec.health import RestartPolicy
from pycman.spec.mount import Device, Mount
from pycman.spec.network_attachment import NetworkAttachment, NetworkMode
from pycman.spec.pod import PodSpec
from pycman.spec.port import PortMapping

OF_INFRA = NamespaceMode(kind="container", value="infra")


def in_pod(
    pod: PodSpec | None = None, *, infra_id: str = "infra", cgroup: str = "", volumes: dict | None = None, **fields
) -> ContainerSpec:
    sandbox = Sandbox(
        pod_id="pod",
        pod_name="p",
        infra_id=infra_id,
        cgroup=cgroup,
        spec=pod or PodSpec(name="p"),
        volumes=volumes or {},
    )
    return member_spec(sandbox, ContainerSpec(image="i", **fields))


def test_a_member_joins_what_the_pod_shares() -> None:
    spec = in_pod()
    assert spec.pod_id == "pod"
    assert spec.network == NetworkMode(kind="container", value="infra")
    assert spec.ipc_mode == spec.uts_mode == OF_INFRA
    assert spec.pid_mode == spec.cgroup_mode == spec.user_mode == NamespaceMode()
    assert in_pod(PodSpec(share=("pid",))).pid_mode == OF_INFRA
    assert in_pod(PodSpec(share=())).network == NetworkMode(kind="")


def test_a_pod_without_an_infra_container_shares_nothing() -> None:
    spec = in_pod(infra_id="")
    assert (spec.network, spec.ipc_mode) == (NetworkMode(kind=""), NamespaceMode())


def test_a_namespace_that_a_member_asks_for_is_its_own() -> None:
    private, host = NamespaceMode(kind="private"), NetworkMode(kind="host")
    spec = in_pod(ipc_mode=private, network=host)
    assert (spec.ipc_mode, spec.network) == (private, host)


@pytest.mark.parametrize("kind", ["ipc", "pid", "uts"])
def test_a_namespace_of_the_host_that_a_pod_shares_is_the_hosts_for_its_members(kind: str) -> None:
    host = NamespaceMode(kind="host")
    assert getattr(in_pod(PodSpec(share=(kind,), **{f"{kind}_mode": host})), f"{kind}_mode") == host


@pytest.mark.parametrize("pod", [PodSpec(user_mode=NamespaceMode(kind="auto")), PodSpec(share=("user",))])
def test_a_member_has_the_users_of_its_pod(pod: PodSpec) -> None:
    assert in_pod(pod).user_mode == OF_INFRA


def test_what_the_pod_gives_its_members_comes_after_their_own() -> None:
    pod = PodSpec(
        mounts=(Mount(kind="bind", source="/pods", target="/a"), Mount(kind="bind", source="/pods", target="/b")),
        devices=(Device(host_path="/dev/fuse", container_path="/dev/fuse"),), volumes_from=("other",), oci_runtime="runc",
        security=Security(label_options=("disable",)), restart=RestartPolicy(name="always"),
    )  # fmt: skip
    mine = Mount(kind="bind", source="/mine", target="/a")
    spec = in_pod(pod, mounts=(mine,))
    assert spec.mounts == (mine, pod.mounts[1])
    assert (spec.devices, spec.volumes_from, spec.oci_runtime) == (pod.devices, ("other",), "runc")
    assert (spec.security, spec.restart) == (pod.security, pod.restart)
    own = in_pod(pod, security=Security(privileged=True), restart=RestartPolicy(name="on-failure"), oci_runtime="crun")
    assert (own.security, own.restart.name, own.oci_runtime) == (Security(privileged=True), "on-failure", "crun")


@pytest.mark.parametrize("fields", [{"auto_remove": True}, {"init_kind": "once"}])
def test_a_member_that_goes_or_runs_once_is_not_restarted_by_the_pods_policy(fields: dict) -> None:
    assert in_pod(PodSpec(restart=RestartPolicy(name="always")), **fields).restart == RestartPolicy()


@pytest.mark.parametrize(("own", "wanted"), [("", "/pod-cgroup"), ("/mine", "/mine")])
def test_a_member_is_below_the_pods_cgroup_unless_it_names_another(own: str, wanted: str) -> None:
    assert in_pod(cgroup="/pod-cgroup", cgroup_parent=own).cgroup_parent == wanted


def test_a_volume_of_the_pod_is_a_bind_of_its_directory() -> None:
    spec = in_pod(volumes={"v": "/pods/v"}, mounts=(Mount(kind="pod", source="v", target="/d", read_only=True),))
    assert spec.mounts == (Mount(kind="bind", source="/pods/v", target="/d", read_only=True, create_source=True),)
    with pytest.raises(InvalidInput) as caught:
        in_pod(mounts=(Mount(kind="pod", source="w", target="/d"),))
    assert caught.value.subject == "w"


BRIDGE = NetworkMode(kind="bridge", attachments=(NetworkAttachment(name="n"),))


@pytest.mark.parametrize(
    ("fields", "flag"),
    [
        ({"ports": (PortMapping(container_port=80),)}, "-p"),
        ({"publish_all": True}, "-p"),
        ({"network": BRIDGE}, "--network"),
        ({"dns": ("192.0.2.1",)}, "--dns"),
        ({"extra_hosts": ("a:192.0.2.1",)}, "--add-host"),
        ({"hostname": "h"}, "--hostname"),
    ],
)
def test_what_only_the_pod_can_say_is_refused_with_its_flag(fields: dict, flag: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        in_pod(**fields)
    assert caught.value.subject == flag
    assert "pod create" in caught.value.hint


def test_what_a_pod_does_not_share_a_member_may_say() -> None:
    spec = in_pod(PodSpec(share=()), ports=(PortMapping(container_port=80),), hostname="h", dns=("192.0.2.1",))
    assert (spec.hostname, len(spec.ports)) == ("h", 1)
    assert in_pod(hostname="h", uts_mode=NamespaceMode(kind="private")).hostname == "h"


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({}, True), ({"pinned": False}, False), ({"share": ("net", "pid")}, False), ({"share": ("user",)}, False),
        ({"infra_image": "i"}, False), ({"infra_command": ("x",)}, False), ({"user_mode": NamespaceMode(kind="auto")}, False),
        ({"network": NetworkMode(kind="slirp4netns")}, False), ({"network": NetworkMode(kind="host")}, True),
        ({"share": ("pid",), "pid_mode": NamespaceMode(kind="host")}, True),
    ],
)  # fmt: skip
def test_files_hold_namespaces_where_no_process_is_needed(fields: dict, wanted: bool) -> None:
    assert can_be_pinned(PodSpec(**{"pinned": True, **fields})) == wanted


def test_an_infra_container_is_called_as_podman_calls_it() -> None:
    assert infra_name("0123456789abcdef", PodSpec()) == "0123456789ab-infra"
    assert infra_name("0123456789abcdef", PodSpec(infra_name="mine")) == "mine"
