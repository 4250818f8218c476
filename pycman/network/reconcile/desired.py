"""What the kernel, the firewall and the name server should hold, by the database: a value to compare with what they do.

Every change of the network is made in the database first; `refresh` then brings the world in line with it. So a killed
command leaves nothing that the next one does not see.
"""

from __future__ import annotations

from pycman.jsontext import parse_json
from pycman.linux.processes import boot_id
from pycman.network.addresses import parse_cidr, version_of
from pycman.network.catalogue import network_of
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pycman.network.services import BackEnd, Service
    from pycman.spec.network import Network
    from pycman.state.session import Session


class NameEntry(Record):
    """A container in the name server: its addresses and the names it answers for. `servers` replace the upstream ones."""

    container_id: str
    addresses: tuple[str, ...]
    names: tuple[str, ...]
    servers: tuple[str, ...] = ()


class Bridge(Record):
    """A bridge that must be there. `gateways` are CIDR; `isolated`: other networks cannot reach it."""

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
    entries: tuple[NameEntry, ...] = ()


class Forward(Record):
    """A published port. `targets` are the container's addresses: one of each family it has.

    `balanced`: it is a service's; targets are its back ends, which take turns (`sticky`: by the caller's address).
    """

    protocol: str
    host_ip: str
    host_port: int
    container_port: int
    targets: tuple[str, ...]
    balanced: bool = False
    sticky: bool = False


class Virtual(Record):
    """A port of a service at its virtual address, and the back ends that take turns behind it."""

    address: str
    protocol: str
    port: int
    target_port: int
    targets: tuple[str, ...]
    sticky: bool = False


class Desired(Record):
    """All of it. Bridges are those with containers on them."""

    bridges: tuple[Bridge, ...] = ()
    forwards: tuple[Forward, ...] = ()
    virtuals: tuple[Virtual, ...] = ()


def read_desired(session: Session, mtu: int = 0) -> Desired:
    """Return what should be, from one snapshot of the database. `mtu` is that of networks that name none."""
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
    held: dict[tuple[str, str], list[str]] = {}
    for row in addresses:
        held.setdefault((row["container_id"], row["network_id"]), []).append(row["address"])
    on: dict[str, list[Any]] = {}
    for row in rows:
        on.setdefault(row["network_id"], []).append(row)
    bridges = [
        _bridge(
            networks[network_id],
            [*(_entry(row, held) for row in on[network_id]), *_service_entries(network_id, services, pods)],
            mtu,
        )
        for network_id in networks
        if network_id in on and networks[network_id].driver == "bridge"
    ]
    here = [service for service in services if service.network_id in on]
    return Desired(
        bridges=tuple(bridges),
        forwards=(*_forwards(bindings, rows, networks, held), *_service_forwards(here, pods)),
        virtuals=tuple(_virtuals(here, pods)),
    )


def _read_services(session: Session) -> tuple[list[Service], list[BackEnd]]:
    if session.db.value("SELECT 1 FROM services LIMIT 1") is None:
        return [], []
    from pycman.network.services import back_ends, list_services  # most stores have none

    return list_services(session), back_ends(session, boot_id())


def _targets(service: Service, pods: list[BackEnd]) -> tuple[str, ...]:
    """Return a service's back ends: one address each, of the family of its virtual address."""
    from pycman.network.services import selected

    return tuple(
        next(address for address in pod.addresses[service.network_id] if version_of(address) == 4)
        for pod in selected(service, pods)
        if any(version_of(address) == 4 for address in pod.addresses[service.network_id])
    )


def _virtuals(services: list[Service], pods: list[BackEnd]) -> list[Virtual]:
    return [
        Virtual(
            address=service.address,
            protocol=port.protocol,
            port=port.port,
            target_port=port.target_port,
            targets=_targets(service, pods),
            sticky=service.spec.sticky,
        )
        for service in services
        if service.address
        for port in service.spec.ports
    ]


def _service_forwards(services: list[Service], pods: list[BackEnd]) -> list[Forward]:
    return [
        Forward(
            protocol=port.protocol,
            host_ip=port.host_ip,
            host_port=port.host_port,
            container_port=port.target_port,
            targets=_targets(service, pods),
            balanced=True,
            sticky=service.spec.sticky,
        )
        for service in services
        for port in service.spec.ports
        if port.host_port
    ]


def _service_entries(network_id: str, services: list[Service], pods: list[BackEnd]) -> list[NameEntry]:
    """Return services' names: with the virtual address, or headless with the pods' own, each of which has a name too."""
    found = []
    for service in services:
        if service.network_id != network_id:
            continue
        if service.address:
            found.append(NameEntry(container_id=service.id, addresses=(service.address,), names=service.spec.names))
            continue
        from pycman.network.services import selected
        from pycman.spec.service import names_in

        behind = selected(service, pods)
        every = tuple(address for pod in behind for address in pod.addresses[network_id])
        found.append(NameEntry(container_id=service.id, addresses=every, names=service.spec.names))
        for pod in behind:
            if pod.hostname:
                names = names_in(f"{pod.hostname}.{service.spec.name}", service.spec.namespace, service.spec.domain)
                found.append(NameEntry(container_id=pod.pod_id, addresses=pod.addresses[network_id], names=names))
    return found


def _entry(row: Any, held: dict[tuple[str, str], list[str]]) -> NameEntry:
    servers = parse_json(row["spec"]).get("dns") or ()
    return NameEntry(
        container_id=row["container_id"],
        addresses=tuple(held.get((row["container_id"], row["network_id"]), ())),
        names=tuple(parse_json(row["names"])),
        servers=tuple(each for each in servers if each != "none"),
    )


def _bridge(network: Network, entries: list[NameEntry], mtu: int) -> Bridge:
    return Bridge(
        name=network.name,
        interface=network.interface,
        subnets=tuple(each.subnet for each in network.subnets),
        gateways=tuple(f"{each.gateway}/{parse_cidr(each.subnet).prefix}" for each in network.subnets if each.gateway),
        mtu=int(network.options.get("mtu", str(mtu))),
        vlan="vlan" in network.options,
        internal=network.internal,
        isolated=network.options.get("isolate", "true").lower() not in ("false", "0"),
        dns=network.dns_enabled,
        dns_servers=network.dns_servers,
        entries=tuple(entries),
    )


def _forwards(
    bindings: list[Any], rows: list[Any], networks: dict[str, Network], held: dict[tuple[str, str], list[str]]
) -> list[Forward]:
    """Return the ports with the addresses they lead to: those of the container's first bridge that is not internal."""
    targets: dict[str, dict[int, str]] = {}
    for row in rows:
        network = networks[row["network_id"]]
        if network.driver == "bridge" and not network.internal:
            for address in held.get((row["container_id"], row["network_id"]), ()):
                targets.setdefault(row["container_id"], {}).setdefault(version_of(address), address)
    return [
        Forward(
            protocol=row["protocol"],
            host_ip=row["host_ip"],
            host_port=row["host_port"],
            container_port=row["container_port"],
            targets=tuple(targets[row["container_id"]].values()),
        )
        for row in bindings
        if row["container_id"] in targets
    ]
