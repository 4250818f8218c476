"""Networks as values: asked for by a caller (NetworkSpec), stored (Network), connected to a container (Endpoint)."""

from __future__ import annotations

from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

CLUSTER_DOMAIN = "cluster.local"
"""The domain of everything that has a name in Kubernetes: nobody outside knows a name in it."""


class Subnet(Record):
    """Addresses of a network. `subnet` is CIDR; `gateway` is the host's own address in it, "" if there is none.

    `range_start` to `range_end`, both included, are the addresses pycman assigns; "" is the subnet's first or last one. `reserved`
    are others' addresses by name, which no container gets.
    """

    subnet: str
    gateway: str = ""
    range_start: str = ""
    range_end: str = ""
    reserved: Mapping[str, str] = {}


class Route(Record):
    """A route that every container of the network gets. `metric` 0 is the kernel's default."""

    destination: str
    gateway: str
    metric: int = 0


class NetworkSpec(Record):
    """What `network create` asks for. Driver: bridge, macvlan, ipvlan or none. pycman chooses fields that are empty.

    `interface` is the bridge's name, or the parent of macvlan and ipvlan. `options` are the driver's (mtu, vlan, isolate,
    metric, mode, no_default_route) under podman's names. `domain` is the one of which the network's name server knows all
    names, so that others in it are unknown at once and asked of no other server; "" is podman's, dns.podman.
    """

    name: str = ""
    driver: str = "bridge"
    interface: str = ""
    subnets: tuple[Subnet, ...] = ()
    ipv6: bool = False
    internal: bool = False
    dns_enabled: bool = True
    dns_servers: tuple[str, ...] = ()
    domain: str = ""
    routes: tuple[Route, ...] = ()
    options: Mapping[str, str] = {}
    labels: Mapping[str, str] = {}
    ipam_driver: str = ""


class Network(NetworkSpec):
    """A network as it is stored: every field has its value. `created_at_ns` counts from 1970."""

    id: str
    created_at_ns: int


class Endpoint(Record):
    """The connection of a running container to one network.

    `position` counts the container's networks from 0. `interface` is the name inside the container, `host_interface`
    that of the host's end ("" for macvlan and ipvlan); `addresses` are CIDR with the subnet's prefix; DNS resolves
    `names` to them.
    """

    container_id: str
    network_id: str
    position: int
    interface: str
    host_interface: str = ""
    mac_address: str = ""
    addresses: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
