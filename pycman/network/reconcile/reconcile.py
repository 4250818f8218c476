"""Reconcile bridges, firewall and DNS with the database: plain steps, only for what differs from the last time.

`applied.json` below the run root records what was done last. It is written after the last step; a command killed before
that leaves an older one, so that the next command repeats those steps, which is harmless. With `force` (`network
reload`) the file is ignored and every step is done.
"""

from __future__ import annotations

import os

from pycman.contexts import contextmanager, suppress
from pycman.errors import Corrupt, Unavailable
from pycman.jsontext import format_json, parse_json
from pycman.linux.files import make_directory, read_text, remove_tree, write_atomic
from pycman.linux.links import add_address, create_bridge, delete_own_bridge, find_link, forward_ipv6, set_sysctl
from pycman.linux.netlink import Netlink
from pycman.network.addresses import pack_address, version_of
from pycman.network.ports import open_port, unopened
from pycman.network.reconcile.desired import Desired
from pycman.network.reconcile.dns import (
    file_text,
    serve,
    stop_serving,
    wait_until_listening,
    wait_until_resolved,
    write_files,
)
from pycman.network.reconcile.nftables import apply_table, table_text
from pycman.network.reconcile.udp_flows import forget_flows, udp_ports
from pycman.network.relay.control import PortRelay
from pycman.network.relay.ports import port_line, relayed_forwards, translated_addresses
from pycman.plan import crash_point
from pycman.record import Record
from pycman.spec.port import ANY_IPV4, listen_addresses

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pycman.network.reconcile.desired import Bridge, Forward, NameEntry
    from pycman.network.rootless.uplink import Uplink


class Place(Record):
    """Where the network of a store is: the folder of its files, its nftables table, and rootless its `uplink`."""

    folder: str
    table: str
    uplink: Uplink | None = None
    helper_directories: tuple[str, ...] = ()


class Applied(Record):
    """What was applied last: bridges by interface, text of the nftables table, DNS files, ports of the uplink."""

    bridges: Mapping[str, Bridge] = {}
    table: str = ""
    files: Mapping[str, str] = {}
    begun: tuple[str, ...] = ()
    """Bridges that a command was about to make, and "": not empty if that command was killed or failed."""
    ports: Mapping[str, tuple[int, int]] = {}
    """"PROTOCOL IP PORT" to (id at slirp4netns, port in the namespace)."""
    relayed: Mapping[str, str] = {}
    """"PROTOCOL IP PORT" to the line that the port relay was told."""
    udp: Mapping[str, str] = {}
    """What `udp_ports` returned."""


class NetworkStep:
    """One step with its description.

    A `late` one (DNS, ports) may be done after the interfaces of a container are made.
    """

    def __init__(self, description: str, do: Callable[[], None], *, late: bool = False) -> None:
        self._description = description
        self.do = do
        self.late = late

    def describe(self) -> str:
        """Return what the step does, in one line."""
        return self._description


def read_applied(folder: str) -> Applied:
    """Return what was applied last; nothing after a boot, or if the file cannot be parsed."""
    text = read_text(f"{folder}/applied.json")
    try:
        return Applied.from_dict(parse_json(text)) if text else Applied()
    except Corrupt:
        return Applied()


