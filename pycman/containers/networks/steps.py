"""The two network steps of a start: Reserve before the runtime makes the namespace, Connect after it."""

from __future__ import annotations

from pycman.spec.network_attachment import listed_networks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pycman.containers.networks.connection import Connection
    from pycman.spec.container import ContainerSpec


class Reserve:
    """Reserve ports and addresses; a child starts to make bridges, rules and DNS names."""

    def __init__(self, connection: Connection, spec: ContainerSpec) -> None:
        self._connection = connection
        self._networks = ", ".join(listed_networks(spec.network))

    def describe(self) -> str:
        """Return what the step does, in one line."""
        return f"reserve ports and addresses on {self._networks}"

    def do(self) -> None:
        """Reserve ports and addresses. Raises InUse, InvalidInput."""
        self._connection.reserve()

    def undo(self) -> None:
        """Release ports and addresses, and remove the interfaces."""
        self._connection.undo()


class Connect:
    """Move the interfaces into the namespace that the runtime has made."""

    def __init__(self, connection: Connection, pid: Callable[[], int]) -> None:
        """`pid` returns the pid of the container's first process once the runtime has created it."""
        self._connection = connection
        self._pid = pid

    def describe(self) -> str:
        """Return what the step does, in one line."""
        return "connect the container's network namespace"

    def do(self) -> None:
        """Give the namespace its interfaces."""
        self._connection.connect(str(self._pid()))

    def undo(self) -> None:
        """Do nothing: `Reserve.undo` removes the interfaces."""
