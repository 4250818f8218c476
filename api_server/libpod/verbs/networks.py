"""/libpod/networks. The default network has podman's name, as in the store."""

from __future__ import annotations

from api_server.libpod.query import filters_of, switch
from api_server.libpod.spec.network import attachment, network_spec
from api_server.translate.fields import Fields
from api_server.verbs.call import NO_CONTENT, Answer, json_answer
from pycman.errors import InvalidInput, NotFound
from pycman.network.podman_shape import network_object

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from api_server.verbs.call import Call


def list_networks(call: Call) -> Answer:
    """List networks."""
    return json_answer([network_object(each) for each in call.engine.networks.list(filters_of(call.request))])


def create(call: Call) -> Answer:
    """Create a network."""
    if call.request.version < (4, 0):
        raise InvalidInput("networks need podman 4 or newer", subject=f"version {call.request.version[0]}")
    body = call.request.json
    network = call.engine.networks.create(network_spec(body), ignore=switch(call.request, "ignoreIfExists"))
    return json_answer(network_object(network))


def inspect(call: Call) -> Answer:
    """Describe a network."""
    found = call.engine.networks.inspect(call.name)
    return json_answer({name: value for name, value in found.items() if not name[:1].isupper()})


def exists(call: Call) -> Answer:
    """Say whether there is a network."""
    if call.engine.networks.find(call.name) is None:
        raise NotFound("no such network", subject=call.name)
    return NO_CONTENT


def remove(call: Call) -> Answer:
    """Remove a network, with `force` after its containers."""
    name = call.engine.networks.remove(call.name, force=switch(call.request, "force"))
    return json_answer([{"Name": name, "Err": None}])


def connect(call: Call) -> Answer:
    """Connect a container."""
    body: dict[str, Any] = dict(call.request.json)
    container = Fields(body).text("container")
    if not container:
        raise InvalidInput("no container was named", subject="container")
    network = call.engine.networks.get(call.name)
    options = Fields({name: value for name, value in body.items() if name.lower() != "container"})
    call.engine.networks.connect(container, attachment(network.name, options))
    return json_answer("OK")


def disconnect(call: Call) -> Answer:
    """Disconnect a container."""
    fields = Fields(call.request.json)
    if not fields.text("Container"):
        raise InvalidInput("no container was named", subject="Container")
    call.engine.networks.disconnect(fields.text("Container"), call.name, force=fields.switch("Force"))
    return json_answer("OK")


def update(call: Call) -> Answer:
    """Add and remove name servers of a network."""
    fields = Fields(call.request.json)
    call.engine.networks.update(
        call.name, dns_add=fields.texts("adddnsservers"), dns_drop=fields.texts("removednsservers")
    )
    return NO_CONTENT


def prune(call: Call) -> Answer:
    """Remove the networks that no container is on."""
    return json_answer([{"Name": each, "Error": None} for each in call.engine.networks.prune(filters_of(call.request))])