class Refresh:
    """The steps of one reconciliation: `steps` before containers are connected, `leftovers` to remove after that."""

    def __init__(
        self,
        place: Place,
        desired: Desired,
        applied: Applied,
        *,
        force: bool = False,
        starting: frozenset[str] = frozenset(),
    ) -> None:
        """`starting` are ids of containers whose ports must be opened; those of others are tried, as they may be taken."""
        self._place = place
        self._desired = desired
        self._applied = applied
        self._before = applied
        self._force = force or bool(applied.begun)
        self._ports: dict[str, tuple[int, int]] = dict(applied.ports)
        self._upstream: tuple[str, ...] = ()
        self._uplink_starts = False
        blocked_address = ""
        if place.uplink is not None:
            from pycman.network.rootless.uplink import HOST_ADDRESS, NAME_SERVER  # only imported for rootless stores

            self._upstream = (NAME_SERVER,)
            blocked_address = HOST_ADDRESS
        self._starting = starting
        self._relay = PortRelay(place.folder, as_nobody=place.uplink is None)
        self._relayed_forwards = relayed_forwards(desired.forwards, rootless=place.uplink is not None)
        self._relayed = {key: port_line(key, forward) for key, forward in self._relayed_forwards.items()}
        self._opened: dict[str, int] = {}
        self._files = self._dns_files()
        self._bridges = {bridge.interface: bridge.replace(entries=()) for bridge in desired.bridges}
        inner = self._inner_forwards()
        self._table = table_text(place.table, inner, blocked_address=blocked_address)
        self._udp = udp_ports(inner)

    def steps(self) -> list[NetworkStep]:
        """Return the steps in order; none if nothing differs from the last time."""
        steps: list[NetworkStep] = []
        if self._place.uplink is not None:
            steps += self._uplink_steps(self._place.uplink)
            if not self._desired.bridges:
                return [*self._relay_steps(), *steps]
        relay_steps = self._relay_steps()
        steps = relay_steps[:-1] + steps  # the sockets of the host are opened before the shared namespace is entered
        steps += [
            NetworkStep(
                f"make bridge {name} with {', '.join(bridge.gateways) or 'no address'}", self._bridge_maker(bridge)
            )
            for name, bridge in self._bridges.items()
            if self._force or self._applied.bridges.get(name) != bridge
        ]
        if self._bridges and (steps or self._force):
            steps.append(NetworkStep("enable packet forwarding", self._enable_forwarding))
        applied_table = self._applied.table if self._applied.table else table_text(self._place.table, Desired())
        if self._force or self._table != applied_table:
            count = len(self._desired.forwards)
            steps.append(
                NetworkStep(
                    f"replace table inet {self._place.table}, with {count} published ports", self._replace_table
                )
            )
        steps += self._flow_steps()
        if self._force or self._files != self._applied.files:
            description = f"update DNS of {', '.join(self._files)}" if self._files else "stop the name server"
            steps.append(NetworkStep(description, self._update_dns, late=True))
        if self._place.uplink is not None:
            if self._uplink_starts:
                steps.append(NetworkStep("wait for slirp4netns", self._place.uplink.wait_started, late=True))
            steps += self._port_steps(self._place.uplink)
        return steps + relay_steps[-1:]

    def _flow_steps(self) -> list[NetworkStep]:
        """Return the step that forgets flows of UDP ports which led elsewhere before."""
        ports = {**dict.fromkeys(self._applied.udp, ""), **self._udp}
        changed = {key: to for key, to in ports.items() if self._force or to != self._applied.udp.get(key)}
        if not changed:
            return []
        return [NetworkStep(f"forget flows of UDP ports {', '.join(changed)}", lambda: forget_flows(changed))]

    def leftovers(self) -> list[NetworkStep]:
        """Return the steps that remove what no container needs any more; no caller has to wait for them."""
        if self._place.uplink is not None and not self._desired.bridges:
            return [
                NetworkStep("stop slirp4netns", self._place.uplink.stop),
                NetworkStep("remove the shared network namespace", self._place.uplink.remove_namespace),
            ]
        before = dict.fromkeys((*self._before.bridges, *self._before.begun))
        gone = [name for name in before if name and name not in self._bridges]
        return [NetworkStep(f"remove bridge {name}", self._bridge_remover(name)) for name in gone]

    def begin(self) -> None:
        """Record that steps begin: if they do not all succeed, the next command repeats every step."""
        begun = dict.fromkeys((*self._before.begun, *self._bridges, ""))
        self._write(self._before.replace(begun=tuple(begun)))

    def keep(self) -> None:
        """Record what was applied."""
        if not self._desired.bridges and not self.leftovers():
            remove_tree(f"{self._place.folder}/applied.json")
            return
        left = {name: self._before.bridges[name] for name in self._before.bridges if name not in self._bridges}
        self._write(self._applied_now().replace(bridges={**left, **self._bridges}))

    def keep_without_leftovers(self) -> None:
        """Record that the leftovers are removed too."""
        if not self._desired.bridges:
            remove_tree(f"{self._place.folder}/applied.json")
            return
        self._write(self._applied_now())

    def _applied_now(self) -> Applied:
        return Applied(
            bridges=self._bridges,
            table=self._table,
            files=self._files,
            ports=self._ports,
            relayed=self._relayed,
            udp=self._udp,
        )

    def _write(self, applied: Applied) -> None:
        write_atomic(f"{self._place.folder}/applied.json", format_json(applied.to_dict()), mode=0o600, sync=False)

    def _dns_files(self) -> dict[str, str]:
        texts = {bridge.name: file_text(bridge, self._upstream) for bridge in self._desired.bridges}
        return {name: text for name, text in texts.items() if text}

    def _inner_forwards(self) -> Desired:
        """Return Desired with the ports as they arrive at the table: rootless, at tap0 and with the port of
        `_inner_port`.
        """
        if self._place.uplink is None:
            return self._desired
        forwards = [
            forward.replace(host_ip=ANY_IPV4, host_port=self._inner_port(key, forward))
            for key, forward in self._outer_forwards().items()
        ]
        return self._desired.replace(forwards=tuple(forwards))

    def _outer_forwards(self) -> dict[str, Forward]:
        """Return the ports that slirp4netns opens, each with one IPv4 address, by "PROTOCOL IP PORT"."""
        forwards = {}
        for forward in self._desired.forwards:
            for address in translated_addresses(forward, rootless=True):
                key = f"{forward.protocol} {address.host_ip} {forward.host_port}"
                forwards[key] = forward.replace(host_ip=address.host_ip)
        return forwards

    def _inner_port(self, key: str, forward: Forward) -> int:
        """Return the port at tap0 for a port of the host: the same, or a free one if another host address uses it."""
        if key not in self._ports:
            taken = {port for other, (_, port) in self._ports.items() if other.split()[0] == forward.protocol}
            port = forward.host_port
            while port in taken:
                port = port % 65535 + 1
            self._ports[key] = (0, port)
        return self._ports[key][1]

    def _uplink_steps(self, uplink: Uplink) -> list[NetworkStep]:
        if not self._desired.bridges:
            close_steps = [NetworkStep(f"close port {key}", self._closer(uplink, key)) for key in self._ports]
            return [*close_steps, NetworkStep("stop the name server", self._update_dns)]
        if uplink.is_up():
            if self._force:
                opened = uplink.list_ports()
                self._ports = {key: opened.get(key, (0, port)) for key, (_, port) in self._ports.items()} | opened
            return [NetworkStep("enter the shared network namespace", uplink.enter)]
        self._uplink_starts = True
        self._applied = Applied()  # the namespace is created anew, with nothing in it
        self._ports = {key: (0, port) for key, (_, port) in self._ports.items()}
        return [
            NetworkStep("stop a slirp4netns left by a killed command", uplink.stop),
            NetworkStep("make the shared network namespace", uplink.make_namespace),
            NetworkStep("start slirp4netns", uplink.start),
            NetworkStep("enter the shared network namespace", uplink.enter),
        ]

    def _port_steps(self, uplink: Uplink) -> list[NetworkStep]:
        forwards = self._outer_forwards()
        close_steps = [
            NetworkStep(f"close port {key}", self._closer(uplink, key)) for key in self._ports if key not in forwards
        ]
        return close_steps + [
            NetworkStep(f"open port {key}", self._opener(uplink, key, forward), late=True)
            for key, forward in forwards.items()
            if not self._ports[key][0]
        ]

    def _closer(self, uplink: Uplink, key: str) -> Callable[[], None]:
        def close() -> None:
            uplink.close_port(self._ports.pop(key)[0])

        return close

    def _opener(self, uplink: Uplink, key: str, forward: Forward) -> Callable[[], None]:
        def open_() -> None:
            inner = self._ports[key][1]
            port_id = uplink.open_port(forward.protocol, forward.host_ip, forward.host_port, inner)
            self._ports[key] = (port_id, inner)

        return open_

    def _relay_steps(self) -> list[NetworkStep]:
        """Return a step that opens each new port of the relay, and last the one that tells it; none if nothing differs."""
        running = self._relay.is_running()
        stop = [NetworkStep("stop the port relay", self._relay.stop)] if running or self._before.relayed else []
        if not self._relayed:
            return stop
        # what a killed command told it nobody knows, and it may be in a namespace that is gone
        starts_anew = not running or bool(self._before.begun) or self._uplink_starts
        told = {} if starts_anew else self._before.relayed
        if told == self._relayed and not self._force:
            return []
        steps = [
            NetworkStep(f"listen on port {key}", self._listener(key, forward))
            for key, forward in self._relayed_forwards.items()
            if key not in told
        ]
        count = len(self._relayed)
        tell = NetworkStep(f"have the port relay serve {count} ports", self._tell_relay, late=True)
        return [*(stop if starts_anew else []), *steps, tell]

    def _listener(self, key: str, forward: Forward) -> Callable[[], None]:
        def listen() -> None:
            error = None
            try:
                bound = open_port(
                    listen_addresses(forward.host_ip)[0], forward.host_port, forward.protocol, listens=True
                )
            except OSError as failure:
                bound, error = None, failure
            if bound is not None:
                self._opened[key] = bound[0]
            elif error is not None and forward.container_id in self._starting:
                raise unopened(forward.protocol, forward.host_ip, forward.host_port, error) from error
            else:
                del self._relayed[
                    key
                ]  # another program has it meanwhile, or IPv6 is off: tried again at the next change

        return listen

    def _tell_relay(self) -> None:
        try:
            if self._relayed:
                self._relay.serve(self._relayed, self._opened)
            else:
                self._relay.stop()
        finally:
            for descriptor in self._opened.values():
                os.close(descriptor)
            self._opened = {}

    def _bridge_maker(self, bridge: Bridge) -> Callable[[], None]:
        return lambda: make_bridge(bridge)

    def _bridge_remover(self, name: str) -> Callable[[], None]:
        def remove() -> None:
            with Netlink() as netlink:
                delete_own_bridge(netlink, name)

        return remove

    def _enable_forwarding(self) -> None:
        _set_sysctl("net/ipv4/ip_forward", "1")
        if any(version_of(subnet) == 6 for bridge in self._bridges.values() for subnet in bridge.subnets):
            with _explained("net.ipv6.conf.all.forwarding", "1"):
                forward_ipv6()

    def _replace_table(self) -> None:
        apply_table(self._table)

    def _update_dns(self) -> None:
        """Serve the files: a process for each domain of which all names are known (`NetworkSpec.domain`), one for nearly all hosts."""
        files: dict[str, dict[str, str]] = {}
        for bridge in self._desired.bridges:
            if bridge.name in self._files:
                files.setdefault(bridge.domain, {})[bridge.name] = self._files[bridge.name]
        folders = {domain: f"{self._place.folder}/names{'-' if domain else ''}{domain}" for domain in files}
        for folder in self._folders_of_names():
            if folder not in folders.values():
                stop_serving(folder)
                remove_tree(folder)
        for domain, folder in folders.items():
            write_files(folder, files[domain])
            serve(folder, self._place.helper_directories, domain=domain)
        for domain, folder in folders.items():
            first_lines = [text.split("\n", 1)[0] for text in files[domain].values()]
            listen = [address for line in first_lines for address in line.split()[0].split(",")]
            wait_until_listening(folder, listen)
        for bridge in self._desired.bridges:
            new = _new_entry(bridge, self._before.files.get(bridge.name, ""))
            if new is not None and bridge.name in self._files:
                server = self._files[bridge.name].split(None, 1)[0].split(",")[0]
                name = new.names[0].lower()
                wait_until_resolved(
                    folders[bridge.domain],
                    server,
                    name,
                    new.addresses[0],
                    self._place.helper_directories,
                    domain=bridge.domain,
                )

    def _folders_of_names(self) -> list[str]:
        """Return the folders that name servers serve or have served."""
        with suppress(FileNotFoundError):
            names = os.listdir(self._place.folder)
            return [f"{self._place.folder}/{name}" for name in names if name == "names" or name.startswith("names-")]
        return []


