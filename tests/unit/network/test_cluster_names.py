"""The name server knows all names of the cluster on networks on which there is nothing but pods of `kube play`."""

from __future__ import annotations

import pytest

from pycman.linux.processes import boot_id
from pycman.network.create import create_network
from pycman.network.networks import get_network
from pycman.network.reconcile.desired import read_desired
from pycman.spec.network import CLUSTER_DOMAIN, NetworkSpec
from tests.support.sessions import insert_container, open_session

POD = "a" * 64


@pytest.fixture
def session(tmp_path):
    with open_session(tmp_path) as session:
        create_network(session, NetworkSpec(name="mine"))
        yield session


def connect(session, container_id: str, **columns: str) -> None:
    insert_container(session, container_id, **columns)
    session.db.change(
        "INSERT INTO endpoints (container_id, network_id, position, interface, boot_id) VALUES (?, ?, 0, 'eth0', ?)",
        (container_id, get_network(session, "mine").id, boot_id()),
    )


def domain(session) -> str:
    (bridge,) = read_desired(session).bridges
    return bridge.domain


def test_a_network_of_the_users_has_the_clusters_domain_while_only_pods_of_yaml_are_on_it(session) -> None:
    session.db.change(
        "INSERT INTO pods (id, name, row_state, created_at_ns, spec, exit_policy) VALUES (?, 'p', 'ready', 1, '{}', 'stop')",
        (POD,),
    )
    connect(session, "b" * 64, pod_id=POD)
    assert domain(session) == ""  # a pod that no play made
    session.db.change(
        "INSERT INTO kube_pods (pod_id, kind, namespace, name, hash) VALUES (?, 'Pod', 'default', 'p', 'h')", (POD,)
    )
    assert domain(session) == CLUSTER_DOMAIN
    connect(session, "c" * 64)
    assert domain(session) == ""  # it asks for names in dns.podman
