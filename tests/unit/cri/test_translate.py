"""A kubelet's messages as specs (cri-api, runtime.v1: PodSandboxConfig, ContainerConfig, LinuxContainerSecurityContext)."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict, ParseDict

from cri_server.proto import api_pb2 as api
from cri_server.translate.container import container_spec, log_path_of, resources_of
from cri_server.translate.sandbox import pod_spec, port_mappings
from pycman.errors import InvalidInput, PycmanError, Unsupported
from pycman.spec.container import ContainerSpec, LogConfig, NamespaceMode
from pycman.spec.id_map import IdMap, IdRange
from pycman.spec.mount import Device, Mount
from pycman.spec.network_attachment import NetworkMode
from pycman.spec.pod import PodSpec
from pycman.spec.port import PortMapping

METADATA = {"name": "web", "uid": "u-1", "namespace": "n", "attempt": 2}


def as_sent(fields: dict[str, Any], message: Any) -> dict[str, Any]:
    """Return fields as the server has them: of a real message, so that none can be misspelt."""
    return MessageToDict(ParseDict(fields, message), preserving_proto_field_name=True)


def sandbox(**fields: Any) -> dict[str, Any]:
    return as_sent({"metadata": METADATA, **fields}, api.PodSandboxConfig())


def sandbox_with(**options: Any) -> dict[str, Any]:
    return sandbox(linux={"security_context": {"namespace_options": options}})


def pod(config: dict[str, Any]) -> PodSpec:
    return pod_spec(config, "crun")


def container(of: dict[str, Any] | None = None, **fields: Any) -> ContainerSpec:
    config = as_sent({"metadata": {"name": "c", "attempt": 1}, **fields}, api.ContainerConfig())
    return container_spec(of or sandbox(), config, image="sha256:i")


def secured(**context: Any) -> ContainerSpec:
    return container(linux={"security_context": context})


def test_names_are_of_the_fields_that_name_a_sandbox() -> None:
    assert pod(sandbox()).name == "k8s_web_n_u-1_2"
    assert container().name == "k8s_c_web_n_u-1_1"


@pytest.mark.parametrize("missing", ["name", "uid", "namespace"])
def test_a_sandbox_without_a_name_is_refused(missing: str) -> None:
    metadata = {key: value for key, value in METADATA.items() if key != missing}
    with pytest.raises(InvalidInput) as caught:
        pod(sandbox(metadata=metadata))
    assert caught.value.subject == f"metadata.{missing}"


@pytest.mark.parametrize(
    ("options", "share", "modes"),
    [
        ({}, "net uts ipc pid", ("none", "", "", "")),
        ({"pid": "CONTAINER"}, "net uts ipc", ("none", "", "", "")),
        ({"pid": "NODE"}, "net uts ipc", ("none", "", "", "host")),
        ({"ipc": "NODE"}, "net uts pid", ("none", "", "host", "")),
        ({"network": "NODE"}, "net uts ipc pid", ("host", "host", "", "")),
    ],
    ids=str,
)
def test_namespaces_of_a_sandbox_are_its_own_or_the_nodes(options: dict, share: str, modes: tuple) -> None:
    found = pod(sandbox_with(**options))
    assert set(found.share) == set(share.split())
    assert (found.network, found.uts_mode.kind, found.ipc_mode.kind, found.pid_mode.kind) == (
        NetworkMode(kind=modes[0]),
        *modes[1:],
    )


ONE_RANGE = [{"container_id": 0, "host_id": 70000, "length": 65536}]


def test_a_user_namespace_is_one_range_from_zero_on() -> None:
    found = pod(sandbox_with(userns_options={"mode": "POD", "uids": ONE_RANGE, "gids": ONE_RANGE}))
    own = (IdRange(container_id=0, host_id=70000, size=65536),)
    assert found.id_map == IdMap(uids=own, gids=own)
    assert pod(sandbox_with(userns_options={"mode": "NODE"})).id_map == IdMap()


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        ({"userns_options": {"mode": "POD"}}, InvalidInput),
        ({"userns_options": {"mode": "CONTAINER"}}, InvalidInput),
        ({"userns_options": {"mode": "POD", "uids": ONE_RANGE * 2, "gids": ONE_RANGE * 2}}, InvalidInput),
        ({"userns_options": {"mode": "POD", "uids": [{"container_id": 1, "host_id": 7, "length": 9}] * 1,
                             "gids": [{"container_id": 1, "host_id": 7, "length": 9}]}}, InvalidInput),
        ({"userns_options": {"mode": "POD", "uids": ONE_RANGE, "gids": [{"host_id": 1, "length": 2}]}}, InvalidInput),
        ({"network": "NODE", "userns_options": {"mode": "POD", "uids": ONE_RANGE, "gids": ONE_RANGE}}, Unsupported),
        ({"network": "CONTAINER"}, InvalidInput), ({"ipc": "TARGET"}, InvalidInput),
    ],
    ids=str,
)  # fmt: skip
def test_namespaces_that_a_pod_cannot_have_are_refused(options: dict, kind: type[PycmanError]) -> None:
    with pytest.raises(kind):
        pod(sandbox_with(**options))


def test_resolv_conf_is_exactly_what_the_kubelet_says() -> None:
    dns = {"servers": ["192.0.2.53"], "searches": ["a.example"], "options": ["ndots:2"]}
    found = pod(sandbox(dns_config=dns))
    assert (found.dns, found.dns_search, found.dns_options, found.dns_exact) == (
        ("192.0.2.53",),
        ("a.example",),
        ("ndots:2",),
        True,
    )
    assert not pod(sandbox()).dns_exact


def test_a_host_name_is_cut_to_what_the_kernel_takes_and_is_the_nodes_on_its_network() -> None:
    assert pod(sandbox(hostname="h" * 70)).hostname == "h" * 63
    on_host = sandbox(hostname="h", linux={"security_context": {"namespace_options": {"network": "NODE"}}})
    assert pod(on_host).hostname == ""


@pytest.mark.parametrize(
    ("parent", "wanted"), [("", ""), ("/kubepods/pod1", "/kubepods/pod1"), ("kubepods/pod1/", "/kubepods/pod1")]
)
def test_the_cgroup_parent_is_the_kubelets(parent: str, wanted: str) -> None:
    assert pod(sandbox(linux={"cgroup_parent": parent})).cgroup_parent == wanted


def test_a_cgroup_parent_that_leads_out_is_refused() -> None:
    with pytest.raises(InvalidInput):
        pod(sandbox(linux={"cgroup_parent": "/kubepods/../.."}))


def test_only_ports_with_a_host_port_are_published() -> None:
    config = sandbox(port_mappings=[
        {"container_port": 80, "host_port": 8080, "host_ip": "127.0.0.1"}, {"container_port": 53, "host_port": 53, "protocol": "UDP"},
        {"container_port": 9},
    ])  # fmt: skip
    assert port_mappings(config) == [
        PortMapping(container_port=80, host_port=8080, host_ip="127.0.0.1", protocol="tcp"),
        PortMapping(container_port=53, host_port=53, protocol="udp"),
    ]


def test_command_and_args_take_the_place_of_entrypoint_and_command() -> None:
    found = container(command=["/x"], args=["y"], working_dir="/w", tty=True, stdin=True, stdin_once=True)
    assert (found.entrypoint, found.command, found.workdir) == (("/x",), ("y",), "/w")
    assert (found.terminal, found.stdin, found.stdin_once, found.pull, found.image) == (
        True,
        True,
        True,
        "never",
        "sha256:i",
    )
    assert container().entrypoint is None


def test_variables_may_hold_any_bytes() -> None:
    message = api.ContainerConfig(metadata={"name": "c"}, envs=[{"key": "A", "value": b"x=\xff"}])
    config = MessageToDict(message, preserving_proto_field_name=True)
    assert container_spec(sandbox(), config, image="i").env == {"A": "x=\udcff"}


@pytest.mark.parametrize(
    ("directory", "path", "wanted"),
    [("/var/log/pods/p", "c/0.log", "/var/log/pods/p/c/0.log"), ("", "c/0.log", ""), ("/var/log/pods/p", "", ""),
     ("/var/log/pods/p/", "./c/../0.log", "/var/log/pods/p/0.log")],
)  # fmt: skip
def test_a_log_is_below_its_pods_directory(directory: str, path: str, wanted: str) -> None:
    assert log_path_of({"log_directory": directory}, {"log_path": path}) == wanted
    found = container(sandbox(log_directory=directory), log_path=path).log
    assert found == LogConfig(driver="k8s-file" if wanted else "none", path=wanted)


@pytest.mark.parametrize("path", ["../0.log", "/etc/passwd", "a/../../x", ".."])
def test_a_log_that_leaves_its_pods_directory_is_refused(path: str) -> None:
    with pytest.raises(InvalidInput):
        container(sandbox(log_directory="/var/log/pods/p"), log_path=path)


def test_mounts_are_binds_whose_missing_source_is_made() -> None:
    found = container(mounts=[
        {"host_path": "/nonexistent/a", "container_path": "/a", "readonly": True, "propagation": "PROPAGATION_BIDIRECTIONAL"},
        {"host_path": "/nonexistent/b", "container_path": "/b", "readonly": True, "recursive_read_only": True},
        {"container_path": "/i", "image": {"image": "sha256:x"}, "image_sub_path": "s"},
    ]).mounts  # fmt: skip
    assert found == (
        Mount(
            kind="bind", source="/nonexistent/a", target="/a", read_only=True, propagation="rshared", create_source=True
        ),
        Mount(kind="bind", source="/nonexistent/b", target="/b", read_only=True, options=("rro",), create_source=True),
        Mount(kind="image", source="sha256:x", target="/i", read_only=True, subpath="s"),
    )


@pytest.mark.parametrize(
    "mount",
    [{"host_path": "/a", "container_path": "b"}, {"host_path": "/a"}, {"host_path": "/a", "container_path": "/b", "recursive_read_only": True},
     {"host_path": "/a", "container_path": "/b", "readonly": True, "recursive_read_only": True, "propagation": "PROPAGATION_HOST_TO_CONTAINER"}],
)  # fmt: skip
def test_mounts_that_cannot_be_are_refused(mount: dict) -> None:
    with pytest.raises(InvalidInput):
        container(mounts=[mount])


@pytest.mark.parametrize(
    ("context", "user"),
    [
        ({}, ""), ({"run_as_user": {"value": 0}}, "0"), ({"run_as_user": {"value": 5}, "run_as_group": {"value": 6}}, "5:6"),
        ({"run_as_username": "me"}, "me"), ({"run_as_username": "me", "run_as_group": {"value": 0}}, "me:0"),
    ],
    ids=str,
)  # fmt: skip
def test_a_user_is_a_number_or_a_name(context: dict, user: str) -> None:
    assert secured(**context).user == user


def test_a_group_without_a_user_is_refused() -> None:
    with pytest.raises(InvalidInput, match="user"):
        secured(run_as_group={"value": 6})


@pytest.mark.parametrize(
    ("context", "field", "wanted"),
    [
        ({"privileged": True}, "privileged", True),
        ({"no_new_privs": True}, "no_new_privileges", True),
        ({"readonly_rootfs": True}, "read_only", True),
        ({}, "seccomp_profile", "unconfined"),
        ({"seccomp": {"profile_type": "RuntimeDefault"}}, "seccomp_profile", ""),
        ({"seccomp": {"profile_type": "Unconfined"}}, "seccomp_profile", "unconfined"),
        ({"seccomp": {"profile_type": "Localhost", "localhost_ref": "/p.json"}}, "seccomp_profile", "/p.json"),
        ({"apparmor": {"profile_type": "Localhost", "localhost_ref": "p"}}, "apparmor_profile", "p"),
        ({"apparmor_profile": "localhost/p"}, "apparmor_profile", "p"),
        ({"apparmor": {"profile_type": "RuntimeDefault"}}, "apparmor_profile", ""),
        ({"capabilities": {"add_capabilities": ["A"], "drop_capabilities": ["ALL"]}}, "cap_add", ("A",)),
        ({"capabilities": {"add_capabilities": ["A"], "drop_capabilities": ["ALL"]}}, "cap_drop", ("ALL",)),
        ({"capabilities": {"add_capabilities": ["A"]}}, "cap_ambient", ()),
        ({"capabilities": {"add_ambient_capabilities": ["B"]}}, "cap_ambient", ("B",)),
        ({"masked_paths": ["/proc/x"]}, "masked_paths", ("/proc/x",)),
        ({}, "masked_paths", ()),
    ],
    ids=str,
)
def test_confinement_is_what_the_security_context_says(context: dict, field: str, wanted: object) -> None:
    assert getattr(secured(**context).security, field) == wanted


@pytest.mark.parametrize(
    ("options", "wanted"),
    [({}, ""), ({"pid": "CONTAINER"}, "private"), ({"pid": "NODE"}, "host"), ({"pid": "TARGET", "target_id": "t"}, "container")],
    ids=str,
)  # fmt: skip
def test_a_container_may_have_other_processes_than_its_pod(options: dict, wanted: str) -> None:
    assert secured(namespace_options=options).pid_mode == NamespaceMode(kind=wanted, value=options.get("target_id", ""))


def test_limits_are_the_kubelets_and_zero_is_none() -> None:
    sent = as_sent(
        {"cpu_period": 100000, "cpu_quota": 50000, "cpu_shares": 512, "memory_limit_in_bytes": 1 << 26, "cpuset_cpus": "0-1",
         "hugepage_limits": [{"page_size": "2MB", "limit": 0}], "unified": {"memory.high": "1"}}, api.LinuxContainerResources(),
    )  # fmt: skip
    found = resources_of(sent)
    assert (found.cpu_period_us, found.cpu_quota_us, found.cpu_shares, found.memory_bytes) == (
        100000,
        50000,
        512,
        1 << 26,
    )
    assert (found.cpuset_cpus, dict(found.huge_pages), dict(found.unified)) == ("0-1", {"2MB": 0}, {"memory.high": "1"})
    nothing = resources_of({})
    assert (nothing.cpu_quota_us, nothing.memory_bytes, nothing.memory_swap_bytes) == (None, None, None)


def test_devices_are_of_the_host_or_of_a_vendor() -> None:
    found = container(devices=[{"host_path": "/dev/a"}, {"host_path": "/dev/a", "container_path": "/dev/b", "permissions": "r"}],
                      CDI_devices=[{"name": "vendor.example/gpu=0"}])  # fmt: skip
    assert found.devices == (
        Device(host_path="/dev/a", container_path="/dev/a", permissions="rwm"),
        Device(host_path="/dev/a", container_path="/dev/b", permissions="r"),
    )
    assert found.cdi_devices == ("vendor.example/gpu=0",)
    assert container(annotations={"cdi.k8s.io/x": "v.example/a=1,v.example/a=2"}).cdi_devices == (
        "v.example/a=1",
        "v.example/a=2",
    )
    with pytest.raises(InvalidInput):
        container(CDI_devices=[{"name": "gpu0"}])


def test_annotations_have_a_limit() -> None:
    with pytest.raises(InvalidInput, match="256 KiB"):
        container(annotations={"a": "x" * (256 << 10)})


@pytest.mark.parametrize(("sent", "wanted"), [({}, ""), ({"stop_signal": "SIGQUIT"}, "SIGQUIT")], ids=str)
def test_a_stop_signal_is_the_images_unless_another_is_asked_for(sent: dict, wanted: str) -> None:
    assert container(**sent).stop_signal == wanted
