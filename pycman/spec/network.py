"""What a network is: asked for (NetworkSpec), kept (Network), and a container's part in it (Endpoint)."""

from __future__ import annotations

from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


class Subnet(Record):
    """Addresses of a network. `subnet` is CIDR; `gateway` is the host's own address in it, "" if there is none.

    `range_start` to `range_end`, both included, are those pycman gives out by itself; "" is the subnet's end.
    """

    subnet: str
    gateway: str = ""
    range_start: str = ""
    range_end: str = ""


class Route(Record):
    """A route that every container of the network gets. `metric` 0 is the kernel's default."""

    destination: str
    gateway: str
    metric: int = 0


class NetworkSpec(Record):
    """What `network create` asks for. Driver: bridge, macvlan, ipvlan or none. Empty fields are chosen.

    `interface` is the bridge's name, or the parent of macvlan and ipvlan. `options` are the driver's (mtu, vlan, isolate,
    metric, mode, no_default_route) under podman's names.
    """

    name: str = ""
    driver: str = "bridge"
    interface: str = ""
    subnets: tuple[Subnet, ...] = ()
    ipv6: bool = False
    internal: bool = False
    dns_enabled: bool = True
    dns_servers: tuple[str, ...] = ()
    routes: tuple[Route, ...] = ()
    options: Mapping[str, str] = {}
    labels: Mapping[str, str] = {}
    ipam_driver: str = ""


class Network(NetworkSpec):
    """A network as it is kept, with everything chosen. `created_at_ns` counts from 1970."""

    id: str
    created_at_ns: int


class Endpoint(Record):
    """A container on one network for as long as it runs.

    `interface` is the name inside, `host_interface` that of the host's end ("" for macvlan and ipvlan); `addresses` are
    CIDR with the subnet's prefix; `names` is what DNS answers with them.
    """

    container_id: str
    network_id: str
    position: int
    interface: str
    host_interface: str = ""
    mac_address: str = ""
    addresses: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
