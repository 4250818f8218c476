"""A pod template as the pod it becomes (Kubernetes API reference, v1 PodSpec; DNS for Services and Pods)."""

from __future__ import annotations

import pytest

from pycman.errors import InvalidInput
from pycman.spec.container import NamespaceMode
from pycman.spec.network_attachment import NetworkMode
from pycman.spec.port import PortMapping
from tests.support.plays import container_of, pod_of

ONE = "containers: [{name: c, image: 'i:1'}]\n"
SERVED = ("default.svc.cluster.local", "svc.cluster.local", "cluster.local")


def spec_of(fields: str = "", **options):
    return pod_of(ONE + fields, **options).spec


def test_a_pod_shares_network_ipc_and_host_name_and_its_processes_only_if_asked() -> None:
    assert set(spec_of().share) == {"net", "ipc", "uts"}
    assert set(spec_of("shareProcessNamespace: true").share) == {"net", "ipc", "uts", "pid"}


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ("", "p"),
        ("hostname: h", "h"),
        ("hostname: h\nsubdomain: s", "h"),
        ("hostname: h\nsubdomain: s\nsetHostnameAsFQDN: true", "h.s.default.svc.cluster.local"),
        ("setHostnameAsFQDN: true", "p"),
        ("hostNetwork: true", ""),
        ("hostnameOverride: other.example", "other.example"),
    ],
)
def test_the_host_name_is_the_pods_unless_it_says_another(fields: str, wanted: str) -> None:
    assert spec_of(fields).hostname == wanted


def test_the_long_host_name_is_known_in_the_pod() -> None:
    assert spec_of("hostname: h\nsubdomain: s").domainname == "s.default.svc.cluster.local"
    for fields in (
        "hostname: h",
        "hostname: h\nsubdomain: s\nsetHostnameAsFQDN: true",
        "subdomain: s\nhostNetwork: true",
    ):
        assert spec_of(fields).domainname == ""


def test_a_pod_is_called_by_its_names_on_its_network() -> None:
    (attachment,) = spec_of("hostname: h\nsubdomain: s").network.attachments
    assert attachment.aliases == ("p", "h", "h.s.default.svc.cluster.local", "c")


def test_a_pod_in_a_namespace_has_the_host_name_of_its_yaml_and_no_name_that_another_may_have() -> None:
    spec = spec_of(metadata="namespace: n")
    assert (spec.name, spec.hostname) == ("n-p", "p")
    assert spec.network.attachments[0].aliases == ("n-p", "c")
    assert spec_of().network.attachments[0].aliases == ("p", "c")


def test_namespaces_of_the_host_are_those_asked_for() -> None:
    spec = spec_of("hostNetwork: true\nhostPID: true\nhostIPC: true")
    assert spec.network == NetworkMode(kind="host")
    assert spec.pid_mode == spec.ipc_mode == NamespaceMode(kind="host")
    plain = spec_of()
    assert plain.pid_mode == plain.ipc_mode == plain.user_mode == NamespaceMode()


@pytest.mark.parametrize(("fields", "kind"), [("", ""), ("hostUsers: true", ""), ("hostUsers: false", "auto")])
def test_a_pod_that_does_not_want_the_hosts_users_has_its_own(fields: str, kind: str) -> None:
    assert spec_of(fields).user_mode.kind == kind


@pytest.mark.parametrize(
    ("fields", "servers", "search"),
    [
        ("", (), SERVED),
        ("dnsPolicy: ClusterFirst", (), SERVED),
        ("dnsPolicy: Default", (), ()),
        ("hostNetwork: true", (), ()),  # falls back to Default
        ("hostNetwork: true\ndnsPolicy: ClusterFirstWithHostNet", (), SERVED),
        ("dnsPolicy: None\ndnsConfig: {nameservers: [192.0.2.53], searches: [a.example]}", ("192.0.2.53",), ("a.example",)),
        ("dnsPolicy: None\ndnsConfig: {nameservers: [192.0.2.53]}", ("192.0.2.53",), (".",)),
        ("dnsConfig: {nameservers: [192.0.2.53], searches: [a.example]}", ("192.0.2.53",), (*SERVED, "a.example")),
    ],
)  # fmt: skip
def test_names_are_looked_up_by_the_dns_policy(fields: str, servers: tuple, search: tuple) -> None:
    spec = spec_of(fields)
    assert (spec.dns, spec.dns_search) == (servers, search)


