"""The addresses that a port leads to, in the order in which they are tried for one caller."""

from __future__ import annotations

from pycman.network.relay.lines import BY_CLIENT, IN_TURN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


class Targets:
    """The targets of one port; each is (address, port)."""

    def __init__(self, targets: Sequence[tuple[str, int]], choice: str) -> None:
        self._targets = list(targets)
        self._choice = choice
        self._next = 0

    def for_client(self, address: str) -> list[tuple[str, int]]:
        """Return the targets to try one after the other for the caller from an address."""
        count = len(self._targets)
        start = 0
        if count and self._choice == IN_TURN:
            start = self._next % count
            self._next += 1
        elif count and self._choice == BY_CLIENT:
            start = sum(address.encode()) % count
        return self._targets[start:] + self._targets[:start]

    def __contains__(self, target: object) -> bool:
        return target in self._targets
