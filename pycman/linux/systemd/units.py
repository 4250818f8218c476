"""Make and remove the units of systemd that containers, their monitors and pods are in."""

from __future__ import annotations

from pycman.errors import Unavailable
from pycman.linux.systemd.bus import Bus, BusError, properties
from pycman.linux.systemd.presence import bus_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

_GONE = frozenset(("org.freedesktop.systemd1.NoSuchUnit", "org.freedesktop.systemd1.NotLoaded"))
_EXISTS = "org.freedesktop.systemd1.UnitExists"


class Manager:
    """systemd of the host, or of the user `uid` (rootless). Every verb raises Unavailable."""

    def __init__(self, uid: int, *, rootless: bool) -> None:
        self._uid = uid
        self._rootless = rootless

    def start_scope(self, unit: str, slice_name: str, pids: Sequence[int], description: str) -> None:
        """Move processes into a new scope, or one that there still is, and return once they are in it; it goes with the last of them."""
        wanted = [
            ("Description", "s", description),
            ("PIDs", "au", list(pids)),
            *([("Slice", "s", slice_name)] if slice_name else []),
            ("Delegate", "b", True),
            ("DefaultDependencies", "b", False),
            ("CollectMode", "s", "inactive-or-failed"),
        ]
        try:
            self._start(unit, wanted)
        except BusError as error:
            if error.name != _EXISTS:
                raise
            self._ask("AttachProcessesToUnit", "ssau", unit, "", list(pids))  # a cleanup there starts the next run

    def start_slice(self, unit: str, limits: Sequence[tuple[str, str, Any]], description: str) -> None:
        """Make a slice with limits; one that exists gets them."""
        accounting = [
            (name, "b", True) for name in ("CPUAccounting", "IOAccounting", "MemoryAccounting", "TasksAccounting")
        ]
        try:
            self._start(unit, [("Description", "s", description), *accounting, *limits])
        except BusError as error:
            if error.name != _EXISTS:
                raise
            if limits:
                self._ask("SetUnitProperties", "sba(sv)", unit, True, properties(limits))

    def stop(self, unit: str) -> None:
        """Stop a unit, and with a slice all that is in it; one that is not there is none."""
        try:
            with self._bus() as bus:
                bus.run_job("StopUnit", "ss", unit, "replace")
                bus.manager("ResetFailedUnit", "s", unit)
        except BusError as error:
            if error.name not in _GONE:
                raise
        except OSError as error:
            raise _lost(error) from error

    def restart(self, unit: str) -> None:
        """Restart a unit and return once that is done. Raises Unavailable if it does not start."""
        try:
            with self._bus() as bus:
                result = bus.run_job("RestartUnit", "ss", unit, "replace")
        except OSError as error:
            raise _lost(error) from error
        if result != "done":
            raise Unavailable(f"systemd could not restart it: {result}", subject=unit)

    def _start(self, unit: str, wanted: Sequence[tuple[str, str, Any]]) -> None:
        try:
            with self._bus() as bus:
                result = bus.run_job("StartTransientUnit", "ssa(sv)a(sa(sv))", unit, "fail", properties(wanted), [])
        except OSError as error:
            raise _lost(error) from error
        if result != "done":
            raise Unavailable(f"systemd could not start it: {result}", subject=unit)

    def _ask(self, member: str, signature: str, *values: Any) -> None:
        try:
            with self._bus() as bus:
                bus.manager(member, signature, *values)
        except OSError as error:
            raise _lost(error) from error

    def _bus(self) -> Bus:
        path = bus_path(self._uid, rootless=self._rootless)
        if not path:
            raise Unavailable("there is no message bus", subject="systemd")
        return Bus(path, self._uid)


def _lost(error: OSError) -> Unavailable:
    return Unavailable(f"the message bus does not answer: {error.strerror or error}", subject="systemd")