def test_options_of_the_resolver_have_a_value_or_none() -> None:
    spec = spec_of("dnsConfig: {options: [{name: ndots, value: '2'}, {name: edns0}]}")
    assert spec.dns_options == ("ndots:2", "edns0")


def test_aliases_of_hosts_are_one_entry_for_each_name() -> None:
    spec = spec_of("hostAliases: [{ip: 192.0.2.7, hostnames: [a, b]}, {ip: '2001:db8::7', hostnames: [c]}]")
    assert spec.extra_hosts == ("a:192.0.2.7", "b:192.0.2.7", "c:2001:db8::7")


def test_aliases_of_hosts_are_refused_where_there_is_no_file_for_them() -> None:
    aliases = "hostAliases: [{ip: 192.0.2.7, hostnames: [a]}]\ncontainers:\n- name: c\n  image: i:1\n"
    with pytest.raises(InvalidInput, match=r"--no-hosts: pod .* has hostAliases"):
        pod_of(aliases, no_hosts=True)
    assert pod_of(aliases, no_hosts=False).spec.extra_hosts == ("a:192.0.2.7",)


PORTS = "ports: [{containerPort: 80, hostPort: 8080, hostIP: 127.0.0.1}, {containerPort: 53, protocol: UDP, hostPort: 53}, {containerPort: 9}]"


def published(**options) -> list[tuple]:
    pod = pod_of(f"containers:\n- name: c\n  image: i:1\n  {PORTS}\n", **options)
    return [(port.host_ip, port.host_port, port.container_port, port.protocol) for port in pod.spec.ports]


def test_ports_with_a_host_port_are_published() -> None:
    assert published() == [("127.0.0.1", 8080, 80, "tcp"), ("", 53, 53, "udp")]


def test_the_command_line_publishes_what_the_file_does_not_and_wins_over_it() -> None:
    mine = (PortMapping(container_port=80, host_port=9000), PortMapping(container_port=7, host_port=7))
    assert published(publish=mine) == [("", 9000, 80, "tcp"), ("", 53, 53, "udp"), ("", 7, 7, "tcp")]
    assert ("", 9, 9, "tcp") in published(publish_all=True)


def test_a_pod_on_the_hosts_network_publishes_nothing() -> None:
    pod = pod_of("hostNetwork: true\ncontainers: [{name: c, image: 'i:1', ports: [{containerPort: 80, hostPort: 80}]}]")
    assert pod.spec.ports == ()


def test_sysctls_are_texts_by_name() -> None:
    spec = spec_of("securityContext: {sysctls: [{name: net.core.somaxconn, value: '1024'}]}")
    assert dict(spec.sysctls) == {"net.core.somaxconn": "1024"}


def test_addresses_of_the_command_line_go_to_pods_in_turn() -> None:
    spec = spec_of(ips=("192.0.2.8",), macs=("02:00:00:00:00:01",))
    (attachment,) = spec.network.attachments
    assert (attachment.ipv4, attachment.ipv6, attachment.mac_address) == ("192.0.2.8", "", "02:00:00:00:00:01")
    assert spec_of(ips=("2001:db8::8",)).network.attachments[0].ipv6 == "2001:db8::8"


def test_labels_are_the_pods_and_its_containers() -> None:
    plan = pod_of(ONE, metadata="labels: {app: web}")
    assert dict(plan.spec.labels) == dict(plan.containers[0].spec.labels) == {"app": "web"}


def test_the_deadline_of_a_pod_is_that_of_each_container() -> None:
    assert container_of("", pod="activeDeadlineSeconds: 5").spec.deadline_s == 5
    assert container_of("").spec.deadline_s == 0


