"""Bring bridges, firewall and names in line with the database: plain steps, only for what differs from the last time.

`applied.json` below the run root says what was done last. It is written after the last step; a command killed before that
leaves an older one, so that the next command does those steps again: each of them may be repeated. With `force`
(`network reload`) nothing is believed and everything is done.
"""

from __future__ import annotations

import os

from pycman.errors import Corrupt, Unavailable
from pycman.jsontext import format_json, parse_json
from pycman.linux.files import make_directory, read_text, remove_tree, write_atomic
from pycman.linux.links import add_address, create_bridge, delete_link, find_link
from pycman.linux.netlink import Netlink
from pycman.network.addresses import pack_address, version_of
from pycman.network.reconcile.desired import Desired
from pycman.network.reconcile.dns import (
    file_text,
    serve,
    stop_serving,
    wait_until_answered,
    wait_until_served,
    write_files,
)
from pycman.network.reconcile.nftables import apply_table, table_text
from pycman.plan import crash_point
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pycman.network.reconcile.desired import Bridge, Forward, NameEntry
    from pycman.network.rootless.uplink import Uplink


class Place(Record):
    """Where a store's network lives. `uplink` is set rootless; `table` names its nftables table."""

    folder: str
    table: str
    uplink: Uplink | None = None
    helper_directories: tuple[str, ...] = ()


class Applied(Record):
    """What the world was brought to last: bridges by interface, the table's text, names' files, ports of the uplink."""

    bridges: Mapping[str, Bridge] = {}
    table: str = ""
    files: Mapping[str, str] = {}
    begun: tuple[str, ...] = ()
    """Bridges that were about to be made, or ("",): the command that began has not ended well."""
    ports: Mapping[str, tuple[int, int]] = {}
    """"PROTOCOL IP PORT" to (number at slirp4netns, port in the namespace)."""


class Act:
    """One step: what it does in words, and the doing. A `late` one may be done when interfaces are there already."""

    def __init__(self, words: str, do: Callable[[], None], *, late: bool = False) -> None:
        self._words = words
        self.do = do
        self.late = late

    def describe(self) -> str:
        """Return the step in words."""
        return self._words

    def undo(self) -> None:
        """Nothing: the database is changed back and the world brought in line with that."""


def read_applied(folder: str) -> Applied:
    """Return what was done last; nothing after a boot, or where it cannot be told."""
    text = read_text(f"{folder}/applied.json")
    try:
        return Applied.from_dict(parse_json(text)) if text else Applied()
    except Corrupt:
        return Applied()


