"""Until a container is ready: what its health check, its output and its port say, looked at every 50 ms."""

from __future__ import annotations

import re
import socket
import time

from pycman.errors import InvalidInput, NotRunning, TimedOut
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.containers.container import Container
    from pycman.pytest_plugin.container import RunningContainer

_POLL_S = 0.05
_ALIVE = ("created", "initialized", "running", "paused", "restarting", "stopping")


class Readiness(Record):
    """What must be true of a container before a test goes on; all that is given."""

    log: str = ""
    """A regular expression (re) which a part of the output matches."""
    port: int = 0
    healthy: bool = True
    """If it has a health check."""
    timeout_s: float = 60

    def wait(self, container: RunningContainer) -> None:
        """Wait until all is true. Raises TimedOut, NotRunning (it ended before), InvalidInput (expression)."""
        try:
            pattern = re.compile(self.log) if self.log else None
        except re.error as error:
            raise InvalidInput(f"not a regular expression: {error}", subject=f"wait_for_log={self.log}") from error
        deadline = time.monotonic() + self.timeout_s
        while True:
            state = container.state
            missing = self._missing(container, state, pattern)
            if not missing:
                return
            if state.state not in _ALIVE:
                raise NotRunning(f"it ended with {state.exit_status} before {missing}", subject=state.name)
            if time.monotonic() > deadline:
                raise TimedOut(f"after {self.timeout_s:g} s not yet: {missing}", subject=state.name)
            time.sleep(_POLL_S)

    def _missing(self, container: RunningContainer, state: Container, pattern: re.Pattern[str] | None) -> str:
        if self.healthy and state.has_health and state.health_status != "healthy":
            return f"it is healthy ({state.health_status or 'starting'})"
        if pattern is not None and not pattern.search(container.logs()):
            return f"its output matches {self.log!r}"
        if self.port and not _answers(container.address(self.port)):
            return f"its port {self.port} takes a connection"
        return ""


def _answers(address: tuple[str, int]) -> bool:
    """Say whether a connection is taken and held: a relay takes one also where nobody listens behind it, and closes it at once."""
    try:
        with socket.create_connection(address, timeout=5) as connection:
            connection.settimeout(_POLL_S)
            try:
                return connection.recv(1, socket.MSG_PEEK) != b""
            except TimeoutError:
                return True
    except OSError:
        return False