@pytest.mark.parametrize(
    ("pod", "own", "user", "alone"),
    [
        ("{}", "{}", "", ""),
        ("{runAsUser: 1000}", "{}", "1000", ""),
        ("{runAsUser: 1000, runAsGroup: 3000}", "{}", "1000:3000", ""),
        ("{runAsUser: 1000}", "{runAsUser: 0}", "0", ""),
        ("{runAsGroup: 3000}", "{runAsUser: 5}", "5:3000", ""),
        ("{runAsGroup: 3000}", "{}", "", "3000"),
    ],
)
def test_a_container_runs_as_its_own_user_before_the_pods(pod: str, own: str, user: str, alone: str) -> None:
    plan = container_of(f"securityContext: {own}", pod=f"securityContext: {pod}")
    assert (plan.spec.user, plan.gid_alone) == (user, alone)


def test_groups_and_the_ban_of_root_come_from_the_pod() -> None:
    plan = container_of("", pod="securityContext: {supplementalGroups: [5, 6, 5], fsGroup: 7, runAsNonRoot: true}")
    assert (plan.spec.group_add, plan.non_root) == (("5", "6", "7"), True)
    assert not container_of(
        "securityContext: {runAsNonRoot: false}", pod="securityContext: {runAsNonRoot: true}"
    ).non_root


@pytest.mark.parametrize(
    ("pod", "own", "field", "wanted"),
    [
        ("{}", "{privileged: true}", "privileged", True),
        ("{}", "{allowPrivilegeEscalation: false}", "no_new_privileges", True),
        ("{}", "{allowPrivilegeEscalation: true}", "no_new_privileges", False),
        ("{}", "{}", "no_new_privileges", False),
        ("{}", "{capabilities: {add: [NET_ADMIN], drop: [ALL]}}", "cap_add", ("NET_ADMIN",)),
        ("{}", "{capabilities: {add: [NET_ADMIN], drop: [ALL]}}", "cap_drop", ("ALL",)),
        ("{}", "{readOnlyRootFilesystem: true}", "read_only", True),
        ("{}", "{readOnlyRootFilesystem: true}", "read_only_tmpfs", False),
        ("{}", "{}", "seccomp_profile", ""),
        ("{seccompProfile: {type: Unconfined}}", "{}", "seccomp_profile", "unconfined"),
        ("{seccompProfile: {type: Unconfined}}", "{seccompProfile: {type: RuntimeDefault}}", "seccomp_profile", ""),
        ("{seccompProfile: {type: Localhost, localhostProfile: p/a.json}}", "{}", "seccomp_profile",
         "/var/lib/kubelet/seccomp/p/a.json"),
        ("{appArmorProfile: {type: Unconfined}}", "{}", "apparmor_profile", "unconfined"),
        ("{}", "{procMount: Unmasked}", "unmask", ("all",)),
        ("{}", "{procMount: Default}", "unmask", ()),
    ],
)  # fmt: skip
def test_confinement_is_the_containers_own_before_the_pods(pod: str, own: str, field: str, wanted: object) -> None:
    users = "hostUsers: false\n" if "procMount" in own else ""
    spec = container_of(f"securityContext: {own}", pod=f"{users}securityContext: {pod}").spec
    assert getattr(spec.security, field) == wanted


@pytest.mark.parametrize("profile", ["../etc/passwd", "/etc/passwd", "a/../../x"])
def test_a_profile_outside_the_kubelets_folder_is_refused(profile: str) -> None:
    from kube_yaml.translate.security import security_of

    asked = {"seccompProfile": {"type": "Localhost", "localhostProfile": profile}}
    with pytest.raises(InvalidInput) as caught:
        security_of({}, asked, profile_root="/var/lib/kubelet/seccomp")
    assert profile in str(caught.value)


def test_ports_of_sidecars_are_published_and_those_of_init_containers_not() -> None:
    spec = """
    initContainers:
    - {name: once, image: i:1, ports: [{containerPort: 1, hostPort: 1}]}
    - {name: side, image: i:1, restartPolicy: Always, ports: [{containerPort: 80, hostPort: 8080}]}
    containers: [{name: c, image: i:1, ports: [{containerPort: 81, hostPort: 8081}]}]
    """
    assert [(port.container_port, port.host_port) for port in pod_of(spec).spec.ports] == [(80, 8080), (81, 8081)]