def _new_entry(bridge: Bridge, before: str) -> NameEntry | None:
    """Return a DNS entry with names and addresses that was not in the network's file `before`; None if all were."""
    known = {line.split(" ", 1)[0] for line in before.splitlines()}
    return next(
        (entry for entry in bridge.entries if entry.addresses and entry.names and entry.container_id not in known), None
    )


def make_bridge(bridge: Bridge) -> None:
    """Create a bridge with its addresses, or what is missing of it. Raises Unavailable."""
    try:
        with Netlink() as netlink:
            index = create_bridge(netlink, bridge.interface, mtu=bridge.mtu, vlan=bridge.vlan)
            for gateway in bridge.gateways:
                address, _, prefix = gateway.partition("/")
                add_address(netlink, index, pack_address(address), int(prefix))
    except OSError as error:
        reason = (error.strerror or "").lower()
        raise Unavailable(
            f"its bridge {bridge.interface} cannot be made: {reason}", subject=f"network {bridge.name}"
        ) from error
    # lets the host reach published ports at 127.0.0.1; the table keeps containers from the host's loopback
    _set_sysctl(f"net/ipv4/conf/{bridge.interface}/route_localnet", "1")
    if any(version_of(gateway) == 6 for gateway in bridge.gateways):
        _set_sysctl(f"net/ipv6/conf/{bridge.interface}/accept_ra", "0")


