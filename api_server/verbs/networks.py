"""/networks."""

from __future__ import annotations

from api_server.translate.fields import Fields
from api_server.translate.networking import attachment, network_spec
from api_server.translate.summaries import network_object, shown_network
from api_server.translate.versions import network_of
from api_server.verbs.call import NO_CONTENT, Answer, json_answer
from pycman.containers.catalogue import get_row, spec_of
from pycman.errors import Denied, InUse, InvalidInput, NotFound
from pycman.state.times import format_rfc3339

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from api_server.verbs.call import Call
    from pycman.spec.network import Network


def list_networks(call: Call) -> Answer:
    """List networks."""
    return json_answer(
        [network_of(_summary(network, call.default_network), call.request.version) for network in _found(call)]
    )


def _found(call: Call) -> list[Network]:
    """Return the networks that pass the filters; the default one has docker's name for those, too."""
    filters = [
        (key, call.default_network if key == "name" and value == "bridge" else value)
        for key, value in call.request.filters()
    ]
    return call.engine.networks.list(filters)


def _summary(network: Network, default_network: str) -> dict[str, Any]:
    """Return a network without its containers, as docker's listing has it."""
    return {
        "Name": shown_network(network.name, default_network),
        "Id": network.id,
        "Created": format_rfc3339(network.created_at_ns),
        "Scope": "local",
        "Driver": network.driver,
        "EnableIPv4": True,
        "EnableIPv6": network.ipv6,
        "IPAM": {
            "Driver": network.ipam_driver or "default",
            "Options": None,
            "Config": [{"Subnet": subnet.subnet, "Gateway": subnet.gateway} for subnet in network.subnets],
        },
        "Internal": network.internal,
        "Attachable": False,
        "Ingress": False,
        "ConfigFrom": {"Network": ""},
        "ConfigOnly": False,
        "Containers": {},
        "Options": dict(network.options),
        "Labels": dict(network.labels),
    }


def create(call: Call) -> Answer:
    """Create a network."""
    network = call.engine.networks.create(network_spec(call.request.json))
    return json_answer({"Id": network.id, "Warning": "\n".join(call.session.warnings)}, 201)


def inspect(call: Call) -> Answer:
    """Describe a network."""
    return json_answer(network_object(call.engine.networks.inspect(call.name), call.default_network))


def remove(call: Call) -> Answer:
    """Remove a network."""
    try:
        call.engine.networks.remove(call.name, stopped_count=False)
    except InUse as error:
        raise Denied(
            f"it has active endpoints: {error.problem}", subject=error.subject
        ) from error  # docker's status, 403
    return NO_CONTENT


def connect(call: Call) -> Answer:
    """Connect a container."""
    fields = Fields(call.request.json)
    container = fields.text("Container")
    if not container:
        raise InvalidInput("no container was named", subject="Container")
    wanted, _ = attachment(call.engine.networks.get(call.name).name, fields.below("EndpointConfig"))
    fields.finish()
    call.engine.networks.connect(container, wanted)
    return Answer()


def disconnect(call: Call) -> Answer:
    """Disconnect a container."""
    fields = Fields(call.request.json)
    container, force = fields.text("Container"), fields.switch("Force")
    fields.finish()
    network = call.engine.networks.get(call.name).name
    if force and network not in [each.name for each in spec_of(get_row(call.session, container)).network.attachments]:
        raise NotFound(
            f"container {container} is not connected to the network {network}"
        )  # docker's force is no silence
    call.engine.networks.disconnect(container, call.name, force=force)
    return Answer()


def prune(call: Call) -> Answer:
    """Remove the networks that no container is on."""
    return json_answer({"NetworksDeleted": call.engine.networks.prune(call.request.filters()) or None})
