"""Services in the database: create, remove, list, and find the pods that are their back ends now.

A virtual address is on no interface: the nftables table (reconcile/nftables.py) translates it to that of a back end.
Back ends are not stored; they are read each time from the labels, addresses and readiness of pods.
"""

from __future__ import annotations

import os
import time

from pycman.errors import AlreadyExists, InUse, InvalidInput, Unavailable
from pycman.jsontext import format_json, parse_json
from pycman.network.addresses import parse_address, parse_cidr, version_of
from pycman.network.networks import get_network
from pycman.record import Record
from pycman.spec.service import ServiceSpec
from pycman.state.sqlite import sqlite3

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from pycman.spec.service import ServicePort
    from pycman.state.session import Session

POOL = "10.78.0.0/16"
"""Block of virtual addresses. They are translated before routing, so that a host route to the block does not matter."""


class Service(Record):
    """A service as stored: its id, its spec with every field chosen, the id of its network."""

    id: str
    network_id: str
    spec: ServiceSpec

    @property
    def address(self) -> str:
        """Return the virtual address, "" if it is headless."""
        return "" if self.spec.address == "None" else self.spec.address


def create_service(session: Session, spec: ServiceSpec) -> Service:
    """Insert a service and return it; call `refresh_services` afterwards to update the firewall and DNS.

    Raises AlreadyExists (name), InUse (address or host port), InvalidInput, NotFound (network).
    """
    network = get_network(session, spec.network)
    if network.driver != "bridge":
        raise InvalidInput(f"a network with driver {network.driver} has no services", subject=f"service {spec.name}")
    if spec.address not in ("", "None") and parse_address(spec.address, f"clusterIP {spec.address}")[0] != 4:
        raise InvalidInput("a service can only have an IPv4 address", subject=f"clusterIP {spec.address}")
    service_id = os.urandom(32).hex()
    with session.db.transaction():
        for other in list_services(session):
            _check_conflict(spec, other)
        chosen = spec.replace(address=spec.address or _free_address(session), network=network.name)
        address = "" if chosen.address == "None" else chosen.address
        try:
            session.db.change(
                "INSERT INTO services (id, network_id, namespace, name, address, spec, created_at_ns)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (service_id, network.id, spec.namespace, spec.name, address, format_json(chosen.to_dict()),
                 time.time_ns()),
            )  # fmt: skip
        except sqlite3.IntegrityError as error:
            raise AlreadyExists("a service of that name exists", subject=f"service {spec.name}") from error
    return Service(id=service_id, network_id=network.id, spec=chosen)


def _check_conflict(spec: ServiceSpec, other: Service) -> None:
    if spec.address and spec.address == other.address:
        raise InUse(f"service {other.spec.name} has this address", subject=f"clusterIP {spec.address}")
    taken = {(port.protocol, port.host_port) for port in other.spec.ports if port.host_port}
    for port in spec.ports:
        if (port.protocol, port.host_port) in taken:
            raise InUse(
                f"service {other.spec.name} has this port", subject=f"nodePort {port.host_port}/{port.protocol}"
            )


def planned_address(session: Session, also_taken: Iterable[str] = ()) -> str:
    """Return an address that a service could have now; it is not reserved until the service is created."""
    return _free_address(session, also_taken)


def _free_address(session: Session, also_taken: Iterable[str] = ()) -> str:
    taken = {str(row["address"]) for row in session.db.rows("SELECT address FROM services WHERE address != ''")}
    taken |= set(also_taken)
    block = parse_cidr(POOL)
    base = POOL.partition("/")[0].split(".")
    for number in range(1, (1 << (32 - block.prefix)) - 1):
        address = f"{base[0]}.{base[1]}.{number >> 8}.{number & 255}"
        if address not in taken:
            return address
    raise Unavailable("no service address is left", subject=POOL, hint="remove services")


def remove_service(session: Session, service_id: str) -> None:
    """Remove a service, if it exists; call `refresh_services` afterwards to update the firewall and DNS."""
    session.db.change("DELETE FROM services WHERE id = ?", (service_id,))


