"""The networks of a container that starts, and their release after its exit.

reserve        ports bound, addresses leased; a child starts to make bridges, rules and DNS names
connect        the runtime has made the namespace: the child moves interfaces into it
begin_release  rows deleted; a child removes what no container needs any more
"""

from __future__ import annotations

from pycman.errors import InUse, NotFound
from pycman.jsontext import format_json, parse_json
from pycman.plan import crash_point
from pycman.spec.network_attachment import USER_MODES, NetworkAttachment
from pycman.spec.port import PortMapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.linux.forked_child import ForkedChild
    from pycman.network.leases import EndpointRequest
    from pycman.network.ports import ReservedPorts
    from pycman.spec.container import ContainerSpec
    from pycman.spec.network import Network
    from pycman.spec.port import ListenAddress
    from pycman.state.session import Session


class Connection:
    """The networks of one container that is being started.

    `held` are its reserved ports while their sockets are open, `needed` says whether there is anything to do at all.
    """

    def __init__(self, session: Session, row: Mapping[str, Any], spec: ContainerSpec, *, early: bool = False) -> None:
        """With `early`, `connect` waits for nothing: who joins the namespace finds interfaces and names after `complete`."""
        self._early = early
        self._session = session
        self._row = row
        self._spec = spec
        self._child: ForkedChild | None = None
        self.held: ReservedPorts | None = None
        self.needed = spec.network.kind == "bridge" or spec.network.kind in USER_MODES

    def reserve(self) -> None:
        """Bind ports, lease addresses, and start a child that makes bridges, rules and DNS names.

        Raises InUse, InvalidInput.
        """
        from pycman.network.leases import lease  # only imported for containers with a network
        from pycman.network.ports import bind_ports  # only imported for containers with a network
        from pycman.network.reconcile.in_child import begin_connect  # only imported for containers with a network
        from pycman.network.subnets_lock import subnets_lock  # only imported for containers with a network

        self._reserve_ports()
        assert self.held is not None
        if self._spec.network.kind != "bridge":
            return
        requests = requested_endpoints(self._session, self._row, self._spec)
        with subnets_lock(self._session, [request.network for request in requests]) as lock:
            with self._session.db.transaction(durable=False):
                bind_ports(self._session, self._row["id"], self.held.mappings)
                endpoints = lease(self._session, self._row["id"], requests)
            pairs = [(endpoint, request.network) for endpoint, request in zip(endpoints, requests, strict=True)]
            pairs = [(endpoint, network) for endpoint, network in pairs if network.driver != "none"]
            self._child = begin_connect(self._session, pairs, early=self._early, subnets_lock=lock)

    def connect(self, namespace: str) -> None:
        """Give a network namespace (a path, or the pid of a process in it) the container's interfaces and addresses."""
        if self._spec.network.kind in USER_MODES:
            from pycman.network.rootless.user_mode import start_user_mode  # only imported for slirp4netns and pasta

            ports = self.held.mappings if self.held else []
            start_user_mode(self._session, self._row["id"], self._spec.network, int(namespace), ports)
        elif self._child is not None:
            self._child.send_line(namespace)
            if self._early:
                return
        self.complete()

    def complete(self) -> None:
        """Wait until the child has done everything, and close the ports' sockets. Raises the child's error."""
        child, self._child = self._child, None
        try:
            for step in child.finish() if child is not None else ():
                self._session.log_step(f"network: {step}")
        finally:
            self._close_ports()

    def undo(self) -> None:
        """Release everything, also what an earlier start that was killed had reserved."""
        self._close_ports()
        if self._child is not None:
            self._child.abandon()
        releasing = begin_release(self._session, self._row, self._spec)
        if releasing is not None:
            releasing.finish()

    def _reserve_ports(self) -> None:
        from pycman.network import ports  # only imported for containers with a network

        spec = self._spec
        wanted = ports.single_ports(spec.ports)
        if spec.publish_all:
            wanted += ports.exposed_ports(spec.expose, wanted)
        earlier = ports.single_ports([PortMapping.from_dict(port) for port in parse_json(self._row["ports"])])
        versions = self._versions() if wanted else frozenset()

        def is_served(address: ListenAddress, protocol: str) -> bool:
            return _is_served(spec.network.kind, address, protocol, versions, rootless=self._session.rootless)

        try:
            self.held = ports.reserve_ports(self._session, wanted, earlier, is_served=is_served)
        except InUse:
            if not _remove_leftovers(self._session):
                raise
            self.held = ports.reserve_ports(self._session, wanted, earlier, is_served=is_served)
        if self._session.rootless or spec.network.kind in USER_MODES:
            self.held.close()  # slirp4netns, pasta and the port relay bind the ports themselves
        elif wanted:
            from pycman.network.relay.ports import is_relayed  # only imported for published ports

            self.held.close_some(lambda address: is_relayed(address, versions, rootless=False))
        if wanted:
            self._session.db.change(
                "UPDATE containers SET ports = ? WHERE id = ?",
                (format_json([port.to_dict() for port in self.held.mappings]), self._row["id"]),
            )

    def _versions(self) -> frozenset[int]:
        """Return the IP versions of the addresses to which the container's ports can lead."""
        from pycman.network.addresses import version_of  # only imported for published ports

        networks = [_network(self._session, self._row, name.name) for name in self._spec.network.attachments]
        bridges = [network for network in networks if network.driver == "bridge" and not network.internal]
        return frozenset(version_of(subnet.subnet) for network in bridges for subnet in network.subnets)

    def _close_ports(self) -> None:
        if self.held is not None:
            self.held.close()


