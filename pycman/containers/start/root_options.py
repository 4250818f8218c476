"""Mount options that storage.conf asks for on root file systems: seen to once the runtime has made the container.

crun 1.8 makes the container's / a mount of its own, which lacks them; runc keeps them. Only imported
where storage.conf has such options.
"""

from __future__ import annotations

from pycman.errors import Unsupported
from pycman.linux.mounts import mount_table_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pycman.containers.start.steps import RunMonitor

SEEN_INSIDE = frozenset(("nosuid", "noexec"))


class CheckRootOptions:
    """What the container's / is mounted with. Its process has not run yet."""

    def __init__(self, options: Sequence[str], monitor: RunMonitor, runtime: str) -> None:
        self._options = sorted(SEEN_INSIDE.intersection(options))
        self._monitor = monitor
        self._runtime = runtime

    def describe(self) -> str:
        """Return the step in words."""
        return f"check that / is mounted {', '.join(self._options)}"

    def do(self) -> None:
        """Raise Unsupported if the runtime has dropped one."""
        assert self._monitor.started is not None
        have = root_options(mount_table_of(self._monitor.started.pid))
        for option in self._options:
            if option not in have:
                raise Unsupported(
                    f"{self._runtime} does not keep {option} (mountopt in storage.conf) for root file systems",
                    subject="/",
                    hint="use another runtime, as --runtime runc, or take it out of storage.conf",
                )

    def undo(self) -> None:
        """Nothing was done."""


def root_options(mountinfo: str) -> list[str]:
    """Return the options of the last mount on / (proc(5), "mountinfo", field 6). Pure."""
    found: list[str] = []
    for line in mountinfo.splitlines():
        fields = line.split()
        if len(fields) > 5 and fields[4] == "/":
            found = fields[5].split(",")
    return found
