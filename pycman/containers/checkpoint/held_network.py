"""The network namespace of a container that is restored: it must be there, with its addresses, before the processes are, whose
sockets are bound to them. A file in the bundle keeps it, by whose path the runtime's config.json names it.
"""

from __future__ import annotations

from pycman.linux import syscalls
from pycman.linux.files import make_directory
from pycman.linux.forked_child import ForkedChild
from pycman.linux.links import find_link, set_sysctl, set_up
from pycman.linux.namespaces import FLAGS, pin, unpin
from pycman.linux.netlink import Netlink
from pycman.runtime.spec_builder import network_sysctls
from pycman.runtime.sysctls import sysctl_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.containers.networks.connection import Connection
    from pycman.spec.container import ContainerSpec
    from pycman.state.session import Session


class HoldNetwork:
    """Make the namespace in a child, keep it by a file, and connect it."""

    def __init__(self, session: Session, row: Mapping[str, Any], spec: ContainerSpec, connection: Connection) -> None:
        self._session = session
        self._row = row
        self._spec = spec
        self._connection = connection
        self._folder = f"{session.paths.bundle(row['id'])}/ns"
        self.path = f"{self._folder}/net"

    def describe(self) -> str:
        """Return what the step does, in one line."""
        return f"keep the network namespace at {self.path} and connect it"

    def do(self) -> None:
        """Make and connect the namespace. Raises OSError (sysctls), and what connecting raises."""
        make_directory(self._folder, 0o700)
        ForkedChild(self._make, subject=self._row["name"]).finish()
        if self._connection.needed:
            self._connection.connect(self.path)

    def undo(self) -> None:
        """Let the namespace go: with its last process the kernel frees it."""
        unpin(self.path)

    def _make(self, _child: ForkedChild) -> None:
        unpin(self.path)
        syscalls.unshare(FLAGS["net"])
        with Netlink() as netlink:
            set_up(netlink, find_link(netlink, "lo"))
        defaults = {} if self._spec.security.privileged else network_sysctls(self._session.available_ids())
        own = {name: value for name, value in self._spec.sysctls.items() if name.startswith("net.")}
        for name, value in {**defaults, **own}.items():
            set_sysctl(sysctl_path(name), value)
        pin(0, "net", self.path)
