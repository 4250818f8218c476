"""A service: a name and a virtual address that lead to whichever pods are ready (Kubernetes v1 Service)."""

from __future__ import annotations

from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


class ServicePort(Record):
    """One port of it. `host_port` is where it is reached at the host too; 0 is nowhere. `protocol` tcp, udp or sctp."""

    port: int
    target_port: int
    protocol: str = "tcp"
    name: str = ""
    host_port: int = 0
    host_ip: str = ""


class ServiceSpec(Record):
    """What a service shall be. `address` "" is chosen, "None" makes it headless: its name has the pods' own addresses.

    Pods are its back ends if their labels hold all of `selector` and they are ready (or not, with `publish_not_ready`).
    `sticky`: a caller comes to the same pod again. `domain` follows its name and namespace in the long form of its name.
    """

    name: str
    network: str
    namespace: str = "default"
    address: str = ""
    ports: tuple[ServicePort, ...] = ()
    selector: Mapping[str, str] = {}
    sticky: bool = False
    publish_not_ready: bool = False
    domain: str = "svc.cluster.local"

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names it answers to, the shortest first."""
        return names_in(self.name, self.namespace, self.domain)


def names_in(name: str, namespace: str, domain: str) -> tuple[str, ...]:
    """Return the forms of a name in a namespace: web, web.default, web.default.svc, web.default.svc.cluster.local."""
    return name, f"{name}.{namespace}", f"{name}.{namespace}.{domain.partition('.')[0]}", f"{name}.{namespace}.{domain}"
