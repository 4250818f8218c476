"""Services in the database: made, removed, listed, and which pods stand behind them now.

A virtual address is on no interface: the table of firewall.py leads it on to a back end. Back ends are never written
down; they are read each time from pods' labels, addresses and readiness, so that there is nothing to get stale.
"""

from __future__ import annotations

import _sqlite3 as sqlite3
import os
import time

from pycman.errors import AlreadyExists, InUse, InvalidInput, Unavailable
from pycman.jsontext import format_json, parse_json
from pycman.network.addresses import parse_address, parse_cidr
from pycman.network.networks import get_network
from pycman.record import Record
from pycman.spec.service import ServiceSpec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from pycman.state.session import Session

POOL = "10.78.0.0/16"
"""Where virtual addresses are chosen from. They are on no wire, so that no host route can clash with them but in vain."""


class Service(Record):
    """A service as it is: its id, its spec with everything chosen, the id of its network."""

    id: str
    network_id: str
    spec: ServiceSpec

    @property
    def address(self) -> str:
        """Return the virtual address, "" if it is headless."""
        return "" if self.spec.address == "None" else self.spec.address


def create_service(session: Session, spec: ServiceSpec) -> Service:
    """Make a service and return it; `refresh` then brings firewall and names in line.

    Raises AlreadyExists (name), InUse (address or host port), InvalidInput, NotFound (network).
    """
    network = get_network(session, spec.network)
    if network.driver != "bridge":
        raise InvalidInput(f"a network with driver {network.driver} has no services", subject=f"service {spec.name}")
    if spec.address not in ("", "None") and parse_address(spec.address, f"clusterIP {spec.address}")[0] != 4:
        raise InvalidInput("only IPv4 addresses are given to services", subject=f"clusterIP {spec.address}")
    service_id = os.urandom(32).hex()
    with session.db.transaction():
        for other in list_services(session):
            _check_against(spec, other)
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
            raise AlreadyExists("there is such a service", subject=f"service {spec.name}") from error
    return Service(id=service_id, network_id=network.id, spec=chosen)


def _check_against(spec: ServiceSpec, other: Service) -> None:
    if spec.address and spec.address == other.address:
        raise InUse(f"service {other.spec.name} has this address", subject=f"clusterIP {spec.address}")
    taken = {(port.protocol, port.host_port) for port in other.spec.ports if port.host_port}
    for port in spec.ports:
        if (port.protocol, port.host_port) in taken:
            raise InUse(
                f"service {other.spec.name} has this port", subject=f"nodePort {port.host_port}/{port.protocol}"
            )


def planned_address(session: Session, also_taken: Iterable[str] = ()) -> str:
    """Return an address that a service could have now; nothing keeps it from being taken until the service is made."""
    return _free_address(session, also_taken)


def _free_address(session: Session, also_taken: Iterable[str] = ()) -> str:
    taken = {str(row["address"]) for row in session.db.rows("SELECT address FROM services WHERE address != ''")}
    taken |= set(also_taken)
    block = parse_cidr(POOL)
    base = POOL.partition("/")[0].split(".")
    for number in range(1, (1 << (32 - block.prefix)) - 1):
        found = f"{base[0]}.{base[1]}.{number >> 8}.{number & 255}"
        if found not in taken:
            return found
    raise Unavailable("no address is left", subject=POOL)


def remove_service(session: Session, service_id: str) -> None:
    """Remove a service; one that is gone is fine. `refresh` then brings firewall and names in line."""
    session.db.change("DELETE FROM services WHERE id = ?", (service_id,))


def list_services(session: Session) -> list[Service]:
    """Return all services, oldest first."""
    return [_service_of(row) for row in session.db.rows("SELECT * FROM services ORDER BY created_at_ns")]


def _service_of(row: Any) -> Service:
    spec = ServiceSpec.from_dict(parse_json(row["spec"], subject=f"service {row['name']}"))
    return Service(id=row["id"], network_id=row["network_id"], spec=spec)


class BackEnd(Record):
    """A pod that a service may lead to: the ids of pod and infra container, labels, addresses by network, readiness.

    `names` are its host name and subdomain, for the names of its own that a headless service gives it.
    """

    pod_id: str
    container_id: str
    labels: dict[str, str]
    addresses: dict[str, tuple[str, ...]]
    ready: bool
    hostname: str = ""


def back_ends(session: Session, boot: str) -> list[BackEnd]:
    """Return the pods that have addresses now, oldest first."""
    rows = session.db.rows(
        "SELECT p.id AS pod_id, p.labels, e.container_id, e.network_id, a.address, json_extract(c.spec, '$.hostname') AS hostname"
        " FROM pods p JOIN containers c ON c.pod_id = p.id AND c.is_infra = 1"
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
    found: dict[str, BackEnd] = {}
    for row in rows:
        known = found.get(row["pod_id"])
        addresses = dict(known.addresses) if known else {}
        addresses[row["network_id"]] = (*addresses.get(row["network_id"], ()), row["address"])
        found[row["pod_id"]] = BackEnd(
            pod_id=row["pod_id"],
            container_id=row["container_id"],
            labels=parse_json(row["labels"]),
            addresses=addresses,
            ready=row["pod_id"] not in unready,
            hostname=row["hostname"] or "",
        )
    return list(found.values())


def selected(service: Service, pods: list[BackEnd]) -> list[BackEnd]:
    """Return the pods that stand behind a service now. A service without a selector has none."""
    spec = service.spec
    wanted = spec.selector.items()
    return [
        pod
        for pod in pods
        if wanted
        and service.network_id in pod.addresses
        and (pod.ready or spec.publish_not_ready)
        and all(pod.labels.get(key) == value for key, value in wanted)
    ]