class Refresh:
    """What has to be done, as two lists: what must be there before containers are connected, and what may go after."""

    def __init__(self, place: Place, desired: Desired, applied: Applied, *, force: bool = False) -> None:
        self._place = place
        self._desired = desired
        self._applied = applied
        self._before = applied
        self._force = force or bool(applied.begun)
        self._ports: dict[str, tuple[int, int]] = dict(applied.ports)
        self._upstream: tuple[str, ...] = ()
        self._uplink_starts = False
        closed = ""
        if place.uplink is not None:
            from pycman.network.rootless.uplink import HOST_ADDRESS, NAME_SERVER  # rootless only

            self._upstream = (NAME_SERVER,)
            closed = HOST_ADDRESS
        self._files = self._wanted_files()
        self._wanted = {bridge.interface: bridge.replace(entries=()) for bridge in desired.bridges}
        self._table = table_text(place.table, self._inner_forwards(), closed=closed)

    def acts(self) -> list[Act]:
        """Return the steps in order."""
        found: list[Act] = []
        if self._place.uplink is not None:
            found += self._uplink_acts(self._place.uplink)
            if not self._desired.bridges:
                return found
        found += [
            Act(f"make bridge {name} with {', '.join(bridge.gateways) or 'no address'}", self._maker(bridge))
            for name, bridge in self._wanted.items()
            if self._force or self._applied.bridges.get(name) != bridge
        ]
        if found or self._force:
            found.append(Act("let packets be forwarded", self._forward_packets))
        old = self._applied.table if self._applied.table else table_text(self._place.table, Desired())
        if self._force or self._table != old:
            count = len(self._desired.forwards)
            found.append(Act(f"put table inet {self._place.table} in place, {count} published", self._put_table))
        if self._force or self._files != self._applied.files:
            what = f"answer for {', '.join(self._files)}" if self._files else "end the name server"
            found.append(Act(what, self._serve_names, late=True))
        if self._place.uplink is not None:
            if self._uplink_starts:
                found.append(Act("wait for slirp4netns", self._place.uplink.wait_started, late=True))
            found += self._port_acts(self._place.uplink)
        return found

    def leftovers(self) -> list[Act]:
        """Return the steps that take away what nobody needs any more, and that nobody has to wait for."""
        if self._place.uplink is not None and not self._desired.bridges:
            return [
                Act("end slirp4netns", self._place.uplink.stop),
                Act("remove the shared network namespace", self._place.uplink.remove_namespace),
            ]
        before = dict.fromkeys((*self._before.bridges, *self._before.begun))
        gone = [name for name in before if name and name not in self._wanted]
        return [Act(f"remove bridge {name}", self._remover(name)) for name in gone]

    def begin(self) -> None:
        """Write down that a change is on its way: if it does not end well, the next command believes nothing."""
        begun = dict.fromkeys((*self._before.begun, *self._wanted, ""))
        self._write(self._before.replace(begun=tuple(begun)))

    def keep(self) -> None:
        """Write down what was done."""
        if not self._desired.bridges and not self.leftovers():
            remove_tree(f"{self._place.folder}/applied.json")
            return
        left = {name: self._before.bridges[name] for name in self._before.bridges if name not in self._wanted}
        self._write(Applied(bridges={**left, **self._wanted}, table=self._table, files=self._files, ports=self._ports))

    def keep_without_leftovers(self) -> None:
        """Write down that what nobody needed is gone."""
        if not self._desired.bridges:
            remove_tree(f"{self._place.folder}/applied.json")
            return
        self._write(Applied(bridges=self._wanted, table=self._table, files=self._files, ports=self._ports))

    def _write(self, applied: Applied) -> None:
        write_atomic(f"{self._place.folder}/applied.json", format_json(applied.to_dict()), mode=0o600, sync=False)

    def _wanted_files(self) -> dict[str, str]:
        texts = {bridge.name: file_text(bridge, self._upstream) for bridge in self._desired.bridges}
        return {name: text for name, text in texts.items() if text}

    def _inner_forwards(self) -> Desired:
        """Return the ports as the table sees them: rootless, they come in at tap0 under ports of their own."""
        if self._place.uplink is None:
            return self._desired
        forwards = [
            forward.replace(host_ip="", host_port=self._inner_port(forward)) for forward in self._desired.forwards
        ]
        return self._desired.replace(forwards=tuple(forwards))

    def _inner_port(self, forward: Forward) -> int:
        """Return the port at tap0 for a port of the host: the same, unless another address's has it."""
        key = _key(forward)
        if key not in self._ports:
            taken = {port for other, (_, port) in self._ports.items() if other.split()[0] == forward.protocol}
            port = forward.host_port
            while port in taken:
                port = port % 65535 + 1
            self._ports[key] = (0, port)
        return self._ports[key][1]

    def _uplink_acts(self, uplink: Uplink) -> list[Act]:
        if not self._desired.bridges:
            closing = [Act(f"close port {key}", self._closer(uplink, key)) for key in self._ports]
            return [*closing, Act("end the name server", self._serve_names)]
        if uplink.is_up():
            if self._force:
                opened = uplink.list_ports()
                self._ports = {key: opened.get(key, (0, port)) for key, (_, port) in self._ports.items()} | opened
            return [Act("enter the shared network namespace", uplink.enter)]
        self._uplink_starts = True
        self._applied = Applied()  # it is made anew, with nothing in it
        self._ports = {key: (0, port) for key, (_, port) in self._ports.items()}
        return [
            Act("end what is left of slirp4netns", uplink.stop),
            Act("make the shared network namespace", uplink.make_namespace),
            Act("start slirp4netns", uplink.start),
            Act("enter the shared network namespace", uplink.enter),
        ]

    def _port_acts(self, uplink: Uplink) -> list[Act]:
        wanted = {_key(forward): forward for forward in self._desired.forwards}
        found = [Act(f"close port {key}", self._closer(uplink, key)) for key in self._ports if key not in wanted]
        return found + [
            Act(f"open port {key}", self._opener(uplink, forward), late=True)
            for key, forward in wanted.items()
            if not self._ports[key][0]
        ]

    def _closer(self, uplink: Uplink, key: str) -> Callable[[], None]:
        def close() -> None:
            uplink.close_port(self._ports.pop(key)[0])

        return close

    def _opener(self, uplink: Uplink, forward: Forward) -> Callable[[], None]:
        def open_() -> None:
            inner = self._ports[_key(forward)][1]
            number = uplink.open_port(forward.protocol, forward.host_ip, forward.host_port, inner)
            self._ports[_key(forward)] = (number, inner)

        return open_

    def _maker(self, bridge: Bridge) -> Callable[[], None]:
        return lambda: make_bridge(bridge)

    def _remover(self, name: str) -> Callable[[], None]:
        def remove() -> None:
            with Netlink() as netlink:
                delete_link(netlink, name)

        return remove

    def _forward_packets(self) -> None:
        _set("net/ipv4/ip_forward", "1")
        if any(version_of(subnet) == 6 for bridge in self._wanted.values() for subnet in bridge.subnets):
            _set("net/ipv6/conf/all/forwarding", "1")

    def _put_table(self) -> None:
        apply_table(self._table)

    def _serve_names(self) -> None:
        folder = f"{self._place.folder}/names"
        if not self._files:
            stop_serving(folder)
            remove_tree(folder)
            return
        write_files(folder, self._files)
        serve(folder, self._place.helper_directories)
        listen = [each for text in self._files.values() for each in text.split("\n", 1)[0].split()[0].split(",")]
        wait_until_served(folder, listen)
        for bridge in self._desired.bridges:
            new = _new_entry(bridge, self._before.files.get(bridge.name, ""))
            if new is not None and bridge.name in self._files:
                server = self._files[bridge.name].split(None, 1)[0].split(",")[0]
                name = new.names[0].lower()
                wait_until_answered(folder, server, name, new.addresses[0], self._place.helper_directories)


