"""Check that the container's root has the mount options of storage.conf (mountopt), once the runtime has created it.

crun 1.8 makes the container's / a new mount without them; runc keeps them.
"""

from __future__ import annotations

from pycman.errors import Unsupported
from pycman.linux.mounts import mount_table_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pycman.containers.start.steps import RunMonitor

CHECKED_OPTIONS = frozenset(("nosuid", "noexec"))
"""Options that are on the container's / itself, if the runtime keeps them."""


class CheckRootOptions:
    """Refuse a container whose / lacks an option, before its process runs."""

    def __init__(self, options: Sequence[str], monitor: RunMonitor, runtime: str) -> None:
        self._options = sorted(CHECKED_OPTIONS.intersection(options))
        self._monitor = monitor
        self._runtime = runtime

    def describe(self) -> str:
        """Return what the step does, in one line."""
        return f"check that / is mounted {', '.join(self._options)}"

    def do(self) -> None:
        """Raise Unsupported if the runtime has dropped an option."""
        assert self._monitor.started is not None
        mounted_with = root_options(mount_table_of(self._monitor.started.pid))
        for option in self._options:
            if option not in mounted_with:
                raise Unsupported(
                    f"{self._runtime} drops {option} (mountopt in storage.conf) from root file systems",
                    subject="/",
                    hint="use another runtime such as --runtime runc, or remove the option from storage.conf",
                )

    def undo(self) -> None:
        """Do nothing: the step changes nothing."""


def root_options(mountinfo: str) -> list[str]:
    """Return the options of the last mount on / (proc(5), "mountinfo", field 6). Pure."""
    options: list[str] = []
    for line in mountinfo.splitlines():
        fields = line.split()
        if len(fields) > 5 and fields[4] == "/":
            options = fields[5].split(",")
    return options
