"""Networks, ports and names of hosts in podman's specs, and the body of POST /libpod/networks/create. Pure."""

from __future__ import annotations

from api_server.translate.fields import Fields
from pycman.errors import InvalidInput, Unsupported
from pycman.spec.network import NetworkSpec, Route, Subnet
from pycman.spec.network_attachment import USER_MODES, NetworkAttachment, NetworkMode
from pycman.spec.port import PortMapping, listen_addresses
from pycman.spec.resources import is_count

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_PROTOCOLS = ("tcp", "udp", "sctp")
_DEFAULT = ("default", "bridge")
BASE_HOSTS = ("image", "none")
"""What /etc/hosts may begin with besides a file."""
_MAC_BYTES = 6
_INTERFACE_BYTES = 15


def network_values(fields: Fields) -> dict[str, Any]:
    """Return the fields of a ContainerSpec about networks. Raises InvalidInput, Unsupported."""
    return {
        "network": network_mode(fields),
        "ports": ports_of(fields),
        "publish_all": fields.switch("publish_image_ports"),
        "expose": _exposed(fields),
        "extra_hosts": hosts_of(fields),
        "dns": name_servers(fields),
        "dns_search": fields.texts("dns_search"),
        "dns_options": fields.texts("dns_option"),
        "no_hosts": fields.maybe("use_image_hosts"),
        "base_hosts": fields.absolute_path("base_hosts_file", besides=BASE_HOSTS),
        "no_hostname": fields.switch("use_image_hostname"),
        **_resolv_conf(fields),
    }


def _resolv_conf(fields: Fields) -> dict[str, Any]:
    if fields.switch("use_image_resolve_conf"):
        raise Unsupported("resolv.conf is always written", subject="use_image_resolve_conf", hint="leave it out")
    return {}


def hosts_of(fields: Fields) -> tuple[str, ...]:
    """Return hostadd, an entry for each name: several names of one address are separated by ; or spaces."""
    hosts = []
    for text in fields.texts("hostadd"):
        names, colon, address = text.partition(":")
        hosts += [f"{name}{colon}{address}" for name in names.replace(";", " ").split()] or [text]
    return tuple(hosts)


def name_servers(fields: Fields) -> tuple[str, ...]:
    """Return dns_server. Raises InvalidInput for what is no address."""
    for text in fields.texts("dns_server"):
        listen_addresses(text, f"dns_server {text[:60]}")
    return fields.texts("dns_server")


def network_mode(fields: Fields) -> NetworkMode:
    """Return how a container or pod is connected. Raises InvalidInput, Unsupported."""
    below = fields.below("netns")
    kind, value = below.text("nsmode"), below.text("value")
    below.finish()
    named = {name: Fields(entry, f"networks.{name[:40]}") for name, entry in fields.mapping("networks").items()}
    named |= {name: Fields({}) for name in fields.entries("cni_networks") if name and isinstance(name, str)}
    options = fields.mapping("network_options")
    attachments = tuple(attachment(name, entry) for name, entry in named.items())
    if kind in USER_MODES:
        return NetworkMode(kind=kind, value=_options_of(kind, value, options))
    if any(options.values()):
        raise Unsupported("only pasta and slirp4netns have options", subject="network_options", hint="leave them out")
    if kind in ("", "default", "bridge", "private", "pod") and attachments:
        return NetworkMode(kind="bridge", attachments=() if attachments == _plain() else attachments)
    if attachments:
        raise InvalidInput(f"a container of {kind} cannot be on networks", subject="networks", hint="leave them out")
    if kind in ("", "default", "pod"):
        return NetworkMode(kind="")
    if kind in ("none", "host", "private", "bridge"):
        return NetworkMode(kind="bridge" if kind == "bridge" else kind)
    if kind in ("container", "path") and value:
        return NetworkMode(kind=kind, value=value.removeprefix("/") if kind == "container" else value)
    raise InvalidInput(
        "not a mode of this namespace", subject=f"netns {kind[:40]}", hint="use bridge, none, host, container, path"
    )


def _plain() -> tuple[NetworkAttachment, ...]:
    return (NetworkAttachment(name="bridge"),)


def _options_of(kind: str, value: str, options: dict[str, Any]) -> str:
    """Return the options of pasta or slirp4netns as one text. Raises InvalidInput, Unsupported."""
    if options.keys() - {kind}:
        raise Unsupported("these options are of another mode", subject="network_options", hint=f"use {kind}")
    words = options.get(kind) or []
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise InvalidInput("it is not a list of texts", subject=f"network_options.{kind}")
    return value or ",".join(words)


