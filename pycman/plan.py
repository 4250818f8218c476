"""Plan, then do: a change is a list of steps that can be printed, compared, carried out and undone.

Recovery after a crash is the same `undo()` called by the next command, so it must be idempotent and remove only what
bears the object's own id: `do()` may have failed because the thing was there already and is somebody else's.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Protocol

    class Step(Protocol):
        """One change to the world."""

        def describe(self) -> str:
            """Return what will be done, in one line."""

        def do(self) -> None:
            """Do it; may be left half done by an error or a kill."""

        def undo(self) -> None:
            """Take it away, wholly or half done or not begun; never raises because there is nothing to undo."""


CRASH_VARIABLE = "PYCMAN_TEST_CRASH_AT"
_SIGKILL = 9


def crash_point(name: str) -> None:
    """Kill this process with SIGKILL if a test asked for it at this point. Points are listed by `grep crash_point`."""
    if os.environ.get(CRASH_VARIABLE) == name:
        os.kill(os.getpid(), _SIGKILL)


def carry_out(name: str, steps: Sequence[Step], show: Callable[[str], None] | None = None) -> None:
    """Do the steps in order; if one fails, undo it and those before it, last first, and raise its error.

    `show` is called with each step in words before it is done. Errors of undoing are added as notes to the first error, and do not stop the rest.
    """
    for number, step in enumerate(steps):
        try:
            crash_point(f"{name}:{number}")
            if show is not None:
                show(f"{name}: {step.describe()}")
            step.do()
        except BaseException as failure:
            for leftover in undo_all(steps[: number + 1]):
                failure.add_note(leftover)
            raise
    crash_point(f"{name}:{len(steps)}")


def undo_all(steps: Sequence[Step]) -> list[str]:
    """Undo steps, last first, past every error; return one line for each that could not be undone."""
    leftovers = []
    for step in reversed(steps):
        try:
            step.undo()
        except Exception as error:  # go on: nothing may stop the rest
            leftovers.append(f"while undoing {step.describe()}: {error}")
    return leftovers
