"""What holds a network: containers that run, and with podman's habits also those that are stopped."""

from __future__ import annotations

import pytest

from pycman.containers.networks.connection import requested_endpoints
from pycman.errors import NotFound
from pycman.jsontext import format_json, parse_json
from pycman.network import catalogue
from pycman.network.create import create_network
from pycman.network.leases import EndpointRequest, lease
from pycman.network.networks import find_network, get_network
from pycman.network.remove import NetworkInUse, prune_networks, remove_network
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


def test_a_prune_keeps_what_containers_are_on_and_parses_no_container_for_each_network(session, monkeypatch):
    for name in ("re", "blue", "green"):
        create_network(session, NetworkSpec(name=name))
    insert_container(session, "b" * 64, name="two", networks=format_json(["green", "red"]))
    parsed: list[str] = []
    monkeypatch.setattr(catalogue, "parse_json", lambda text, **named: parsed.append(text) or parse_json(text, **named))
    assert prune_networks(session) == ["blue", "re"]
    assert sorted(text for text in parsed if text.startswith("[")) == ['["green","red"]', '["red"]']
    assert prune_networks(session, stopped_count=False) == ["green", "red"]


def test_a_start_on_a_removed_network_names_network_and_container(session):
    remove_network(session, "red", stopped_count=False)
    spec = ContainerSpec(network=NetworkMode(kind="bridge", attachments=(NetworkAttachment(name="red"),)))
    with pytest.raises(NotFound, match=r"no such network: red .*container web is on it"):
        requested_endpoints(session, {"id": WEB, "name": "web"}, spec)


def test_a_container_that_is_just_being_connected_is_named(session):
    """It has its endpoint, and the column of its networks is not yet written."""
    create_network(session, NetworkSpec(name="blue"))
    with session.db.transaction():
        lease(
            session, WEB, [EndpointRequest(get_network(session, "blue"), NetworkAttachment(name="blue"), ("web",), 0)]
        )
    with pytest.raises(NetworkInUse, match="web") as caught:
        remove_network(session, "blue")
    assert caught.value.containers == (WEB,)