def attachment(name: str, fields: Fields) -> NetworkAttachment:
    """Return a PerNetworkOptions as an attachment. Raises InvalidInput, Unsupported."""
    addresses = fields.texts("static_ips")
    for address in addresses:
        listen_addresses(address, f"{fields.path('static_ips')} {address[:60]}")
    versions = [":" in address for address in addresses]
    if len(set(versions)) != len(versions):
        raise Unsupported("a container has one address of a family on a network", subject=fields.path("static_ips"))
    result = NetworkAttachment(
        name="bridge" if name == "default" else name,
        aliases=fields.texts("aliases"),
        ipv4=next((address for address in addresses if ":" not in address), ""),
        ipv6=next((address for address in addresses if ":" in address), ""),
        mac_address=_mac(fields.text("static_mac"), fields),
        interface_name=_interface(fields.text("interface_name"), fields),
    )
    if fields.mapping("options"):
        raise Unsupported(
            "networks have no options of containers", subject=fields.path("options"), hint="leave them out"
        )
    fields.finish()
    return result


def _mac(text: str, fields: Fields) -> str:
    """Return a MAC address with colons; podman sends one of an empty address as "". Raises InvalidInput."""
    parts = text.replace("-", ":").lower().split(":") if text else []
    if parts and (
        len(parts) != _MAC_BYTES or not all(len(part) == 2 and set(part) <= set("0123456789abcdef") for part in parts)
    ):
        raise InvalidInput("not a MAC address", subject=f"{fields.path('static_mac')} {text[:40]}")
    return ":".join(parts)


def _interface(name: str, fields: Fields) -> str:
    if (
        len(name.encode("utf-8", "surrogatepass")) > _INTERFACE_BYTES
        or name in (".", "..", "lo")
        or set("/: \t\n") & set(name)
    ):
        raise InvalidInput("not a name for an interface", subject=f"{fields.path('interface_name')} {name[:40]}")
    return name


def ports_of(fields: Fields) -> tuple[PortMapping, ...]:
    """Return portmappings, one for each port of a range and each protocol. Raises InvalidInput."""
    return tuple(
        port
        for n, entry in enumerate(fields.entries("portmappings"))
        for port in _ports(Fields(entry, f"portmappings[{n}]"))
    )


def _ports(fields: Fields) -> list[PortMapping]:
    container, host, size = fields.number("container_port"), fields.number("host_port"), fields.number("range") or 1
    host_ip = fields.text("host_ip")
    protocols = fields.text("protocol").lower().split(",") if fields.text("protocol") else ["tcp"]
    fields.finish()
    if not (0 < container < 1 << 16 and 0 <= host < 1 << 16 and size > 0 and max(container, host) + size <= 1 << 16):
        raise InvalidInput("ports are from 1 to 65535", subject=fields.path("container_port"))
    if not set(protocols) <= set(_PROTOCOLS):
        raise InvalidInput("the protocol is tcp, udp or sctp", subject=fields.path("protocol"))
    if host_ip:
        listen_addresses(host_ip, fields.path("host_ip"))
    return [
        PortMapping(
            container_port=container + number,
            host_port=host + number if host else 0,
            host_ip=host_ip,
            protocol=protocol,
        )
        for protocol in protocols
        for number in range(size)
    ]


def _exposed(fields: Fields) -> tuple[str, ...]:
    """Return expose, protocols (with commas) by port. Raises InvalidInput."""
    ports = []
    for port, protocols in fields.pairs("expose").items():
        words = (protocols or "tcp").lower().split(",")
        if not (is_count(port) and 0 < int(port) < 1 << 16 and set(words) <= set(_PROTOCOLS)):
            raise InvalidInput("not a port", subject=f"expose {port[:20]}", hint='write {"80": "tcp"}')
        ports += [f"{port}/{protocol}" for protocol in words]
    return tuple(ports)


def network_spec(body: dict[str, Any]) -> NetworkSpec:
    """Return what POST /libpod/networks/create asks for: a Network of podman. Raises InvalidInput, Unsupported."""
    fields = Fields(body)
    ipam = fields.pairs("ipam_options")
    spec = NetworkSpec(
        name=fields.text("name"),
        driver=fields.text("driver") or "bridge",
        interface=fields.text("network_interface"),
        subnets=tuple(_subnet(Fields(entry, "subnets")) for entry in fields.entries("subnets")),
        ipv6=fields.switch("ipv6_enabled"),
        internal=fields.switch("internal"),
        dns_enabled=fields.switch("dns_enabled"),
        dns_servers=fields.texts("network_dns_servers"),
        routes=tuple(_route(Fields(entry, "routes")) for entry in fields.entries("routes")),
        options=fields.pairs("options"),
        labels=fields.pairs("labels"),
        ipam_driver=ipam.pop("driver", ""),
    )
    if ipam:
        raise Unsupported("address management has no options", subject=f"ipam_options.{next(iter(ipam))[:40]}")
    return spec


def _subnet(fields: Fields) -> Subnet:
    lease = fields.below("lease_range")
    subnet = Subnet(
        subnet=fields.text("subnet"),
        gateway=fields.text("gateway"),
        range_start=lease.text("start_ip"),
        range_end=lease.text("end_ip"),
    )
    lease.finish()
    fields.finish()
    return subnet


def _route(fields: Fields) -> Route:
    route = Route(
        destination=fields.text("destination"), gateway=fields.text("gateway"), metric=fields.number("metric")
    )
    fields.finish()
    return route
