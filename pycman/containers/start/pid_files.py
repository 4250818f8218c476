"""The files of --pidfile and --conmon-pidfile, written at each start: by them a service manager finds the main process (PIDFile=)."""

from __future__ import annotations

from pycman.errors import from_os_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.runtime.monitor import Started
    from pycman.spec.container import ContainerSpec


def write_pid_files(spec: ContainerSpec, started: Started) -> None:
    """Write the files that a container has. Raises Denied, NotFound and others that name the file."""
    for path, pid, flag in (
        (spec.pid_file, started.pid, "--pidfile"),
        (spec.conmon_pid_file, started.conmon_pid, "--conmon-pidfile"),
    ):
        if not path:
            continue
        try:
            with open(path, "w", encoding="ascii") as file:
                file.write(f"{pid}\n")
        except OSError as error:
            raise from_os_error(error, subject=f"{flag} {path}", doing="it cannot be written") from error
