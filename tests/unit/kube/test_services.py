"""Services as ServiceSpecs, and the variables of pods (Kubernetes API reference, v1 Service; "Service", "Environment variables")."""

from __future__ import annotations

import pytest

from kube_yaml.translate.services import service_variables
from pycman.errors import InvalidInput, NotFound
from pycman.spec.service import ServicePort, ServiceSpec
from tests.support.plays import play_of


def pod(name: str, ports: str, app: str = "web") -> str:
    return (
        f"---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, labels: {{app: {app}}}}}\n"
        f"spec: {{containers: [{{name: c, image: 'i:1', ports: [{ports}]}}]}}\n"
    )


def service(spec: str, others: str = "", **options) -> ServiceSpec:
    head = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n"
    return play_of(f"{head}spec: {{selector: {{app: web}}, {spec}}}\n{others}", **options).services[0]


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


def test_a_target_port_by_name_is_that_of_the_pods_behind_it() -> None:
    others = pod("a", "{name: http, containerPort: 8080}") + pod("b", "{name: http, containerPort: 9}", app="other")
    assert service("ports: [{port: 80, targetPort: http}]", others).ports[0].target_port == 8080


@pytest.mark.parametrize(
    ("others", "kind", "says"),
    [
        ("", NotFound, "no pod selected by the Service has a port named http"),
        (pod("a", "{name: http, containerPort: 1}") + pod("b", "{name: http, containerPort: 2}"), InvalidInput,
         "different ports named http: 1, 2"),
    ],
)  # fmt: skip
def test_a_name_that_leads_nowhere_or_to_several_says_in_which_line(others: str, kind: type, says: str) -> None:
    with pytest.raises(kind) as caught:
        service("ports: [{port: 80, targetPort: http}]", others)
    assert says in str(caught.value)
    assert "f.yaml:" in str(caught.value)
    assert "spec.ports[0].targetPort" in str(caught.value)


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
    found = service("ports: [{port: 80}]", addresses={("default", "web"): "10.0.0.5"})
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
