"""NetworkMode and EndpointsConfig as a network mode of the engine, and the body of POST /networks/create as a NetworkSpec. Pure."""

from __future__ import annotations

from api_server.translate.fields import Fields
from pycman.errors import InvalidInput, Unsupported
from pycman.spec.network import NetworkSpec, Subnet
from pycman.spec.network_attachment import NetworkAttachment, NetworkMode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_DEFAULT = ("", "default", "bridge")
_DOCKERS_OPTIONS = "com.docker.network."
"""Begins the options that docker's own drivers know; those of others are for drivers that are not here, and are kept as they are."""
_INTERFACE_OPTION = "com.docker.network.endpoint.ifname"
_ANSWERED = ("EndpointID", "NetworkID", "Gateway", "IPAddress", "IPPrefixLen", "IPv6Gateway", "GlobalIPv6Address",
             "GlobalIPv6PrefixLen", "DNSNames")  # fmt: skip
"""Fields that docker itself fills in: a client that sends back what it has read is no error."""


def network_mode(mode: str, endpoints: dict[str, Any], *, mac: str = "", disabled: bool = False) -> NetworkMode:
    """Return how a container is connected: the network of `mode` first, then the others. Raises InvalidInput, Unsupported."""
    kind, colon, value = mode.partition(":")
    if disabled:
        return NetworkMode(kind="none")
    if mode in ("none", "host"):
        if any(name not in (mode, *_DEFAULT) for name in endpoints):
            raise InvalidInput(
                f"conflicting options: a container of {mode} cannot be on networks", subject="EndpointsConfig"
            )
        return NetworkMode(kind=mode)
    if colon and kind in ("container", "ns", "pasta", "slirp4netns"):
        return NetworkMode(kind="path" if kind == "ns" else kind, value=value.removeprefix("/"))
    first = "bridge" if mode in _DEFAULT else mode
    attachments = {name: attachment("bridge" if name in _DEFAULT else name, Fields(values, f"EndpointsConfig.{name}"))
                   for name, values in endpoints.items()}  # fmt: skip
    named = {each.name: each for each, _ in attachments.values()}
    if first not in named and (mode not in _DEFAULT or not named):
        named = {first: NetworkAttachment(name=first), **named}
    order = {each.name: priority for each, priority in attachments.values()}
    ordered = sorted(named.values(), key=lambda each: (-order.get(each.name, 0), each.name != first))
    if mac and ordered and not ordered[0].mac_address:
        ordered[0] = ordered[0].replace(mac_address=mac)
    if ordered == [NetworkAttachment(name="bridge")]:
        return NetworkMode(kind="" if mode in ("", "default") else "bridge")
    return NetworkMode(kind="bridge", attachments=tuple(ordered))


def attachment(name: str, fields: Fields) -> tuple[NetworkAttachment, int]:
    """Return an EndpointSettings as an attachment, and its GwPriority. Raises InvalidInput, Unsupported."""
    addresses = fields.below("IPAMConfig")
    options = fields.pairs("DriverOpts")
    interface = options.pop(_INTERFACE_OPTION, "")
    for option in options:
        if option.startswith(_DOCKERS_OPTIONS):
            raise Unsupported("unknown driver option", subject=f"{fields.path('DriverOpts')}: {option}")
    fields.ignore(("Links",))
    result = NetworkAttachment(
        name=name,
        aliases=fields.texts("Aliases"),
        ipv4=addresses.text("IPv4Address"),
        ipv6=addresses.text("IPv6Address"),
        mac_address=fields.text("MacAddress"),
        interface_name=interface,
        driver_options=options,
    )
    priority = fields.number("GwPriority")
    fields.ignore(_ANSWERED)
    addresses.finish()
    fields.finish()
    return result, priority


def links_of(body: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the (container, alias) pairs of all links in the body of a create. Raises InvalidInput."""
    config = Fields(body)
    texts = [*config.below("HostConfig").texts("Links")]
    for name, values in config.below("NetworkingConfig").mapping("EndpointsConfig").items():
        texts += Fields(values, f"EndpointsConfig.{name}").texts("Links")
    links = []
    for text in dict.fromkeys(texts):
        container, _, alias = text.partition(":")
        if not container or ":" in alias:
            raise InvalidInput("invalid link", subject=text[:80] or '""', hint="write it as CONTAINER:ALIAS")
        links.append((container.removeprefix("/"), alias.rpartition("/")[2] or container.removeprefix("/")))
    return links


def network_spec(body: dict[str, Any]) -> NetworkSpec:
    """Return what POST /networks/create asks for. Raises InvalidInput, Unsupported."""
    fields = Fields(body)
    ipam = fields.below("IPAM")
    if fields.text("Scope") not in ("", "local"):
        raise Unsupported("networks are only of this host", subject="Scope", hint="use local")
    for name in ("ConfigOnly", "Ingress"):
        if fields.switch(name):
            raise Unsupported("only swarms have it", subject=name, hint="leave it out")
    if fields.raw("EnableIPv4") is False:
        raise Unsupported("networks have IPv4 addresses", subject="EnableIPv4", hint="leave it out")
    spec = NetworkSpec(
        name=fields.text("Name"),
        driver=fields.text("Driver") or "bridge",
        subnets=tuple(_subnet(Fields(entry, "IPAM.Config")) for entry in ipam.entries("Config") if entry),
        ipv6=fields.switch("EnableIPv6"),
        internal=fields.switch("Internal"),
        options=fields.pairs("Options"),
        labels=fields.pairs("Labels"),
        ipam_driver="" if ipam.text("Driver") in ("", "default") else ipam.text("Driver"),
    )
    if ipam.mapping("Options"):
        raise Unsupported("address management has no options", subject="IPAM.Options", hint="leave them out")
    fields.ignore(("CheckDuplicate", "Attachable", "ConfigFrom"))
    ipam.finish()
    fields.finish()
    if not spec.name:
        raise InvalidInput("a network needs a name", subject="Name")
    return spec


def _subnet(fields: Fields) -> Subnet:
    from pycman.network.addresses import format_address, parse_cidr  # only for networks with addresses of their own

    start = end = ""
    if fields.text("IPRange"):
        block = parse_cidr(fields.text("IPRange"))
        low, high = block.usable()
        start, end = format_address(block.version, low), format_address(block.version, high)
    subnet = Subnet(
        subnet=fields.text("Subnet"),
        gateway=fields.text("Gateway"),
        range_start=start,
        range_end=end,
        reserved=fields.pairs("AuxiliaryAddresses"),
    )
    fields.finish()
    return subnet
