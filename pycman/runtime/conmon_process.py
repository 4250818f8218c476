"""Run conmon for one container, and read what it reports: the pid, or why the runtime failed.

engine ── posix_spawn ──▶ conmon, which waits for a byte in _OCI_STARTPIPE (starting it takes 5 ms, on another processor)
   │ meanwhile: mounts, config.json
   └─ go: the byte ─────▶ conmon ── double fork ──▶ conmon ── runtime create ──▶ container
   ◀── _OCI_SYNCPIPE: {"data": PID} or {"data": -1, "message": REASON} ┘

_OCI_STARTPIPE is a pair of sockets with a byte underway to the engine, which never reads it: if the engine is killed, conmon's read fails
(ECONNRESET, unix(7)) and it ends. The end of a pipe would have it go on, and execute a copy of the runtime that went with the engine.
"""

from __future__ import annotations

import _socket  # not `socket`, whose enums cost 5 ms
import os

from pycman.contexts import suppress
from pycman.errors import InvalidInput, Unavailable, Unsupported
from pycman.linux.processes import how_to_install, made_environment, reap, spawn
from pycman.runtime.conmon import first_own_fd, monitor_argv, read_sync, said_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pycman.linux.sealed_program import SealedProgram
    from pycman.runtime.monitor import Monitor, RuntimeProgram, Started

_ONE_DIGIT = 9
_SIGKILL = 9


class ConmonProcess:
    """A conmon that was started and waits until it may `go`."""

    def __init__(
        self,
        monitor: Monitor,
        runtime: RuntimeProgram,
        kept_open: Sequence[int] = (),
        copy: SealedProgram | None = None,
    ) -> None:
        """Start conmon; the bundle's directory exists. It keeps the descriptors `kept_open` for as long as it runs (sockets of published ports).
        `copy` is what `runtime.copy` names, and is kept until conmon has executed it.

        Raises Unavailable if conmon is missing, InvalidInput if a terminal would be passed through, Unsupported for
        descriptors that cannot be passed on.
        """
        if monitor.log_driver == "passthrough":
            _refuse_terminal()
        own = first_own_fd(monitor)
        if monitor.hides_null and own + 2 > _ONE_DIGIT:
            raise Unsupported(
                "with a user namespace as root only descriptors 3 to 6 can be passed on",
                subject=f"descriptor {own - 1}",
            )
        if not monitor.conmon_path:
            raise Unavailable("conmon is not installed", subject="conmon", hint=how_to_install("conmon"))
        self._monitor = monitor
        self._runtime = runtime
        self._copy = copy
        self.pid = 0
        """The waiting conmon; 0 once it was told to go or has been ended."""
        self._sync, sync_write = os.pipe()
        start_read, self._start = _reset_at_death()
        null = os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC)
        said = os.open(said_path(monitor), os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_CLOEXEC, 0o600)
        empty = _empty_pipe() if monitor.hides_null else -1
        descriptors = {number: number for number in monitor.inherited} | {own: sync_write, own + 1: start_read}
        if monitor.hides_null:
            descriptors[own + 2] = empty
        descriptors |= {own + 3 + number: descriptor for number, descriptor in enumerate(kept_open)}
        if monitor.log_driver != "passthrough":
            descriptors |= {0: null, 1: null, 2: said}
        elif not monitor.stdin:
            descriptors[0] = null
        env = {**made_environment(), **monitor.env, "_OCI_SYNCPIPE": str(own), "_OCI_STARTPIPE": str(own + 1)}
        try:
            argv = monitor_argv(monitor, runtime, monitor.conmon_path)
            self.pid = spawn(argv, env=env, descriptors=descriptors, new_session=True)
        except BaseException:
            self._close()
            raise
        finally:
            for descriptor in (sync_write, start_read, null, said, empty):
                if descriptor >= 0:
                    os.close(descriptor)

    def go(self, meanwhile: Callable[[], None] | None = None, move: Callable[[int], None] | None = None) -> Started:
        """Have conmon run the runtime's create; return once the container's process exists.

        `move` gets conmon's pid before it forks, and puts it in its cgroup. `meanwhile` is called while conmon and the
        runtime are at work (some 25 ms, on another processor).
        Raises what `failures.classify` makes of the runtime's message, RuntimeFailed if conmon dies.
        """
        try:
            if move is not None:
                move(self.pid)
            with suppress(BrokenPipeError):  # it has died: the end of its answer tells that
                os.write(self._start, b"0")
            if meanwhile is not None:
                meanwhile()
            pid, self.pid = self.pid, 0
            status = reap(pid)  # the first conmon ends as soon as it has forked the second one
            return read_sync(self._sync, self._monitor, self._runtime, status)
        finally:
            self.abandon()

    def abandon(self) -> None:
        """End a conmon that was not told to go, and close what belongs to it here; does nothing the second time."""
        pid, self.pid = self.pid, 0
        if pid:
            os.kill(pid, _SIGKILL)  # before the pipe is closed: its end would let it go
            reap(pid)
        self._close()

    def _close(self) -> None:
        for descriptor in {self._sync, self._start} - {-1}:
            os.close(descriptor)
        self._sync = self._start = -1
        self._copy = None


def _reset_at_death() -> tuple[int, int]:
    """Return two connected sockets: reading the first fails if the second is closed, by its owner's death too."""
    theirs, ours = _socket.socketpair()
    theirs.send(b"0")  # never read
    return theirs.detach(), ours.detach()


def _empty_pipe() -> int:
    """Return the read end of a pipe that nobody writes to."""
    read, write = os.pipe()
    os.close(write)
    return read


def _refuse_terminal() -> None:
    """Raise InvalidInput if one of our streams, which passthrough gives to the container, is a terminal: the container could
    read what the user types into other programs.
    """
    if any(os.isatty(number) for number in (0, 1, 2)):
        raise InvalidInput(
            "it would hand this terminal to the container",
            subject="--log-driver passthrough",
            hint="redirect its streams",
        )
