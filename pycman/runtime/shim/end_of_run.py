"""What follows when a shim's container has ended: the exit file, and the exit command, as conmon has them."""

from __future__ import annotations

import os

from pycman.linux.files import write_atomic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    from pycman.runtime.monitor import Monitor


def write_exit(monitor: Monitor, status: int) -> None:
    """Write the exit status, for whoever waits for the end of the run (exit_file.py)."""
    for path in (f"{monitor.persist_dir}/exit", f"{monitor.exit_dir}/{monitor.container_id}"):
        if os.path.isdir(os.path.dirname(path)) and not os.path.isdir(path):
            write_atomic(path, str(status), mode=0o600, sync=False)


def become_exit_command(monitor: Monitor) -> NoReturn:
    """Run the exit command in place of this process."""
    os.chdir("/")
    if monitor.exit_command:
        os.execv(monitor.exit_command[0], monitor.exit_command)
    os._exit(0)
