"""Sandboxes without a process: the namespaces of a pod kept by files below the infra container's bundle (namespaces(7)).

An infra container whose row says "pinned" has no process, no monitor and no runtime state: a forked child makes the
namespaces and binds them at bundle/ns/KIND, and unmounting these is its end. It costs 5 ms in place of 40, and no memory; only
a pid namespace cannot be kept so.
"""

from __future__ import annotations

import _socket

from pycman.containers.bundle.bundle_input import write_etc_files
from pycman.containers.bundle.process_env import hostname_of
from pycman.errors import Unavailable
from pycman.jsontext import parse_json
from pycman.linux import processes, syscalls
from pycman.linux.files import make_directory
from pycman.linux.forked_child import ForkedChild
from pycman.linux.links import find_link, set_sysctl, set_up
from pycman.linux.namespaces import FLAGS, pin, unpin
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
"""What conmon_pid is while the namespaces of a pinned row are kept."""


def namespace_path(session: Session, row: Mapping[str, Any], kind: str) -> str:
    """Return the path of a running container's namespace."""
    if row["pinned"]:
        return f"{session.paths.bundle(row['id'])}/ns/{kind}"
    return processes.namespace_path(row["pid"], kind)


class PinNamespaces:
    """The namespaces a pod shares, made by a child and kept by files."""

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
        """Return the step in words."""
        return f"keep {', '.join(self._kinds)} namespaces at {self._folder}"

    def do(self) -> None:
        """Make them."""
        check_sysctls(self._spec.sysctls, self._kinds)
        make_directory(self._folder, 0o700)
        if self._kinds:
            ForkedChild(self._make, subject=self._row["name"]).finish()

    def undo(self) -> None:
        """Let go of them."""
        for kind in self._kinds:
            unpin(f"{self._folder}/{kind}")

    def _make(self, _child: ForkedChild) -> None:
        flags = 0
        for kind in self._kinds:
            unpin(f"{self._folder}/{kind}")
            flags |= FLAGS[kind]
        syscalls.unshare(flags)
        if "uts" in self._kinds:
            _socket.sethostname(hostname_of(self._spec, self._row["id"]))  # the sysctl is for the host's root only
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
    """Interfaces in the kept network namespace, and the files of /etc that members share."""

    def __init__(
        self,
        session: Session,
        row: Mapping[str, Any],
        spec: ContainerSpec,
        connection: Connection,
        pending: list[Connection] | None = None,
    ) -> None:
        """What is not waited for is put into `pending`, if there is one."""
        self._pending = pending
        self._session = session
        self._row = row
        self._spec = spec
        self._connection = connection

    def describe(self) -> str:
        """Return the step in words."""
        return "connect the pod's network namespace and write its names"

    def do(self) -> None:
        """Make them."""
        if self._connection.needed:
            self._connection.connect(f"{self._session.paths.bundle(self._row['id'])}/ns/net")
            if self._pending is not None:
                self._pending.append(self._connection)
        hostname = hostname_of(self._spec, self._row["id"])
        id_map = IdMap.from_dict(parse_json(self._row["id_map"]))
        write_etc_files(self._session, self._row["id"], self._spec, hostname, id_map)

    def undo(self) -> None:
        """Nothing: interfaces go with what was reserved, files with the bundle."""
