"""Services as ServiceSpecs, and the variables of pods (Kubernetes API reference, v1 Service; "Service", "Environment variables")."""

from __future__ import annotations

import pytest

from kube_yaml.translate.services import service_variables
from kube_yaml.translate.standing import Standing
from pycman.spec.service import ServicePort, ServiceSpec
from tests.support.plays import play_of, pod_of

HEAD = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n"


def pod(name: str, ports: str, app: str = "web") -> str:
    return (
        f"---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, labels: {{app: {app}}}}}\n"
        f"spec: {{containers: [{{name: c, image: 'i:1', ports: [{ports}]}}]}}\n"
    )


def service(spec: str, others: str = "", **options) -> ServiceSpec:
    return play_of(f"{HEAD}spec: {{selector: {{app: web}}, {spec}}}\n{others}", **options).services[0]


@pytest.mark.parametrize(
    ("spec", "wanted"),
    [
        ("ports: [{port: 80}]", ServicePort(port=80, target_port=80)),
        ("ports: [{port: 80, targetPort: 8080}]", ServicePort(port=80, target_port=8080)),
        ("ports: [{port: 53, protocol: UDP, name: dns}]", ServicePort(port=53, target_port=53, protocol="udp", name="dns")),
        ("type: NodePort, ports: [{port: 80, nodePort: 30080}]", ServicePort(port=80, target_port=80, host_port=30080)),
        ("type: LoadBalancer, ports: [{port: 80}]", ServicePort(port=80, target_port=80, host_port=80)),
        ("externalIPs: [192.0.2.9], ports: [{port: 80}]", ServicePort(port=80, target_port=80, host_port=80, host_ip="192.0.2.9")),
    ],
)  # fmt: skip
def test_a_port_leads_to_the_pods_and_is_open_where_the_type_says(spec: str, wanted: ServicePort) -> None:
    assert service(spec).ports == (wanted,)


def test_a_node_port_that_is_not_given_is_in_kubernetes_range_and_always_the_same() -> None:
    found = {service("type: NodePort, ports: [{port: 8443}]").ports[0].host_port for _ in range(3)}
    assert len(found) == 1
    assert 30000 <= found.pop() <= 32767


def test_a_target_port_by_name_stays_a_name_which_each_pod_gives_its_number() -> None:
    others = pod("a", "{name: http, containerPort: 8080}") + pod("b", "{name: http, containerPort: 9, protocol: UDP}")
    found = service("ports: [{port: 80, targetPort: http}]", others)
    assert (found.ports[0].target_name, found.ports[0].target_port) == ("http", 0)


def test_a_pod_says_its_ports_by_name_those_of_sidecars_too() -> None:
    spec = """
    initContainers:
    - {name: once, image: i:1, ports: [{name: gone, containerPort: 1}]}
    - {name: side, image: i:1, restartPolicy: Always, ports: [{name: metrics, containerPort: 9090}]}
    containers:
    - {name: c, image: i:1, ports: [{name: http, containerPort: 80}, {name: dns, containerPort: 53, protocol: UDP}, {containerPort: 7}]}
    """
    assert pod_of(spec).spec.port_names == {"metrics/tcp": 9090, "http/tcp": 80, "dns/udp": 53}


@pytest.mark.parametrize(
    ("others", "warned"),
    [
        ("", False),
        (pod("a", "{name: http, containerPort: 1}"), False),
        (pod("a", "{name: https, containerPort: 1}"), True),
    ],
)
def test_a_name_that_no_pod_of_the_file_has_is_worth_a_warning(others: str, warned: bool) -> None:
    text = f"{HEAD}spec: {{selector: {{app: web}}, ports: [{{port: 80, targetPort: http}}]}}\n{others}"
    assert bool(play_of(text).warnings) == warned


