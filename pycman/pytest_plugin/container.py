"""One container of a test."""

from __future__ import annotations

from pycman.containers.process.logs import LogOptions
from pycman.errors import NotFound, PycmanError
from pycman.spec.container import ProcessSpec
from pycman.spec.port import PortMapping, listen_addresses

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pycman.containers.container import Container
    from pycman.containers.process.exec import Captured
    from pycman.engine import Engine


class RunningContainer:
    """A container that was started; `id` names it, `engine.containers` has what is not offered here."""

    def __init__(self, engine: Engine, container_id: str) -> None:
        self.engine = engine
        self.id = container_id

    @property
    def state(self) -> Container:
        """The container as listings show it: name, state, exit status, health, ports. Raises NotFound."""
        return self.engine.containers.get(self.id)

    @property
    def name(self) -> str:
        """Its name."""
        return self.state.name

    def address(self, port: int, protocol: str = "tcp") -> tuple[str, int]:
        """Return host and port at which a published port of the container is reached. Raises NotFound."""
        for mapping in map(PortMapping.from_dict, map(dict, self.state.ports)):
            offset = port - mapping.container_port
            if mapping.protocol == protocol and 0 <= offset < mapping.range_size:
                listening = listen_addresses(mapping.host_ip)[0]
                return ("127.0.0.1" if listening.wildcard else listening.host_ip), mapping.host_port + offset
        raise NotFound(
            "it is not published", subject=f"port {port}/{protocol}", hint="name it in ports when you run it"
        )

    def execute(self, *command: str, timeout_s: float = 60, check: bool = True, **fields: Any) -> Captured:
        """Run a command in it and return `status`, `stdout` and `stderr` (bytes, 8 MiB of each at most).

        `fields` are more fields of ProcessSpec (env, user, workdir). With `check` an exit status other than 0 raises
        AssertionError with the output. Raises TimedOut, NotRunning, CommandNotFound.
        """
        finished = self.engine.containers.capture(self.id, ProcessSpec(command=command, **fields), timeout_s=timeout_s)
        if check and finished.status:
            output = printable((finished.stdout + finished.stderr).decode("utf-8", "replace"))
            raise AssertionError(f"{' '.join(command)} ended with {finished.status} in {self.name}:\n{output}")
        return finished

    def logs(self, lines: int = -1) -> str:
        """Return what it wrote (both streams, in order), at most the last `lines`."""
        read = self.engine.containers.log_lines(self.id, LogOptions(tail=lines))
        return b"".join(line.text for line in read).decode("utf-8", "replace")

    def stop(self, timeout_s: int | None = None) -> int:
        """Stop it and return its exit status; it is removed later, with the others."""
        self.engine.containers.stop(self.id, timeout_s=timeout_s)
        return self.wait()

    def wait(self) -> int:
        """Wait until it ends and return its exit status."""
        return self.engine.containers.wait(self.id)

    def report(self, lines: int) -> tuple[str, str]:
        """Return a heading and its last lines, for the report of a test that failed; never raises an error of the engine."""
        try:
            state = self.state
            how = f"{state.state} ({state.exit_status})" if state.state == "exited" else state.state
            return f"container {printable(state.name)}, {how}", printable(self.logs(lines)) or "(no output)"
        except PycmanError as error:
            return f"container {self.id[:12]}", printable(str(error))


def printable(text: str) -> str:
    """Return a text in which what could steer a terminal is written out; what a container writes is a stranger's. Pure."""
    return "".join(letter if letter.isprintable() or letter in "\n\t" else repr(letter)[1:-1] for letter in text)
