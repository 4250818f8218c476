"""A container on its networks: what it will be on (create), its addresses and ports (start), and their end.

reserve ── ports held, addresses leased ──▶ a child makes bridges, rules and names meanwhile
connect ── the runtime has made the namespace: the child gives it its interfaces
begin_release, finish_release ── after the end
"""

from __future__ import annotations

from pycman.containers.catalogue import get_id
from pycman.errors import InUse, InvalidInput, Unsupported
from pycman.jsontext import format_json, parse_json
from pycman.spec.lines import check_host_names
from pycman.spec.network_attachment import NetworkAttachment, NetworkMode
from pycman.spec.port import PortMapping
from pycman.state.settings import containers_conf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.containers.start.start import RunMonitor
    from pycman.linux.forked_child import ForkedChild
    from pycman.network.leases import EndpointRequest
    from pycman.network.ports import HeldPorts
    from pycman.spec.container import ContainerSpec
    from pycman.spec.network import Endpoint, Network
    from pycman.state.session import Session

_USER_MODES = ("pasta", "slirp4netns")


def settle_network(session: Session, spec: ContainerSpec) -> NetworkMode:
    """Return the mode with names of containers turned into ids and every network named by its own name.

    Raises NotFound (network, container), InvalidInput (address, ports without a network), Unsupported.
    """
    mode = _with_default(session, spec.network)
    published = bool(spec.ports or spec.publish_all)
    if mode.kind == "container":
        if published:
            raise InvalidInput(
                "ports are published by the container whose network it is", subject="-p", hint="publish them there"
            )
        return mode.replace(value=get_id(session, mode.value))
    if mode.kind == "bridge":
        from pycman.network.catalogue import default_name

        attachments = _named(session, mode.attachments)
        only_default = [attachment.name for attachment in attachments] == [default_name(session)]
        return mode.replace(attachments=attachments, value="default" if only_default else "")
    if mode.kind in _USER_MODES:
        from pycman.network.rootless.user_mode import check_user_mode  # for these modes only

        check_user_mode(mode, spec.ports)
    elif published and mode.kind in ("host", "none", "path"):
        session.warnings.append(f"ports are not published with --network={mode.kind}: they are discarded")
    return mode


def _with_default(session: Session, mode: NetworkMode) -> NetworkMode:
    if mode.kind not in ("", "private"):
        return mode
    kind, _, value = containers_conf(session).netns.partition(":")
    if mode.kind == "private" or kind in ("", "private", "bridge"):
        return NetworkMode(kind="bridge")
    return NetworkMode(kind={"ns": "path"}.get(kind, kind), value=value)


def _named(session: Session, attachments: tuple[NetworkAttachment, ...]) -> tuple[NetworkAttachment, ...]:
    from pycman.network.catalogue import default_name, get_network

    found: dict[str, NetworkAttachment] = {}
    for attachment in attachments or (NetworkAttachment(name=default_name(session)),):
        network = get_network(session, attachment.name)
        if network.name in found:
            raise InvalidInput("the network is named twice", subject=f"--network {attachment.name}")
        if session.rootless and network.driver in ("macvlan", "ipvlan"):
            raise Unsupported(
                f"driver {network.driver} needs root", subject=f"network {network.name}", hint="use a bridge network"
            )
        found[network.name] = checked_attachment(network, attachment)
    return tuple(found.values())


def checked_attachment(network: Network, attachment: NetworkAttachment) -> NetworkAttachment:
    """Return an attachment with the network's own name. Raises InvalidInput for an address the network cannot give."""
    check_host_names(attachment.aliases, "--network-alias")
    from pycman.network.addresses import parse_address, parse_cidr, parse_mac

    for wanted, version, flag in ((attachment.ipv4, 4, "--ip"), (attachment.ipv6, 6, "--ip6")):
        if wanted:
            address = parse_address(wanted, f"{flag} {wanted}")
            blocks = [parse_cidr(subnet.subnet) for subnet in network.subnets]
            if address[0] != version or not any(block.contains(*address) for block in blocks):
                subnets = ", ".join(subnet.subnet for subnet in network.subnets) or "no subnet"
                raise InvalidInput(
                    f"not an address of network {network.name}, which has {subnets}", subject=f"{flag} {wanted}"
                )
    if attachment.mac_address:
        parse_mac(attachment.mac_address, f"--mac-address {attachment.mac_address}")
    return attachment.replace(name=network.name)


