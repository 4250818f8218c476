"""The state that bridges, firewall and DNS should have according to the database: a value.

Every change of the network is made in the database first; `refresh` then reconciles the rest with it. So whatever a
killed command leaves behind, the next one sees the difference.
"""

from __future__ import annotations

from pycman.jsontext import parse_json
from pycman.linux.processes import boot_id
from pycman.network.addresses import parse_cidr, version_of
from pycman.network.catalogue import network_of
from pycman.record import Record
from pycman.spec.network import CLUSTER_DOMAIN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pycman.network.services import BackEnd, Service
    from pycman.spec.network import Network
    from pycman.spec.service import ServicePort
    from pycman.state.session import Session


class NameEntry(Record):
    """A container in DNS: its addresses and names. `servers` are its upstream servers in place of the network's."""

    container_id: str
    addresses: tuple[str, ...]
    names: tuple[str, ...]
    servers: tuple[str, ...] = ()


class Bridge(Record):
    """A bridge that must exist. `gateways` are CIDR; an `isolated` one cannot be reached from other networks."""

    name: str
    interface: str
    subnets: tuple[str, ...]
    gateways: tuple[str, ...]
    mtu: int = 0
    vlan: bool = False
    internal: bool = False
    isolated: bool = True
    dns: bool = True
    dns_servers: tuple[str, ...] = ()
    domain: str = ""
    entries: tuple[NameEntry, ...] = ()


class Forward(Record):
    """A published port of a container. `targets` are its addresses: one of each family it has.

    `host_ip` is what `pycman.spec.port.listen_addresses` reads. A `balanced` one is a service's, and its targets are back ends:
    connections go to them in turn, or with `sticky` by the client's address. `target_ports` has the port of each target where
    they differ from each other.
    """

    protocol: str
    host_ip: str
    host_port: int
    container_port: int
    targets: tuple[str, ...]
    container_id: str = ""
    balanced: bool = False
    sticky: bool = False
    target_ports: tuple[int, ...] = ()


class Virtual(Record):
    """A port of a service at its virtual address, and its back ends; `target_ports` as in Forward."""

    address: str
    protocol: str
    port: int
    target_port: int
    targets: tuple[str, ...]
    sticky: bool = False
    target_ports: tuple[int, ...] = ()


class Desired(Record):
    """The whole state. Only networks with containers have their bridge in it."""

    bridges: tuple[Bridge, ...] = ()
    forwards: tuple[Forward, ...] = ()
    virtuals: tuple[Virtual, ...] = ()


def read_desired(session: Session, mtu: int = 0) -> Desired:
    """Return the desired state, from one snapshot of the database. `mtu` is that of networks that name none."""
    with session.db.transaction():
        rows = session.db.rows(
            "SELECT e.*, c.spec FROM endpoints e JOIN containers c ON c.id = e.container_id"
            " WHERE e.boot_id = ? ORDER BY e.container_id, e.position", (boot_id(),)
        )  # fmt: skip
        if not rows:
            return Desired()
        addresses = session.db.rows("SELECT container_id, network_id, address FROM addresses ORDER BY rowid")
        networks = {row["id"]: network_of(row) for row in session.db.rows("SELECT * FROM networks ORDER BY name")}
        bindings = session.db.rows("SELECT * FROM port_bindings ORDER BY protocol, host_port, host_ip")
        services, pods = _read_services(session)
        clusters = _cluster_networks(session)
    leased: dict[tuple[str, str], list[str]] = {}
    for row in addresses:
        leased.setdefault((row["container_id"], row["network_id"]), []).append(row["address"])
    rows_by_network: dict[str, list[Any]] = {}
    for row in rows:
        rows_by_network.setdefault(row["network_id"], []).append(row)
    bridges = [
        _bridge(
            networks[network_id],
            [
                *(_entry(row, leased) for row in rows_by_network[network_id]),
                *_service_entries(network_id, services, pods),
            ],
            mtu,
            CLUSTER_DOMAIN if network_id in clusters else "",
        )
        for network_id in networks
        if network_id in rows_by_network and networks[network_id].driver == "bridge"
    ]
    local_services = [service for service in services if service.network_id in rows_by_network]
    return Desired(
        bridges=tuple(bridges),
        forwards=(*_forwards(bindings, rows, networks, leased), *_service_forwards(local_services, pods)),
        virtuals=tuple(_virtuals(local_services, pods)),
    )


def _read_services(session: Session) -> tuple[list[Service], list[BackEnd]]:
    if session.db.value("SELECT 1 FROM services LIMIT 1") is None:
        return [], []
    from pycman.network.services import back_ends, list_services  # only imported in stores with services

    return list_services(session), back_ends(session, boot_id())


class _Targets(Record):
    """Addresses of back ends, the port that they all have, and the port of each if they have different ones."""

    addresses: tuple[str, ...]
    port: int
    ports: tuple[int, ...] = ()