def carry_out_steps(refresh: Refresh, between: Callable[[], None] | None = None) -> list[str]:
    """Do the steps in order, record what was applied, and return their descriptions.

    `between` is called once bridges and rules are in place, before the late steps (DNS and ports).
    """
    done = []
    steps = refresh.steps()
    if steps:
        refresh.begin()
    for number, step in enumerate(steps):
        crash_point(f"refresh:{number}")
        if step.late and between is not None:
            between()
            between = None
        step.do()
        done.append(step.describe())
    if between is not None:
        between()
    crash_point("refresh:done")
    refresh.keep()
    return done


def interface_exists(interface: str) -> bool:
    """Say whether this network namespace has an interface of that name."""
    with Netlink() as netlink:
        return bool(find_link(netlink, interface))


def _set_sysctl(name: str, value: str) -> None:
    """Set a sysctl of this network namespace, unless it has the value already. Raises Unavailable."""
    with _explained(name.replace("/", "."), value):
        set_sysctl(name, value)


@contextmanager
def _explained(name: str, value: str) -> Iterator[None]:
    """Raise Unavailable with the command that would set a sysctl if it cannot be set here."""
    try:
        yield
    except OSError as error:
        raise Unavailable(
            f"it cannot be set: {(error.strerror or '').lower()}",
            subject=name,
            hint=f"as root: sysctl -w {name}={value}",
        ) from error


def prepare_folder(place: Place) -> None:
    """Create the folder of a store's network, unless it exists."""
    if not os.path.isdir(place.folder):
        make_directory(place.folder, 0o700)
