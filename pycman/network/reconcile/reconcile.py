"""Reconcile bridges, firewall and DNS with the database: plain steps, only for what differs from the last time.

`applied.json` below the run root records what was done last. It is written after the last step; a command killed before
that leaves an older one, so that the next command repeats those steps, which is harmless. With `force` (`network
reload`) the file is ignored and every step is done.
"""

from __future__ import annotations

import os

from pycman.contexts import suppress
from pycman.errors import Corrupt
from pycman.jsontext import format_json, parse_json
from pycman.linux.files import make_directory, read_text, remove_tree, remove_unfinished, write_atomic
from pycman.linux.links import delete_own_bridge
from pycman.linux.netlink import Netlink
from pycman.network.addresses import version_of
from pycman.network.helper_gone import HelperGone
from pycman.network.reconcile.bridges import enable_forwarding, make_bridge
from pycman.network.reconcile.desired import Desired
from pycman.network.reconcile.dns import (
    begin_serving,
    file_text,
    finish_serving,
    stop_serving,
    wait_until_listening,
    wait_until_resolved,
    write_files,
)
from pycman.network.reconcile.nftables import begin_table, finish_table, table_text
from pycman.network.reconcile.relay_steps import RelaySteps
from pycman.network.reconcile.step import NetworkStep
from pycman.network.reconcile.udp_flows import forget_flows, udp_ports
from pycman.network.reconcile.uplink_ports import UplinkPorts
from pycman.plan import crash_point
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pycman.linux.processes import Running
    from pycman.network.reconcile.desired import Bridge, NameEntry
    from pycman.network.rootless.uplink import Uplink


_END_TIMEOUT_S = 20.0