def _targets(service: Service, port: ServicePort, pods: list[BackEnd]) -> _Targets:
    from pycman.network.services import targets_of  # only imported in stores with services

    targets = targets_of(service, port, pods)
    numbers = tuple(number for _, number in targets)
    return _Targets(
        addresses=tuple(address for address, _ in targets),
        port=numbers[0] if numbers else port.target_port,
        ports=numbers if len(set(numbers)) > 1 else (),
    )


def _virtuals(services: list[Service], pods: list[BackEnd]) -> list[Virtual]:
    found = []
    for service, port in ((one, port) for one in services if one.address for port in one.spec.ports):
        to = _targets(service, port, pods)
        found.append(
            Virtual(
                address=service.address,
                protocol=port.protocol,
                port=port.port,
                target_port=to.port,
                targets=to.addresses,
                sticky=service.spec.sticky,
                target_ports=to.ports,
            )
        )
    return found


def _service_forwards(services: list[Service], pods: list[BackEnd]) -> list[Forward]:
    found = []
    for service, port in ((one, port) for one in services for port in one.spec.ports if port.host_port):
        to = _targets(service, port, pods)
        found.append(
            Forward(
                protocol=port.protocol,
                host_ip=port.host_ip,
                host_port=port.host_port,
                container_port=to.port,
                targets=to.addresses,
                balanced=True,
                sticky=service.spec.sticky,
                target_ports=to.ports,
            )
        )
    return found


def _service_entries(network_id: str, services: list[Service], pods: list[BackEnd]) -> list[NameEntry]:
    """Return the DNS entries of services: with the virtual address, or for a headless service those of its pods, and
    one more for each pod with a host name.
    """
    entries = []
    for service in services:
        if service.network_id != network_id:
            continue
        if service.address:
            entries.append(NameEntry(container_id=service.id, addresses=(service.address,), names=service.spec.names))
            continue
        from pycman.network.services import select_back_ends  # only imported in stores with headless services
        from pycman.spec.service import names_in  # as above

        selected = select_back_ends(service, pods)
        addresses = tuple(address for pod in selected for address in pod.addresses[network_id])
        entries.append(NameEntry(container_id=service.id, addresses=addresses, names=service.spec.names))
        for pod in selected:
            if pod.hostname:
                names = names_in(f"{pod.hostname}.{service.spec.name}", service.spec.namespace, service.spec.domain)
                entries.append(NameEntry(container_id=pod.pod_id, addresses=pod.addresses[network_id], names=names))
    return entries


def _entry(row: Any, leased: dict[tuple[str, str], list[str]]) -> NameEntry:
    servers = parse_json(row["spec"]).get("dns") or ()
    return NameEntry(
        container_id=row["container_id"],
        addresses=tuple(leased.get((row["container_id"], row["network_id"]), ())),
        names=tuple(parse_json(row["names"])),
        servers=tuple(server for server in servers if server != "none"),
    )


def _cluster_networks(session: Session) -> set[str]:
    """Return the ids of networks on which there are pods of `kube play` only: whoever made these, all names of the cluster are known
    there. Other containers ask for names in dns.podman, which their name server has to know.
    """
    rows = session.db.rows(
        "SELECT e.network_id FROM endpoints e JOIN containers c ON c.id = e.container_id"
        " LEFT JOIN kube_pods k ON k.pod_id = c.pod_id WHERE e.boot_id = ?"
        " GROUP BY e.network_id HAVING count(*) = count(k.pod_id)",
        (boot_id(),),
    )
    return {row["network_id"] for row in rows}


def _bridge(network: Network, entries: list[NameEntry], mtu: int, domain: str) -> Bridge:
    return Bridge(
        name=network.name,
        interface=network.interface,
        subnets=tuple(subnet.subnet for subnet in network.subnets),
        gateways=tuple(
            f"{subnet.gateway}/{parse_cidr(subnet.subnet).prefix}" for subnet in network.subnets if subnet.gateway
        ),
        mtu=int(network.options.get("mtu", str(mtu))),
        vlan="vlan" in network.options,
        internal=network.internal,
        isolated=network.options.get("isolate", "true").lower() not in ("false", "0"),
        dns=network.dns_enabled,
        dns_servers=network.dns_servers,
        domain=network.domain or domain,
        entries=tuple(entries),
    )


def _forwards(
    bindings: list[Any], rows: list[Any], networks: dict[str, Network], leased: dict[tuple[str, str], list[str]]
) -> list[Forward]:
    """Return the ports with the addresses they lead to: those of the container's first bridge that is not internal."""
    targets: dict[str, dict[int, str]] = {}
    for row in rows:
        network = networks[row["network_id"]]
        if network.driver == "bridge" and not network.internal:
            for address in leased.get((row["container_id"], row["network_id"]), ()):
                targets.setdefault(row["container_id"], {}).setdefault(version_of(address), address)
    return [
        Forward(
            protocol=row["protocol"],
            host_ip=row["host_ip"],
            host_port=row["host_port"],
            container_port=row["container_port"],
            targets=tuple(targets[row["container_id"]].values()),
            container_id=row["container_id"],
        )
        for row in bindings
        if row["container_id"] in targets
    ]
