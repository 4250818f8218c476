"""Which pods a service leads to, at which address and port (Kubernetes, "Service": selector, namespace, targetPort)."""

from __future__ import annotations

import pytest

from pycman.network.reconcile.desired import Bridge, Desired, Virtual
from pycman.network.reconcile.nftables import table_text
from pycman.network.services import BackEnd, Service, select_back_ends, targets_of
from pycman.spec.service import ServicePort, ServiceSpec

BRIDGE = Bridge(name="net", interface="pycman1", subnets=("10.89.0.0/24",), gateways=("10.89.0.254/24",))


def pod(number: int, **changes) -> BackEnd:
    base = BackEnd(
        pod_id=f"p{number}", container_id=f"c{number}", namespace="prod", labels={"app": "web", "x": "y"},
        addresses={"n": ("fd00::1", f"10.89.0.{number}")}, ready=True,
    )  # fmt: skip
    return base.replace(**changes)


def service(**changes) -> Service:
    spec = ServiceSpec(name="web", network="net", namespace="prod", selector={"app": "web"})
    return Service(id="s", network_id="n", spec=spec.replace(**changes))


@pytest.mark.parametrize(
    ("changes", "selected"),
    [({}, True), ({"namespace": "staging"}, False), ({"labels": {"app": "other"}}, False), ({"ready": False}, False),
     ({"addresses": {"m": ("10.0.0.1",)}}, False)],
)  # fmt: skip
def test_a_service_leads_to_ready_pods_of_its_own_namespace_with_its_labels(changes: dict, selected: bool) -> None:
    assert bool(select_back_ends(service(), [pod(1, **changes)])) == selected


def test_a_pod_that_is_not_ready_counts_where_the_service_says_so() -> None:
    assert select_back_ends(service(publish_not_ready=True), [pod(1, ready=False)])


def test_a_port_by_name_is_each_pods_own_and_pods_without_it_are_left_out() -> None:
    pods = [
        pod(1, ports={"http/tcp": 80}),
        pod(2, ports={"http/tcp": 8080}),
        pod(3, ports={"http/udp": 80}),
        pod(4, addresses={"n": ("fd00::4",)}, ports={"http/tcp": 80}),
    ]
    assert targets_of(service(), ServicePort(port=1, target_name="http"), pods) == [
        ("10.89.0.1", 80),
        ("10.89.0.2", 8080),
    ]
    assert [number for _, number in targets_of(service(), ServicePort(port=1, target_port=7), pods)] == [7, 7, 7]


def test_the_rule_gives_each_target_its_own_port_where_they_differ() -> None:
    virtual = Virtual(address="10.78.0.1", protocol="tcp", port=1, target_port=80, targets=("10.89.0.1", "10.89.0.2"))
    same = table_text("t", Desired(bridges=(BRIDGE,), virtuals=(virtual,)))
    assert "dnat ip to numgen inc mod 2 map { 0 : 10.89.0.1, 1 : 10.89.0.2 } : 80" in same
    own = table_text("t", Desired(bridges=(BRIDGE,), virtuals=(virtual.replace(target_ports=(80, 81)),)))
    assert "dnat ip to numgen inc mod 2 map { 0 : 10.89.0.1 . 80, 1 : 10.89.0.2 . 81 }\n" in own
