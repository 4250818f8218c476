"""One step of a reconciliation: a value with what it does."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class NetworkStep:
    """One step with its description.

    A `late` one (DNS, ports) may be done after the interfaces of a container are made.
    """

    def __init__(self, description: str, work: Callable[..., None], *arguments: Any, late: bool = False) -> None:
        """`do` calls `work` with the arguments (no functools.partial, whose import costs 2 ms)."""
        self._description = description
        self._work = work
        self._arguments = arguments
        self.late = late

    def do(self) -> None:
        """Do the step."""
        self._work(*self._arguments)

    def describe(self) -> str:
        """Return what the step does, in one line."""
        return self._description
