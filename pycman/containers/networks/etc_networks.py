"""What a container's /etc files say of its networks: its addresses, the host's, the name servers."""

from __future__ import annotations

from pycman.containers.bundle.etc_files import NetworkNames
from pycman.containers.networks.connection import endpoints_with_networks
from pycman.state.settings import containers_conf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.spec.container import ContainerSpec
    from pycman.spec.network import Network
    from pycman.state.session import Session

_DOMAIN = "dns.podman"
"""The domain that aardvark-dns answers for."""
_SLIRP_SERVER = "10.0.2.3"


def network_names(session: Session, container_id: str, spec: ContainerSpec, hostname: str) -> NetworkNames:
    """Return what is known of a container's networks once its addresses are leased."""
    kind = spec.network.kind
    if kind == "slirp4netns":
        return NetworkNames(host=_outer_address(), servers=() if spec.dns else (_SLIRP_SERVER,))
    if kind in ("host", "pasta"):
        return NetworkNames(host="127.0.0.1" if kind == "host" else _outer_address())
    if kind != "bridge":
        return NetworkNames()
    pairs = endpoints_with_networks(session, container_id)
    name = spec.name if spec.name not in (hostname, "") else ""
    return NetworkNames(
        addresses=tuple(each.partition("/")[0] for endpoint, _ in pairs for each in endpoint.addresses),
        names=(name,) if name else (),
        host=containers_conf(session).host_containers_internal_ip or _host(session, [network for _, network in pairs]),
        servers=_servers(session, spec, [network for _, network in pairs]),
        domain=_DOMAIN,
    )


def _host(session: Session, networks: list[Network]) -> str:
    """Return the host's address: the first bridge's gateway; rootless that is not the host, so the one it is known by."""
    if session.rootless:
        return _outer_address()
    gateways = (subnet.gateway for network in networks if network.driver == "bridge" for subnet in network.subnets)
    return next((gateway for gateway in gateways if gateway and ":" not in gateway), "")


def _outer_address() -> str:
    """Return the address this host calls the world from; "" if it has no route there. Nothing is sent."""
    import _socket

    socket = _socket.socket(_socket.AF_INET, _socket.SOCK_DGRAM)
    try:
        socket.connect(("198.51.100.1", 9))  # of a net for documentation (RFC 5737)
        return str(socket.getsockname()[0])
    except OSError:
        return ""
    finally:
        socket.close()


def _servers(session: Session, spec: ContainerSpec, networks: list[Network]) -> tuple[str, ...]:
    """Return the gateways that answer names. With --dns on the default network alone, only those asked for answer."""
    from pycman.network.catalogue import default_name

    if spec.dns and all(network.name == default_name(session) for network in networks):
        return ()
    return tuple(
        subnet.gateway for network in networks if network.dns_enabled for subnet in network.subnets if subnet.gateway
    )