def _new_entry(bridge: Bridge, before: str) -> NameEntry | None:
    """Return a container that was not in a network's file before."""
    known = {line.split(" ", 1)[0] for line in before.splitlines()}
    return next(
        (entry for entry in bridge.entries if entry.addresses and entry.names and entry.container_id not in known), None
    )


def make_bridge(bridge: Bridge) -> None:
    """Make a bridge with its addresses; what of it is there already stays. Raises Unavailable."""
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
    # so that what calls a published port at 127.0.0.1 gets to the container; the table keeps the containers out
    _set(f"net/ipv4/conf/{bridge.interface}/route_localnet", "1")
    if any(version_of(gateway) == 6 for gateway in bridge.gateways):
        _set(f"net/ipv6/conf/{bridge.interface}/accept_ra", "0")


def carry_out_acts(refresh: Refresh, between: Callable[[], None] | None = None) -> list[str]:
    """Do the steps one after the other, write down what was done, and return it in words.

    `between` is called when there are bridges and rules, before names are answered for and ports opened.
    """
    done = []
    acts = refresh.acts()
    if acts:
        refresh.begin()
    for number, act in enumerate(acts):
        crash_point(f"refresh:{number}")
        if act.late and between is not None:
            between()
            between = None
        act.do()
        done.append(act.describe())
    if between is not None:
        between()
    crash_point("refresh:done")
    refresh.keep()
    return done


def is_there(interface: str) -> bool:
    """Say whether this network namespace has an interface."""
    with Netlink() as netlink:
        return bool(find_link(netlink, interface))


def _key(forward: Forward) -> str:
    return f"{forward.protocol} {forward.host_ip or '0.0.0.0'} {forward.host_port}"  # noqa: S104


def _set(name: str, value: str) -> None:
    """Set a sysctl of this network namespace, unless it has the value."""
    path = f"/proc/sys/{name}"
    if read_text(path).strip() == value:
        return
    try:
        with open(path, "w", encoding="ascii") as file:
            file.write(value)
    except OSError as error:
        name = name.replace("/", ".")
        raise Unavailable(
            f"it cannot be set: {(error.strerror or '').lower()}",
            subject=name,
            hint=f"as root: sysctl -w {name}={value}",
        ) from error


def prepare_folder(place: Place) -> None:
    """Make the folder of a store's network."""
    if not os.path.isdir(place.folder):
        make_directory(place.folder, 0o700)
