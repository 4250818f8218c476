"""The files of the host that have the pids of a container's process and monitor, for service managers and scripts (--pidfile, --conmon-pidfile).

They are written at each start: a service manager that started the container watches the monitor by its file (systemd.service(5), PIDFile=).
"""

from __future__ import annotations

from pycman.errors import from_os_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.containers.start.steps import RunMonitor
    from pycman.spec.container import ContainerSpec


class WritePidFiles:
    """Write them once conmon runs; it is killed if that fails, as the steps before are undone."""

    def __init__(self, spec: ContainerSpec, monitor: RunMonitor) -> None:
        self._spec = spec
        self._monitor = monitor

    def describe(self) -> str:
        """Return what the step does, in one line."""
        return f"write {' and '.join(filter(None, (self._spec.pid_file, self._spec.conmon_pid_file)))}"

    def do(self) -> None:
        """Write the files. Raises what the kernel says (NotFound, Denied and others)."""
        started = self._monitor.started
        assert started is not None
        pids = (
            (self._spec.pid_file, started.pid, "--pidfile"),
            (self._spec.conmon_pid_file, started.conmon_pid, "--conmon-pidfile"),
        )
        for path, pid, flag in pids:
            if path:
                try:
                    with open(path, "w", encoding="ascii") as file:
                        file.write(f"{pid}\n")
                except OSError as error:
                    raise from_os_error(error, subject=f"{flag} {path}") from error

    def undo(self) -> None:
        """Leave them: what they name has ended, and systemd removes the file of its service."""
