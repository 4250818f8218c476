"""PodSandboxConfig, as a kubelet sends it, into the pod that is made."""

from __future__ import annotations

import pytest

from cri_server.proto import api_pb2 as api
from cri_server.services import as_dict
from cri_server.translate.sandbox import id_map_of, is_privileged, pod_spec, port_mappings, sandbox_name
from pycman.errors import InvalidInput, Unsupported
from pycman.spec.container import NamespaceMode
from pycman.spec.id_map import IdMap, IdRange
from pycman.spec.network_attachment import NetworkMode
from pycman.spec.pod import PodSpec
from pycman.spec.port import PortMapping

POD = api.PodSandboxMetadata(name="web", uid="u-1", namespace="shop", attempt=2)
HOST = NamespaceMode(kind="host")


def config(linux: api.LinuxPodSandboxConfig | None = None, **fields) -> dict:
    return as_dict(api.PodSandboxConfig(**{"metadata": POD, "linux": linux, **fields}))


def pod(linux: api.LinuxPodSandboxConfig | None = None, **fields) -> PodSpec:
    return pod_spec(config(linux, **fields), "crun")


def with_options(**options) -> PodSpec:
    security = api.LinuxSandboxSecurityContext(namespace_options=api.NamespaceOption(**options))
    return pod(api.LinuxPodSandboxConfig(security_context=security))


def test_the_name_has_all_that_names_a_sandbox() -> None:
    assert sandbox_name(config()["metadata"]) == "k8s_web_shop_u-1_2"


@pytest.mark.parametrize("missing", ["name", "uid", "namespace"])
def test_a_sandbox_needs_what_names_it(missing: str) -> None:
    with pytest.raises(InvalidInput, match=rf"metadata\.{missing}"):
        sandbox_name({"name": "a", "uid": "u", "namespace": "n", missing: ""})


def test_a_pod_shares_what_a_kubelet_expects_and_is_the_kubelets() -> None:
    found = pod(labels={"app": "web"}, annotations={"k": "v"}, hostname="web-0")
    assert (found.share, found.network, found.managed_by) == (
        ("ipc", "net", "pid", "uts"), NetworkMode(kind="none"), "kubelet")  # fmt: skip
    assert (found.pinned, found.oci_runtime, found.hostname) == (True, "crun", "web-0")
    assert (found.labels, found.annotations) == ({"app": "web"}, {"k": "v"})


def test_namespaces_of_the_node() -> None:
    found = with_options(network=api.NODE, pid=api.NODE, ipc=api.NODE)
    assert (found.network, found.uts_mode, found.pid_mode, found.ipc_mode) == (
        NetworkMode(kind="host"), HOST, HOST, HOST)  # fmt: skip
    assert found.share == ("net", "uts")
    assert with_options(pid=api.CONTAINER).share == ("ipc", "net", "uts")


def test_a_name_on_the_nodes_network_is_the_nodes_and_others_are_short_enough_for_the_kernel() -> None:
    security = api.LinuxSandboxSecurityContext(namespace_options=api.NamespaceOption(network=api.NODE))
    assert pod(api.LinuxPodSandboxConfig(security_context=security), hostname="web").hostname == ""
    assert pod(hostname="x" * 64).hostname == "x" * 63


@pytest.mark.parametrize("kind", ["network", "ipc"])
@pytest.mark.parametrize("mode", [api.CONTAINER, api.TARGET])
def test_network_and_ipc_are_the_pods_or_the_nodes(kind: str, mode: int) -> None:
    with pytest.raises(InvalidInput, match=f"namespace_options.{kind}"):
        with_options(**{kind: mode})


def test_no_resolver_configuration_is_not_an_empty_one() -> None:
    assert not pod().dns_exact
    assert pod(dns_config=api.DNSConfig()).dns_exact
    found = pod(dns_config=api.DNSConfig(servers=["192.0.2.53"], searches=["a.b"], options=["ndots:5"]))
    assert (found.dns, found.dns_search, found.dns_options) == (("192.0.2.53",), ("a.b",), ("ndots:5",))


@pytest.mark.parametrize(("given", "parent"), [("", ""), ("/", ""), ("/kubepods/pod1/", "/kubepods/pod1"), ("a", "/a")])
def test_the_cgroup_parent_is_a_path_from_the_root(given: str, parent: str) -> None:
    assert pod(api.LinuxPodSandboxConfig(cgroup_parent=given)).cgroup_parent == parent


@pytest.mark.parametrize("given", ["..", "/a/../../b", "a/.."])
def test_a_cgroup_parent_does_not_climb(given: str) -> None:
    with pytest.raises(InvalidInput, match="cgroup_parent"):
        pod(api.LinuxPodSandboxConfig(cgroup_parent=given))


def test_sysctls_and_privileges() -> None:
    linux = api.LinuxPodSandboxConfig(
        sysctls={"net.a": "1"}, security_context=api.LinuxSandboxSecurityContext(privileged=True)
    )
    assert pod(linux).sysctls == {"net.a": "1"}
    assert is_privileged(config(linux))
    assert not is_privileged(config())


def user_namespace(
    mode: int = api.POD, uids=((0, 100_000, 65_536),), gids=((0, 100_000, 65_536),)
) -> api.UserNamespace:
    def ranges(given) -> list[api.IDMapping]:
        return [api.IDMapping(container_id=inside, host_id=host, length=size) for inside, host, size in given]

    return api.UserNamespace(mode=mode, uids=ranges(uids), gids=ranges(gids))


def test_ids_of_a_pods_own() -> None:
    one = (IdRange(container_id=0, host_id=100_000, size=65_536),)
    assert with_options(userns_options=user_namespace()).id_map == IdMap(uids=one, gids=one)
    assert with_options(userns_options=user_namespace(api.NODE)).id_map == IdMap()
    assert id_map_of(None) == IdMap()


@pytest.mark.parametrize(
    "wrong",
    [
        user_namespace(api.CONTAINER),
        user_namespace(uids=()),
        user_namespace(gids=((0, 200_000, 65_536),)),
        user_namespace(uids=((1, 100_000, 10),), gids=((1, 100_000, 10),)),
        user_namespace(uids=((0, 100_000, 0),), gids=((0, 100_000, 0),)),
        user_namespace(uids=((0, 1, 5), (5, 9, 5)), gids=((0, 1, 5), (5, 9, 5))),
    ],
)
def test_ids_of_another_shape_are_refused(wrong: api.UserNamespace) -> None:
    with pytest.raises(InvalidInput, match="userns_options"):
        with_options(userns_options=wrong)


def test_ids_of_its_own_do_not_go_with_the_nodes_network() -> None:
    with pytest.raises(Unsupported, match="userns_options"):
        with_options(network=api.NODE, userns_options=user_namespace())


def test_only_ports_of_the_host_are_published() -> None:
    given = [
        api.PortMapping(container_port=80),
        api.PortMapping(container_port=53, host_port=5353, host_ip="127.0.0.1", protocol=api.UDP),
        api.PortMapping(container_port=443, host_port=8443),
    ]
    assert port_mappings(config(port_mappings=given)) == [
        PortMapping(container_port=53, host_port=5353, host_ip="127.0.0.1", protocol="udp"),
        PortMapping(container_port=443, host_port=8443, protocol="tcp"),
    ]
