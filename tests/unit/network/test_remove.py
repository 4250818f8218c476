"""What holds a network: containers that run, and with podman's habits also those that are stopped."""

from __future__ import annotations

import pytest

from pycman.containers.networks.connection import requested_endpoints
from pycman.errors import NotFound
from pycman.jsontext import format_json
from pycman.network.create import create_network
from pycman.network.leases import EndpointRequest, lease
from pycman.network.networks import find_network, get_network
from pycman.network.remove import NetworkInUse, remove_network
from pycman.spec.container import ContainerSpec
from pycman.spec.network import NetworkSpec
from pycman.spec.network_attachment import NetworkAttachment, NetworkMode
from tests.support.sessions import insert_container, open_session

WEB = "a" * 64


@pytest.fixture
def session(tmp_path):
    """Network `red`, which the stopped container `web` is on."""
    with open_session(tmp_path) as opened:
        create_network(opened, NetworkSpec(name="red"))
        insert_container(opened, WEB, name="web", networks=format_json(["red"]))
        yield opened


def test_a_stopped_container_holds_a_network_only_where_it_counts(session):
    with pytest.raises(NetworkInUse, match="web"):
        remove_network(session, "red")
    assert remove_network(session, "red", stopped_count=False) == "red"
    assert find_network(session, "red") is None


def test_a_running_container_always_holds_its_network(session):
    attachment = NetworkAttachment(name="red")
    with session.db.transaction():
        lease(session, WEB, [EndpointRequest(get_network(session, "red"), attachment, ("web",), 0)])
    with pytest.raises(NetworkInUse, match="web") as caught:
        remove_network(session, "red", stopped_count=False)
    assert caught.value.containers == (WEB,)


def test_a_start_on_a_removed_network_names_network_and_container(session):
    remove_network(session, "red", stopped_count=False)
    spec = ContainerSpec(network=NetworkMode(kind="bridge", attachments=(NetworkAttachment(name="red"),)))
    with pytest.raises(NotFound, match=r"no such network: red .*container web is on it"):
        requested_endpoints(session, {"id": WEB, "name": "web"}, spec)
