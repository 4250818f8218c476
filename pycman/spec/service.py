"""A service: a name and a virtual address in front of the pods that are ready (Kubernetes v1 Service)."""

from __future__ import annotations

from pycman.record import Record
from pycman.spec.network import CLUSTER_DOMAIN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


class ServicePort(Record):
    """One port of a service. `host_port` publishes it on the host too; 0 does not. `protocol` is tcp, udp or sctp.

    `target_name` is the name of a port of the pods, in place of `target_port`: each pod says itself which number that is.
    """

    port: int
    target_port: int = 0
    target_name: str = ""
    protocol: str = "tcp"
    name: str = ""
    host_port: int = 0
    host_ip: str = ""


class ServiceSpec(Record):
    """What a caller asks of a service. pycman chooses an `address` of ""; "None" makes the service headless: its name
    resolves to the addresses of the pods.

    Its back ends are the pods of its namespace on `network` whose labels have all of `selector` and which are ready (or not, with
    `publish_not_ready`). `sticky` sends a client to the same pod again (sessionAffinity ClientIP). `domain` is the
    cluster domain in the fully qualified name.
    """

    name: str
    network: str
    namespace: str = "default"
    address: str = ""
    ports: tuple[ServicePort, ...] = ()
    selector: Mapping[str, str] = {}
    sticky: bool = False
    publish_not_ready: bool = False
    domain: str = f"svc.{CLUSTER_DOMAIN}"

    @property
    def names(self) -> tuple[str, ...]:
        """Return the DNS names of the service, the shortest first."""
        return names_in(self.name, self.namespace, self.domain)


def names_in(name: str, namespace: str, domain: str) -> tuple[str, ...]:
    """Return the DNS names of an object: web, web.default, web.default.svc, web.default.svc.cluster.local."""
    return name, f"{name}.{namespace}", f"{name}.{namespace}.{domain.partition('.')[0]}", f"{name}.{namespace}.{domain}"
