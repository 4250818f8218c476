"""Ask systemd by its own program, systemctl(1): a user's if the command is given by one, else the system's."""

from __future__ import annotations

import os

from pycman.errors import Unavailable
from pycman.linux.processes import find_program, run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_TIMEOUT_S = 120.0


class Systemd:
    """The systemd of this user. `runs` says whether there is one; the other methods need that."""

    def __init__(self) -> None:
        self.user = os.geteuid() != 0
        folder = f"{os.environ.get('XDG_RUNTIME_DIR') or f'/run/user/{os.geteuid()}'}/systemd/private"
        self.runs = os.path.isdir("/run/systemd/system") and (not self.user or os.path.exists(folder))
        self._program = find_program("systemctl") if self.runs else ""
        self.runs = bool(self._program)

    def call(self, *arguments: str) -> str:
        """Run systemctl and return its output. Raises Unavailable with its last line of error."""
        argv = [self._program, *(["--user"] if self.user else []), "--no-pager", *arguments]
        done = run(argv, timeout_s=_TIMEOUT_S)
        if done.status:
            lines = done.stderr.decode("utf-8", "replace").strip().splitlines() or [f"it ended with {done.status}"]
            raise Unavailable(lines[-1], subject=f"systemctl {arguments[0]}")
        return done.stdout.decode("utf-8", "replace")

    def states(self, units: Sequence[str]) -> dict[str, tuple[str, str, str]]:
        """Return (load state, active state, sub state) of units by name: loaded, active and running for one that runs."""
        if not units:
            return {}
        text = self.call("show", "--property=Id,LoadState,ActiveState,SubState", "--", *units)
        return dict(zip(units, _blocks(text), strict=False))


def _blocks(text: str) -> list[tuple[str, str, str]]:
    """Return the states in `systemctl show`'s output: a block of lines NAME=VALUE for each unit, in the order of asking."""
    found = []
    for block in text.strip().split("\n\n"):
        values = dict(line.partition("=")[::2] for line in block.splitlines())
        found.append((values.get("LoadState", ""), values.get("ActiveState", ""), values.get("SubState", "")))
    return found
