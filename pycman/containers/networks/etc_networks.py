"""What a container's /etc files need to know of its networks: its addresses, the host's address, the DNS servers."""

from __future__ import annotations

from pycman.containers.networks.endpoints import endpoints_with_networks
from pycman.record import Record
from pycman.state.settings import containers_conf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.spec.container import ContainerSpec
    from pycman.spec.network import Network
    from pycman.state.session import Session

_DOMAIN = "dns.podman"
"""The domain that aardvark-dns answers for."""


def network_names(session: Session, container_id: str, spec: ContainerSpec) -> NetworkNames:
    """Return addresses, names and DNS servers of a container whose addresses are leased.

    With defaults of containers.conf, host_containers_internal_ip replaces the host's address ("none": it has none).
    """
    names = _names_by_mode(session, container_id, spec)
    host = containers_conf(session).host_containers_internal_ip if spec.conf_defaults else ""
    return names.replace(host="" if host == "none" else host) if host and spec.network.kind != "none" else names


def _names_by_mode(session: Session, container_id: str, spec: ContainerSpec) -> NetworkNames:
    kind = spec.network.kind
    names = (spec.name,) if spec.name else ()
    if kind == "slirp4netns":
        from pycman.network.rootless.slirp_options import (  # only imported for slirp4netns
            parse_slirp_options,
            slirp_addresses,
        )

        inside = slirp_addresses(parse_slirp_options(spec.network.value))
        return NetworkNames(
            addresses=(inside.guest,),
            names=names,
            host=_outer_address(),
            servers=() if spec.dns else inside.name_servers,
        )
    if kind == "host":
        return NetworkNames(host="127.0.0.1")
    if kind == "pasta":
        from pycman.network.rootless.pasta import pasta_addresses, pasta_program  # only imported for pasta

        found = pasta_addresses(pasta_program(session), spec.network.value)
        return NetworkNames(host=found.host, forwarder="" if spec.dns else found.name_server)
    if kind != "bridge":
        return NetworkNames()
    pairs = endpoints_with_networks(session, container_id)
    return NetworkNames(
        addresses=tuple(address.partition("/")[0] for endpoint, _ in pairs for address in endpoint.addresses),
        names=names,
        host=_host(session, [network for _, network in pairs]),
        servers=_servers(session, spec, [network for _, network in pairs]),
        domain=_DOMAIN,
    )


def _host(session: Session, networks: list[Network]) -> str:
    """Return the host's address: the first bridge's gateway; rootless, where that is not the host, its outer address."""
    if session.rootless:
        return _outer_address()
    gateways = (subnet.gateway for network in networks if network.driver == "bridge" for subnet in network.subnets)
    return next((gateway for gateway in gateways if gateway and ":" not in gateway), "")


def _outer_address() -> str:
    """Return the source address of this host's default route, "" if it has none. No packet is sent."""
    import _socket  # only imported for containers with a network

    socket = _socket.socket(_socket.AF_INET, _socket.SOCK_DGRAM)
    try:
        socket.connect(("198.51.100.1", 9))  # an address for documentation (RFC 5737): it only selects the route
        return str(socket.getsockname()[0])
    except OSError:
        return ""
    finally:
        socket.close()


def _servers(session: Session, spec: ContainerSpec, networks: list[Network]) -> tuple[str, ...]:
    """Return the gateways on which aardvark-dns listens; () for a container with --dns and only the default network."""
    from pycman.network.catalogue import default_name  # only imported for containers with a network

    if spec.dns and all(network.name == default_name(session) for network in networks):
        return ()
    return tuple(
        subnet.gateway for network in networks if network.dns_enabled for subnet in network.subnets if subnet.gateway
    )


class NetworkNames(Record):
    """What the files need to know of a container's networks.

    `addresses` are its own, `names` its names beside the host name, `host` the host's address seen from the container
    ("" if unknown), `servers` the networks' DNS servers, `domain` the domain they answer for. A `forwarder` asks the host's
    servers, also those that the container does not reach.
    """

    addresses: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    host: str = ""
    servers: tuple[str, ...] = ()
    domain: str = ""
    forwarder: str = ""
