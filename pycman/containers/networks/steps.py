"""The two steps of a start that concern networks: reserve before the runtime makes the namespace, connect after it."""

from __future__ import annotations

from pycman.spec.network_attachment import listed_networks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pycman.containers.networks.connection import Connection
    from pycman.spec.container import ContainerSpec


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

    def __init__(self, connection: Connection, pid: Callable[[], int]) -> None:
        """`pid` returns the pid of the container's first process once the runtime has created it."""
        self._connection = connection
        self._pid = pid

    def describe(self) -> str:
        """Return the step in words."""
        return "connect the container's network namespace"

    def do(self) -> None:
        """Give the namespace its interfaces."""
        self._connection.connect(str(self._pid()))

    def undo(self) -> None:
        """Nothing: interfaces go with what `Reserve` gives back."""