def _is_served(kind: str, address: ListenAddress, protocol: str, versions: frozenset[int], *, rootless: bool) -> bool:
    """Say whether a network can publish a port at an address of the host.

    slirp4netns opens no IPv6 ports, and only the host's own table (not it, pasta or the port relay) knows sctp.
    """
    if kind == "slirp4netns":
        return address.version == 4 and protocol != "sctp"
    if kind != "bridge" or protocol != "sctp":
        return protocol != "sctp"
    return not rootless and address.version in versions


def _remove_leftovers(session: Session) -> bool:
    """Remove network state left by a killed command, such as an uplink or a port relay that still has ports open.

    Say whether there may have been any.
    """
    from pycman.network.reconcile.in_child import is_applied, refresh  # only imported for containers with a network

    if not is_applied(session):
        return False
    refresh(session)  # also with containers on the bridges: what was left is among what is theirs
    return True


def _network(session: Session, row: Mapping[str, Any], name: str) -> Network:
    """Return a network that a container is to be on. Raises NotFound naming both: it may be removed while none runs on it."""
    from pycman.network.networks import find_network  # only imported for containers with a network

    network = find_network(session, name)
    if network is None:
        hint = f"container {row['name']} is on it: make the network again, or the container on another one"
        raise NotFound("no such network", subject=name, hint=hint, code="no-such-network")
    return network


def requested_endpoints(session: Session, row: Mapping[str, Any], spec: ContainerSpec) -> list[EndpointRequest]:
    """Return the endpoints to lease for a container, in the order of its attachments. Raises NotFound (network)."""
    from pycman.network.leases import EndpointRequest  # only imported for containers with a network

    return [
        EndpointRequest(_network(session, row, attachment.name), attachment, names_of(row, spec, attachment), position)
        for position, attachment in enumerate(spec.network.attachments)
    ]


def names_of(row: Mapping[str, Any], spec: ContainerSpec, attachment: NetworkAttachment) -> list[str]:
    """Return a container's DNS names on a network: its name, its aliases, its short id, its host name."""
    names = [row["name"], *attachment.aliases, row["id"][:12]]
    return [*names, spec.hostname] if spec.hostname else names


def begin_release(session: Session, row: Mapping[str, Any], spec: ContainerSpec) -> ForkedChild | None:
    """Release a container's addresses and ports.

    Return the child that reconciles the host, None if there is nothing to do.
    """
    if spec.network.kind in USER_MODES:
        from pycman.network.rootless.user_mode import stop_user_mode  # only imported for slirp4netns and pasta

        stop_user_mode(session, row["id"])
        return None
    if spec.network.kind != "bridge":
        return None
    endpoints = session.db.rows("SELECT host_interface FROM endpoints WHERE container_id = ?", (row["id"],))
    bound = session.db.value("SELECT 1 FROM port_bindings WHERE container_id = ?", (row["id"],))
    if not endpoints and bound is None and not row["boot_id"]:
        return None  # with a boot id, another command may have been killed after it deleted the rows
    from pycman.network.leases import release  # only imported for containers with a network
    from pycman.network.reconcile.in_child import begin_refresh  # only imported for containers with a network

    release(session, row["id"])
    crash_point("release:rows")
    interfaces = [endpoint["host_interface"] for endpoint in endpoints if endpoint["host_interface"]]
    return begin_refresh(session, gone=interfaces, published=bound is not None)