class Place(Record):
    """Where the network of a store is: the folder of its files, its nftables table, rootless its `uplink`, and whose it is."""

    folder: str
    table: str
    uplink: Uplink | None = None
    helper_directories: tuple[str, ...] = ()
    uid: int = 0
    """The user of the host."""


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
        lock: int = -1,
    ) -> None:
        """`starting` are ids of containers whose ports must be opened; those of others are tried, as they may be taken.

        `lock` is the descriptor of the lock of the networks, for programs that change something.
        """
        self._place = place
        self._lock = lock
        self._desired = desired
        self._applied = applied
        self._before = applied
        self._force = force or bool(applied.begun)
        self._upstream: tuple[str, ...] = ()
        self._uplink_starts = False
        blocked_address = ""
        if place.uplink is not None:
            from pycman.network.rootless.addresses import HOST_ADDRESS, NAME_SERVER  # only imported for rootless stores

            self._upstream = (NAME_SERVER,)
            blocked_address = HOST_ADDRESS
        rootless = place.uplink is not None
        self._relay = RelaySteps(place.folder, desired.forwards, rootless=rootless, starting=starting)
        self._ports = UplinkPorts(desired.forwards if rootless else (), applied.ports)
        self._files = self._dns_files()
        self._bridges = {bridge.interface: bridge.replace(entries=()) for bridge in desired.bridges}
        inner = desired.replace(forwards=self._ports.inner_forwards()) if rootless else desired
        self._table = table_text(place.table, inner, blocked_address=blocked_address, shows_callers=rootless)
        self._udp = udp_ports(inner)
        self._nft: Running | None = None
        self._name_servers: list[Running] = []

    def steps(self) -> list[NetworkStep]:
        """Return the steps in order; none if nothing differs from the last time."""
        steps: list[NetworkStep] = []
        if self._place.uplink is not None:
            steps += self._uplink_steps(self._place.uplink)
        in_doubt = bool(self._before.begun) or self._uplink_starts
        on_host, inside = self._relay.steps(self._before.relayed, in_doubt=in_doubt, force=self._force)
        if self._place.uplink is not None:
            on_host = self._ports.close_steps(self._place.uplink) + on_host
        steps = on_host + steps  # the sockets of the host are opened before the shared namespace is entered
        if self._place.uplink is not None and not self._desired.bridges:
            return steps
        applied_table = self._applied.table if self._applied.table else table_text(self._place.table, Desired())
        replaces_table = self._force or self._table != applied_table
        if replaces_table:
            steps.append(NetworkStep("start nft", self._begin_table))
        steps += [
            NetworkStep(f"make bridge {name} with {', '.join(bridge.gateways) or 'no address'}", make_bridge, bridge)
            for name, bridge in self._bridges.items()
            if self._force or self._applied.bridges.get(name) != bridge
        ]
        if self._bridges and (steps or self._force):
            ipv6 = any(version_of(subnet) == 6 for bridge in self._bridges.values() for subnet in bridge.subnets)
            steps.append(NetworkStep("enable packet forwarding", lambda: enable_forwarding(ipv6=ipv6)))
        updates_dns = self._force or self._files != self._applied.files
        if updates_dns and self._files:
            steps.append(NetworkStep(f"update DNS of {', '.join(self._files)}", self._begin_dns))
        if replaces_table:
            count = len(self._desired.forwards)
            steps.append(
                NetworkStep(f"replace table inet {self._place.table}, with {count} published ports", self._finish_table)
            )
        steps += self._flow_steps()
        if updates_dns:
            description = "wait until the names resolve" if self._files else "stop the name server"
            steps.append(NetworkStep(description, self._finish_dns if self._files else self._begin_dns, late=True))
        if self._place.uplink is not None:
            if self._uplink_starts:
                steps.append(NetworkStep("wait for slirp4netns", self._place.uplink.wait_started, late=True))
            steps += self._ports.open_steps(self._place.uplink)
        return steps + inside

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

    def abandon(self) -> None:
        """Give up in the middle, as a helper has gone: the next reconciliation opens all ports anew, and waits for its slirp4netns."""
        self._relay.close()
        if self._uplink_starts and self._place.uplink is not None:
            self._place.uplink.stop()

    def keep(self) -> None:
        """Record what was applied."""
        if not self._desired.bridges and not self.leftovers():
            self._keep_nothing()
            return
        left = {name: self._before.bridges[name] for name in self._before.bridges if name not in self._bridges}
        self._write(self._applied_now().replace(bridges={**left, **self._bridges}))

    def keep_without_leftovers(self) -> None:
        """Record that the leftovers are removed too."""
        if not self._desired.bridges:
            self._keep_nothing()
            return
        self._write(self._applied_now())

    def _keep_nothing(self) -> None:
        remove_tree(f"{self._place.folder}/applied.json")
        remove_unfinished(self._place.folder)  # of a child that its command ended while it wrote

    def _applied_now(self) -> Applied:
        return Applied(
            bridges=self._bridges,
            table=self._table,
            files=self._files,
            ports=self._ports.ports,
            relayed=self._relay.lines,
            udp=self._udp,
        )

    def _write(self, applied: Applied) -> None:
        write_atomic(f"{self._place.folder}/applied.json", format_json(applied.to_dict()), mode=0o600, sync=False)

    def _dns_files(self) -> dict[str, str]:
        texts = {bridge.name: file_text(bridge, self._upstream) for bridge in self._desired.bridges}
        return {name: text for name, text in texts.items() if text}

    def _uplink_steps(self, uplink: Uplink) -> list[NetworkStep]:
        if not self._desired.bridges:
            return [NetworkStep("stop the name server", self._begin_dns)]
        if self._is_up(uplink):
            return [NetworkStep("enter the shared network namespace", uplink.enter)]
        self._uplink_starts = True
        self._applied = Applied()  # the namespace is created anew, with nothing in it
        self._ports.forget_ids()
        return [
            NetworkStep("stop a slirp4netns left by a killed command", uplink.stop),
            NetworkStep("make the shared network namespace", uplink.make_namespace),
            NetworkStep("start slirp4netns", uplink.start),
            NetworkStep("enter the shared network namespace", uplink.enter),
        ]

    def _is_up(self, uplink: Uplink) -> bool:
        """Say whether slirp4netns runs. With `force` it is asked for its ports, and one that was killed just now does not run."""
        if not uplink.is_up():
            return False
        if self._force:
            try:
                self._ports.learn(uplink.list_ports())
            except HelperGone:
                return False
        return True

    def _bridge_remover(self, name: str) -> Callable[[], None]:
        def remove() -> None:
            with Netlink() as netlink:
                delete_own_bridge(netlink, name)

        return remove

    def end_started(self) -> None:
        """Wait for what an earlier step has started and no later one has waited for, as that failed: nothing may change hereafter."""
        nft, self._nft = self._nft, None
        starting, self._name_servers = self._name_servers, []
        for running in (nft, *starting):
            if running is not None:
                running.finish(_END_TIMEOUT_S)

    def _begin_table(self) -> None:
        self._nft = begin_table(self._table, self._place.table, lock=self._lock)

    def _finish_table(self) -> None:
        nft, self._nft = self._nft, None
        if nft is not None:
            finish_table(nft)

    def _begin_dns(self) -> None:
        """Serve the files: a process for each domain of which all names are known (`NetworkSpec.domain`), one for nearly all hosts."""
        files = self._files_by_domain()
        folders = {domain: self._names_folder(domain) for domain in files}
        for folder in self._folders_of_names():
            if folder not in folders.values():
                stop_serving(folder)
                remove_tree(folder)
        for domain, folder in folders.items():
            if self._lose_addresses(folder, files, domain):
                stop_serving(folder)  # it lets go of them at once; by a signal it would some time later
        for domain, folder in folders.items():
            write_files(folder, files[domain])
            starting = begin_serving(folder, self._place.helper_directories, domain=domain)
            if starting is not None:
                self._name_servers.append(starting)

    def _finish_dns(self) -> None:
        """Wait until the processes listen, and know the new names."""
        while self._name_servers:
            finish_serving(self._name_servers.pop())
        for domain, files in self._files_by_domain().items():
            wait_until_listening(self._names_folder(domain), _listen_addresses(files))
        for bridge in self._desired.bridges:
            new = _new_entry(bridge, self._before.files.get(bridge.name, ""))
            if new is not None and bridge.name in self._files:
                server = self._files[bridge.name].split(None, 1)[0].split(",")[0]
                wait_until_resolved(
                    self._names_folder(bridge.domain),
                    server,
                    new.names[0].lower(),
                    new.addresses[0],
                    self._place.helper_directories,
                    domain=bridge.domain,
                )

    def _files_by_domain(self) -> dict[str, dict[str, str]]:
        files: dict[str, dict[str, str]] = {}
        for bridge in self._desired.bridges:
            if bridge.name in self._files:
                files.setdefault(bridge.domain, {})[bridge.name] = self._files[bridge.name]
        return files

    def _names_folder(self, domain: str) -> str:
        return f"{self._place.folder}/names{'-' if domain else ''}{domain}"

    @staticmethod
    def _lose_addresses(folder: str, files: Mapping[str, Mapping[str, str]], domain: str) -> bool:
        """Return whether a network that the server of a folder serves gets another domain, and with it another server."""
        others = {name for other, texts in files.items() if other != domain for name in texts}
        return any(os.path.exists(f"{folder}/{name}") for name in others)

    def _folders_of_names(self) -> list[str]:
        """Return the folders that name servers serve or have served."""
        with suppress(FileNotFoundError):
            names = os.listdir(self._place.folder)
            return [f"{self._place.folder}/{name}" for name in names if name == "names" or name.startswith("names-")]
        return []


