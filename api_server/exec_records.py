"""Exec instances as files below the run root: what was asked for, and what became of it. They outlive a server, and no boot.

A file is written whole and renamed. States: created, claimed (a start was asked for), running, ended.
"""

from __future__ import annotations

import contextlib
import os
import time

from pycman.errors import Corrupt, NotFound, WrongState
from pycman.jsontext import format_json, parse_json
from pycman.linux.files import make_directory, write_atomic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pycman.state.session import Session

_HEX = frozenset("0123456789abcdef")
_MOST = 4096
"""More are not kept: the oldest that have ended go."""
_KEPT_S = 24 * 3600


class ExecRecords:
    """The exec instances of a store."""

    def __init__(self, session: Session) -> None:
        self._folder = f"{session.paths.run_root}/api-execs"

    def create(self, values: dict[str, Any]) -> str:
        """Write a new instance and return its id."""
        make_directory(self._folder, 0o700)
        self._sweep()
        exec_id = os.urandom(32).hex()
        self._write(exec_id, {**values, "id": exec_id, "state": "created", "exit_status": None})
        return exec_id

    def get(self, exec_id: str) -> dict[str, Any]:
        """Return an instance. Raises NotFound."""
        if exec_id and _HEX.issuperset(exec_id):
            with contextlib.suppress(OSError, Corrupt), open(self._path(exec_id), "rb") as file:
                record: dict[str, Any] = parse_json(file.read().decode())
                return record
        raise NotFound("No such exec instance", subject=exec_id[:80])

    def claim(self, exec_id: str) -> None:
        """Record that an instance is being started, which only one caller can. Raises WrongState."""
        try:
            os.close(os.open(f"{self._path(exec_id)}.claimed", os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        except FileExistsError:
            raise WrongState("exec has been started already", subject=exec_id) from None
        self.change(exec_id, state="claimed")

    def change(self, exec_id: str, **values: object) -> None:
        """Change fields of an instance. Raises NotFound."""
        self._write(exec_id, {**self.get(exec_id), **values})

    def remove(self, exec_id: str) -> None:
        """Forget an instance."""
        for path in (self._path(exec_id), f"{self._path(exec_id)}.claimed"):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)

    def of_container(self, container_id: str) -> list[str]:
        """Return the ids of a container's instances that run."""
        found = []
        for name in self._names():
            with contextlib.suppress(NotFound):
                record = self.get(name)
                if record["container_id"] == container_id and record["state"] == "running":
                    found.append(name)
        return found

    def _names(self) -> list[str]:
        try:
            return [name for name in os.listdir(self._folder) if _HEX.issuperset(name)]
        except FileNotFoundError:
            return []

    def _path(self, exec_id: str) -> str:
        return f"{self._folder}/{exec_id}"

    def _write(self, exec_id: str, record: dict[str, Any]) -> None:
        write_atomic(self._path(exec_id), format_json(record), mode=0o600, sync=False)

    def _sweep(self) -> None:
        """Remove instances that are old, and the oldest of too many."""
        ages: list[tuple[float, str]] = []
        for name in self._names():
            with contextlib.suppress(OSError):
                ages.append((os.stat(self._path(name)).st_mtime, name))
        ages.sort()
        too_many = {name for _, name in ages[: max(0, len(ages) - _MOST)]}
        for age, name in ages:
            if name in too_many or age < time.time() - _KEPT_S:
                for path in (self._path(name), f"{self._path(name)}.claimed"):
                    with contextlib.suppress(OSError):
                        os.unlink(path)