def list_services(session: Session) -> list[Service]:
    """Return all services, oldest first."""
    return [_service_of(row) for row in session.db.rows("SELECT * FROM services ORDER BY created_at_ns")]


def _service_of(row: Any) -> Service:
    spec = ServiceSpec.from_dict(parse_json(row["spec"], subject=f"service {row['name']}"))
    return Service(id=row["id"], network_id=row["network_id"], spec=spec)


class BackEnd(Record):
    """A pod that may be a back end: ids of pod and infra container, namespace, labels, addresses by network id, readiness.

    `hostname` is the first part of the DNS name that a headless service gives the pod, `ports` has its ports by NAME/PROTOCOL.
    """

    pod_id: str
    container_id: str
    namespace: str
    labels: dict[str, str]
    addresses: dict[str, tuple[str, ...]]
    ready: bool
    hostname: str = ""
    ports: Mapping[str, int] = {}


def back_ends(session: Session, boot: str) -> list[BackEnd]:
    """Return the pods that are in a namespace (`kube play` made them) and have addresses in a boot, oldest first."""
    rows = session.db.rows(
        "SELECT p.id AS pod_id, p.labels, k.namespace, e.container_id, e.network_id, a.address,"
        " json_extract(c.spec, '$.hostname') AS hostname, json_extract(p.spec, '$.port_names') AS ports"
        " FROM pods p JOIN kube_pods k ON k.pod_id = p.id JOIN containers c ON c.pod_id = p.id AND c.is_infra = 1"
        " JOIN endpoints e ON e.container_id = c.id AND e.boot_id = ?"
        " JOIN addresses a ON a.container_id = e.container_id AND a.network_id = e.network_id"
        " ORDER BY p.created_at_ns, a.rowid",
        (boot,),
    )
    unready = {
        row["pod_id"]
        for row in session.db.rows(
            "SELECT pod_id, ready, init_kind, pid FROM containers WHERE pod_id != '' AND is_infra = 0"
        )
        if not row["ready"] and (row["init_kind"] in ("", "sidecar") or row["pid"])
    }
    pods: dict[str, BackEnd] = {}
    for row in rows:
        earlier = pods.get(row["pod_id"])
        addresses = dict(earlier.addresses) if earlier else {}
        addresses[row["network_id"]] = (*addresses.get(row["network_id"], ()), row["address"])
        pods[row["pod_id"]] = BackEnd(
            pod_id=row["pod_id"],
            container_id=row["container_id"],
            namespace=row["namespace"],
            labels=parse_json(row["labels"]),
            addresses=addresses,
            ready=row["pod_id"] not in unready,
            hostname=row["hostname"] or "",
            ports=parse_json(row["ports"] or "{}"),
        )
    return list(pods.values())


def select_back_ends(service: Service, pods: Sequence[BackEnd]) -> list[BackEnd]:
    """Return those of `pods` that are back ends of a service: of its own namespace. A service without a selector has none."""
    spec = service.spec
    selector = spec.selector.items()
    return [
        pod
        for pod in pods
        if selector
        and pod.namespace == spec.namespace
        and service.network_id in pod.addresses
        and (pod.ready or spec.publish_not_ready)
        and all(pod.labels.get(key) == value for key, value in selector)
    ]


def targets_of(service: Service, port: ServicePort, pods: Sequence[BackEnd]) -> list[tuple[str, int]]:
    """Return address and port number of each back end of a port: one IPv4 address each, as virtual addresses are IPv4.

    A back end that has no port of the name that the service leads to is none.
    """
    targets = []
    for pod in select_back_ends(service, pods):
        number = pod.ports.get(f"{port.target_name}/{port.protocol}", 0) if port.target_name else port.target_port
        address = next((each for each in pod.addresses[service.network_id] if version_of(each) == 4), "")
        if number and address:
            targets.append((address, number))
    return targets