def _listen_addresses(files: Mapping[str, str]) -> list[str]:
    """Return the addresses that files of a name server say it is to listen at."""
    first_lines = [text.split("\n", 1)[0] for text in files.values()]
    return [address for line in first_lines for address in line.split()[0].split(",")]


def _new_entry(bridge: Bridge, before: str) -> NameEntry | None:
    """Return a DNS entry with names and addresses that was not in the network's file `before`; None if all were."""
    known = {line.split(" ", 1)[0] for line in before.splitlines()}
    return next(
        (entry for entry in bridge.entries if entry.addresses and entry.names and entry.container_id not in known), None
    )


def carry_out_steps(refresh: Refresh, between: Callable[[], None] | None = None) -> list[str]:
    """Do the steps in order, record what was applied, and return their descriptions.

    `between` is called once bridges and rules are in place, before the late steps (DNS and ports).
    """
    done = []
    steps = refresh.steps()
    if steps:
        refresh.begin()
    try:
        for number, step in enumerate(steps):
            crash_point(f"refresh:{number}")
            if step.late and between is not None:
                between()
                between = None
            step.do()
            done.append(step.describe())
    finally:
        refresh.end_started()
    if between is not None:
        between()
    crash_point("refresh:done")
    refresh.keep()
    return done


def prepare_folder(place: Place) -> None:
    """Create the folder of a store's network, unless it exists."""
    if not os.path.isdir(place.folder):
        make_directory(place.folder, 0o700)