def test_node_ports_that_are_not_given_differ_from_those_of_all_services() -> None:
    two = "".join(
        f"---\napiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\n"
        f"spec: {{type: NodePort, selector: {{a: b}}, ports: [{{port: 80{more}}}]}}\n"
        for name, more in (("a", ""), ("b", ""), ("c", ", nodePort: 30081"))
    )
    other = ServiceSpec(name="d", network="n", ports=(ServicePort(port=80, target_port=80, host_port=30080),))
    found = play_of(two, standing=Standing(services={("default", "d"): other})).services
    ports = [spec.ports[0].host_port for spec in found]
    assert ports == [30082, 30083, 30081]
    before = {("default", spec.name): spec for spec in found}
    again = play_of(
        two.partition("---")[2].replace("port: 80}", "port: 80, name: x}"), standing=Standing(services=before)
    )
    assert [spec.ports[0].host_port for spec in again.services] == ports  # what a service has stays its own


@pytest.mark.parametrize(
    ("spec", "field", "wanted"),
    [
        ("ports: [{port: 80}]", "sticky", False),
        ("sessionAffinity: ClientIP, ports: [{port: 80}]", "sticky", True),
        ("clusterIP: None", "address", "None"),
        ("clusterIP: 10.0.0.11, ports: [{port: 80}]", "address", "10.0.0.11"),
        ("publishNotReadyAddresses: true, ports: [{port: 80}]", "publish_not_ready", True),
    ],
)
def test_a_service_says_how_it_is_reached(spec: str, field: str, wanted: object) -> None:
    assert getattr(service(spec), field) == wanted


def test_the_address_a_service_had_stays_its_own() -> None:
    found = service("ports: [{port: 80}]", standing=Standing(addresses={("default", "web"): "10.0.0.5"}))
    assert found.address == "10.0.0.5"


REDIS = ServiceSpec(name="redis-primary", network="n", ports=(ServicePort(port=6379, target_port=6379),))


def test_variables_of_a_service_are_those_of_kubernetes_manual() -> None:
    assert service_variables([REDIS], {"redis-primary": "10.0.0.11"}, "default") == {
        "REDIS_PRIMARY_SERVICE_HOST": "10.0.0.11",
        "REDIS_PRIMARY_SERVICE_PORT": "6379",
        "REDIS_PRIMARY_PORT": "tcp://10.0.0.11:6379",
        "REDIS_PRIMARY_PORT_6379_TCP": "tcp://10.0.0.11:6379",
        "REDIS_PRIMARY_PORT_6379_TCP_PROTO": "tcp",
        "REDIS_PRIMARY_PORT_6379_TCP_PORT": "6379",
        "REDIS_PRIMARY_PORT_6379_TCP_ADDR": "10.0.0.11",
    }


def test_variables_of_an_address_of_version_6_can_be_read_as_a_url() -> None:
    found = service_variables([REDIS], {"redis-primary": "2001:db8::1"}, "default")
    assert found["REDIS_PRIMARY_PORT"] == "tcp://[2001:db8::1]:6379"
    assert found["REDIS_PRIMARY_PORT_6379_TCP_ADDR"] == found["REDIS_PRIMARY_SERVICE_HOST"] == "2001:db8::1"


@pytest.mark.parametrize(
    ("addresses", "namespace"), [({"redis-primary": "10.0.0.11"}, "other"), ({}, "default")], ids=["namespace", "headless"]
)  # fmt: skip
def test_services_elsewhere_or_without_an_address_give_no_variables(addresses: dict, namespace: str) -> None:
    assert service_variables([REDIS], addresses, namespace) == {}


def test_of_two_load_balancers_with_a_port_one_gets_a_node_port_and_says_so() -> None:
    two = "".join(
        f"---\napiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\n"
        "spec: {type: LoadBalancer, selector: {a: b}, ports: [{port: 80}]}\n"
        for name in ("a", "b")
    )
    play = play_of(two)
    assert [spec.ports[0].host_port for spec in play.services] == [80, 30080]
    assert "Service b: port 80 of the host is another Service's" in play.warnings[0]
    before = {("default", spec.name): spec for spec in play.services}
    assert play_of(two, standing=Standing(services=before)).services == play.services
