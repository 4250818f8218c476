"""Pinned sandboxes: infra containers without a process, whose namespaces are kept by files (namespaces(7)).

    unshare ──▶ bind /proc/self/ns/KIND at BUNDLE/ns/KIND ──▶ back to the former namespaces; members join the files
    end: the files are unmounted

A process that could not come back (one with threads, or an ordinary user's) has a child do it.

An infra container whose row says "pinned" has no process, no conmon and no runtime state. It costs 5 ms instead of 40
and no memory, but a pid namespace cannot be kept in this way.
"""

from __future__ import annotations

import _socket

from pycman.containers.bundle.bundle_input import write_etc_files
from pycman.containers.bundle.process_env import hostname_of
from pycman.errors import Unavailable, from_os_error
from pycman.jsontext import parse_json
from pycman.linux import processes, syscalls
from pycman.linux.files import make_directory
from pycman.linux.forked_child import ForkedChild
from pycman.linux.links import find_link, set_sysctl, set_up
from pycman.linux.namespaces import FLAGS, may_return_to, pin, unpin, within_new
from pycman.linux.netlink import Netlink
from pycman.runtime.spec_builder import network_sysctls
from pycman.runtime.sysctls import check_sysctls, sysctl_path
from pycman.spec.id_map import IdMap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.containers.networks.connection import Connection
    from pycman.spec.container import ContainerSpec
    from pycman.state.session import Session

PINNED = -1
"""The conmon_pid of a pinned sandbox while its namespaces are kept."""


def namespace_path(session: Session, row: Mapping[str, Any], kind: str) -> str:
    """Return the path by which a running container's namespace (net, ipc, uts, pid, …) can be joined."""
    if row["pinned"]:
        return f"{session.paths.bundle(row['id'])}/ns/{kind}"
    return processes.namespace_path(row["pid"], kind)


class PinNamespaces:
    """Make the namespaces a pod shares, and keep them by files."""

    def __init__(self, session: Session, row: Mapping[str, Any], spec: ContainerSpec) -> None:
        self._session = session
        self._row = row
        self._spec = spec
        self._folder = f"{session.paths.bundle(row['id'])}/ns"
        modes = {"ipc": spec.ipc_mode.kind, "uts": spec.uts_mode.kind}
        self._kinds = [kind for kind, mode in modes.items() if mode != "host"]
        if spec.network.kind not in ("host", "path", "container"):
            self._kinds.append("net")

    def describe(self) -> str:
        """Return what the step does, in one line."""
        return f"keep {', '.join(self._kinds)} namespaces at {self._folder}"

    def do(self) -> None:
        """Make the namespaces, set host name, loopback and sysctls in them.

        Raises InvalidInput, Unavailable (sysctls).
        """
        check_sysctls(self._spec.sysctls, self._kinds)
        make_directory(self._folder, 0o700)
        if not self._kinds:
            return
        for kind in self._kinds:
            unpin(f"{self._folder}/{kind}")
        if not may_return_to(self._kinds):
            ForkedChild(self._make_in_child, subject=self._row["name"]).finish()
            return
        try:
            with within_new(self._kinds):
                self._fill()
        except OSError as error:
            raise from_os_error(error, subject=self._row["name"]) from error

    def undo(self) -> None:
        """Unpin the namespaces: with the last member the kernel frees them."""
        for kind in self._kinds:
            unpin(f"{self._folder}/{kind}")

    def _make_in_child(self, _child: ForkedChild) -> None:
        flags = 0
        for kind in self._kinds:
            flags |= FLAGS[kind]
        syscalls.unshare(flags)
        self._fill()

    def _fill(self) -> None:
        """Set up the new namespaces that this process is in, and pin them."""
        if "uts" in self._kinds:
            # sethostname(2), because only the host's root may write the sysctl kernel.hostname
            _socket.sethostname(hostname_of(self._spec, self._row["id"]))
        if "net" in self._kinds:
            with Netlink() as netlink:
                set_up(netlink, find_link(netlink, "lo"))
        own_net = "net" in self._kinds
        defaults = network_sysctls(self._session.available_ids()) if own_net else {}
        for name, value in {**defaults, **self._spec.sysctls}.items():
            _set_sysctl(name, value)
        for kind in self._kinds:
            pin(0, kind, f"{self._folder}/{kind}")


def _set_sysctl(name: str, value: str) -> None:
    try:
        set_sysctl(sysctl_path(name), value)
    except OSError as error:
        raise Unavailable(f"it cannot be set: {(error.strerror or '').lower()}", subject=f"sysctl {name}") from error


class ConnectPinned:
    """Put interfaces into the kept network namespace, and write the /etc files that members share."""

    def __init__(
        self,
        session: Session,
        row: Mapping[str, Any],
        spec: ContainerSpec,
        connection: Connection,
        pending: list[Connection] | None = None,
    ) -> None:
        """With `pending`, `do` does not wait for DNS.

        It appends the connection, and the caller has to `complete` it.
        """
        self._pending = pending
        self._session = session
        self._row = row
        self._spec = spec
        self._connection = connection

    def describe(self) -> str:
        """Return what the step does, in one line."""
        return "connect the pod's network namespace and write its /etc files"

    def do(self) -> None:
        """Connect the namespace and write the files."""
        if self._connection.needed:
            self._connection.connect(f"{self._session.paths.bundle(self._row['id'])}/ns/net")
            if self._pending is not None:
                self._pending.append(self._connection)
        hostname = hostname_of(self._spec, self._row["id"])
        id_map = IdMap.from_dict(parse_json(self._row["id_map"]))
        write_etc_files(self._session, self._row["id"], self._spec, hostname, id_map)

    def undo(self) -> None:
        """Do nothing: `Reserve.undo` removes the interfaces, `MakeBundle.undo` the files."""