def listed_networks(mode: NetworkMode) -> tuple[str, ...]:
    """Return what listings show in the networks column."""
    return tuple(attachment.name for attachment in mode.attachments) or (
        (mode.kind,) if mode.kind in ("host", "none", *_USER_MODES) else ()
    )


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
        self.needed = spec.network.kind == "bridge" or spec.network.kind in _USER_MODES

    def reserve(self) -> None:
        """Hold ports, lease addresses, and have a child begin with bridges, rules and names."""
        from pycman.network.leases import lease
        from pycman.network.ports import bind_ports
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
        if self._spec.network.kind in _USER_MODES:
            from pycman.network.rootless.user_mode import start_user_mode

            ports = self.held.mappings if self.held else []
            start_user_mode(self._session, self._row["id"], self._spec.network, int(namespace), ports)
        elif self._child is not None:
            self._child.tell(namespace)
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
        from pycman.network.ports import exposed_ports, hold_ports, single_ports

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
        if self._session.rootless or spec.network.kind in _USER_MODES:
            self.held.close()  # slirp4netns opens them itself
        if wanted:
            self._session.db.change(
                "UPDATE containers SET ports = ? WHERE id = ?",
                (format_json([port.to_dict() for port in self.held.mappings]), self._row["id"]),
            )

    def _let_go(self) -> None:
        if self.held is not None:
            self.held.close()


class Reserve:
    """Ports and addresses; a child begins with bridges, rules and names."""

    def __init__(self, connection: Connection, spec: ContainerSpec) -> None:
        self._connection = connection
        self._networks = ", ".join(listed_networks(spec.network))

    def describe(self) -> str:
        """Return the step in words."""
        return f"reserve ports and addresses on {self._networks}"

    def do(self) -> None:
        """Reserve them."""
        self._connection.reserve()

    def undo(self) -> None:
        """Give them back, with the interfaces."""
        self._connection.undo()


class Connect:
    """Interfaces, once the runtime has made the namespace."""

    def __init__(self, connection: Connection, monitor: RunMonitor) -> None:
        self._connection = connection
        self._monitor = monitor

    def describe(self) -> str:
        """Return the step in words."""
        return "connect the container's network namespace"

    def do(self) -> None:
        """Make them."""
        assert self._monitor.started is not None
        self._connection.connect(str(self._monitor.started.pid))

    def undo(self) -> None:
        """Nothing: interfaces go with what `Reserve` gives back."""


def _end_leftovers(session: Session) -> bool:
    """End what no container needs any more but is still there, as an uplink with open ports whose end was killed."""
    from pycman.network.reconcile.in_child import needs_refresh, refresh

    if not needs_refresh(session):
        return False
    refresh(session)
    return True


def requested_endpoints(session: Session, row: Mapping[str, Any], spec: ContainerSpec) -> list[EndpointRequest]:
    """Return what endpoints a container shall have, in order."""
    from pycman.network.catalogue import get_network
    from pycman.network.leases import EndpointRequest

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
    if spec.network.kind in _USER_MODES:
        from pycman.network.rootless.user_mode import stop_user_mode

        stop_user_mode(session, row["id"])
        return None
    if spec.network.kind != "bridge":
        return None
    ends = session.db.rows("SELECT host_interface FROM endpoints WHERE container_id = ?", (row["id"],))
    bound = session.db.value("SELECT 1 FROM port_bindings WHERE container_id = ?", (row["id"],))
    if not ends and bound is None:
        return None
    from pycman.network.leases import release
    from pycman.network.reconcile.in_child import begin_refresh

    release(session, row["id"])
    return begin_refresh(session, gone=[end["host_interface"] for end in ends if end["host_interface"]])


def endpoints_with_networks(session: Session, container_id: str) -> list[tuple[Endpoint, Network]]:
    """Return a running container's endpoints, each with its network, in order."""
    from pycman.network.catalogue import get_network
    from pycman.network.leases import endpoints_of

    return [(endpoint, get_network(session, endpoint.network_id)) for endpoint in endpoints_of(session, container_id)]
