"""A container on its networks: what it will be on (create), its addresses and ports (start), and their end.

reserve ── ports held, addresses leased ──▶ a child makes bridges, rules and names meanwhile
connect ── the runtime has made the namespace: the child gives it its interfaces
begin_release, finish_release ── after the end
"""

from __future__ import annotations

from pycman.errors import InUse
from pycman.jsontext import format_json, parse_json
from pycman.spec.network_attachment import USER_MODES, NetworkAttachment
from pycman.spec.port import PortMapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.linux.forked_child import ForkedChild
    from pycman.network.leases import EndpointRequest
    from pycman.network.ports import HeldPorts
    from pycman.spec.container import ContainerSpec
    from pycman.spec.network import Endpoint, Network
    from pycman.state.session import Session


class Connection:
    """The network of one container that is being started."""

    def __init__(self, session: Session, row: Mapping[str, Any], spec: ContainerSpec, *, early: bool = False) -> None:
        """With `early` what `connect` does is completed later, by `complete`: names may not be answered for yet."""
        self._early = early
        self._session = session
        self._row = row
        self._spec = spec
        self._child: ForkedChild | None = None
        self.held: HeldPorts | None = None
        self.needed = spec.network.kind == "bridge" or spec.network.kind in USER_MODES

    def reserve(self) -> None:
        """Hold ports, lease addresses, and have a child begin with bridges, rules and names."""
        from pycman.network.leases import lease  # only imported for containers with a network
        from pycman.network.ports import bind_ports  # only imported for containers with a network
        from pycman.network.reconcile.in_child import begin_connect  # only containers with a network pay for all this

        self._hold_ports()
        assert self.held is not None
        if self._spec.network.kind != "bridge":
            return
        requests = requested_endpoints(self._session, self._row, self._spec)
        with self._session.db.transaction():
            bind_ports(self._session, self._row["id"], self.held.mappings)
            endpoints = lease(self._session, self._row["id"], requests)
        pairs = [(endpoint, wish.network) for endpoint, wish in zip(endpoints, requests, strict=True)]
        pairs = [(endpoint, network) for endpoint, network in pairs if network.driver != "none"]
        self._child = begin_connect(self._session, pairs, early=self._early)

    def connect(self, namespace: str) -> None:
        """Give the container's network namespace, a path or the pid of a process in it, its interfaces."""
        if self._spec.network.kind in USER_MODES:
            from pycman.network.rootless.user_mode import start_user_mode  # only imported for containers with a network

            ports = self.held.mappings if self.held else []
            start_user_mode(self._session, self._row["id"], self._spec.network, int(namespace), ports)
        elif self._child is not None:
            self._child.send_line(namespace)
            if self._early and self._child.wait_interim():
                return
        self.complete()

    def complete(self) -> None:
        """Wait until all is done. Raises what went wrong."""
        child, self._child = self._child, None
        try:
            for step in child.finish() if child is not None else ():
                self._session.log_step(f"network: {step}")
        finally:
            self._let_go()

    def undo(self) -> None:
        """Give everything back; also what an earlier start that was killed had."""
        self._let_go()
        if self._child is not None:
            self._child.abandon()
        begin = begin_release(self._session, self._row, self._spec)
        if begin is not None:
            begin.finish()

    def _hold_ports(self) -> None:
        from pycman.network.ports import (
            exposed_ports,
            hold_ports,
            single_ports,
        )  # only imported for containers with a network

        spec = self._spec
        wanted = single_ports(spec.ports)
        if spec.publish_all:
            wanted += exposed_ports(spec.expose, wanted)
        earlier = [PortMapping.from_dict(each) for each in parse_json(self._row["ports"])]
        try:
            self.held = hold_ports(self._session, wanted, single_ports(earlier))
        except InUse:
            if not _end_leftovers(self._session):
                raise
            self.held = hold_ports(self._session, wanted, single_ports(earlier))
        if self._session.rootless or spec.network.kind in USER_MODES:
            self.held.close()  # slirp4netns opens them itself
        if wanted:
            self._session.db.change(
                "UPDATE containers SET ports = ? WHERE id = ?",
                (format_json([port.to_dict() for port in self.held.mappings]), self._row["id"]),
            )

    def _let_go(self) -> None:
        if self.held is not None:
            self.held.close()


def _end_leftovers(session: Session) -> bool:
    """End what no container needs any more but is still there, as an uplink with open ports whose end was killed."""
    from pycman.network.reconcile.in_child import needs_refresh, refresh  # only imported for containers with a network

    if not needs_refresh(session):
        return False
    refresh(session)
    return True


def requested_endpoints(session: Session, row: Mapping[str, Any], spec: ContainerSpec) -> list[EndpointRequest]:
    """Return what endpoints a container shall have, in order."""
    from pycman.network.leases import EndpointRequest  # only imported for containers with a network
    from pycman.network.networks import get_network  # only imported for containers with a network

    return [
        EndpointRequest(get_network(session, attachment.name), attachment, names_of(row, spec, attachment), position)
        for position, attachment in enumerate(spec.network.attachments)
    ]


def names_of(row: Mapping[str, Any], spec: ContainerSpec, attachment: NetworkAttachment) -> list[str]:
    """Return the names a container answers to on a network: its own, its aliases, its short id, its host name."""
    names = [row["name"], *attachment.aliases, row["id"][:12]]
    return [*names, spec.hostname] if spec.hostname else names


def begin_release(session: Session, row: Mapping[str, Any], spec: ContainerSpec) -> ForkedChild | None:
    """Give back all a container has of networks; return the child that brings the world in line, None if it had nothing."""
    if spec.network.kind in USER_MODES:
        from pycman.network.rootless.user_mode import stop_user_mode  # only imported for containers with a network

        stop_user_mode(session, row["id"])
        return None
    if spec.network.kind != "bridge":
        return None
    ends = session.db.rows("SELECT host_interface FROM endpoints WHERE container_id = ?", (row["id"],))
    bound = session.db.value("SELECT 1 FROM port_bindings WHERE container_id = ?", (row["id"],))
    if not ends and bound is None:
        return None
    from pycman.network.leases import release  # only imported for containers with a network
    from pycman.network.reconcile.in_child import begin_refresh  # only imported for containers with a network

    release(session, row["id"])
    return begin_refresh(session, gone=[end["host_interface"] for end in ends if end["host_interface"]])


def endpoints_with_networks(session: Session, container_id: str) -> list[tuple[Endpoint, Network]]:
    """Return a running container's endpoints, each with its network, in order."""
    from pycman.network.leases import endpoints_of  # only imported for containers with a network
    from pycman.network.networks import get_network  # only imported for containers with a network

    return [(endpoint, get_network(session, endpoint.network_id)) for endpoint in endpoints_of(session, container_id)]
