"""The OCI runtime's command line (runtime-spec, runtime.md, "Operations"; crun(1), runc(8))."""

from __future__ import annotations

import os

from pycman.contexts import suppress
from pycman.errors import RuntimeFailed
from pycman.jsontext import format_json, parse_json
from pycman.linux.processes import Finished, reap, run, send_signal, spawn, start_time, wait_gone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from pycman.linux.sealed_program import SealedProgram
    from pycman.runtime.conmon_process import ConmonProcess
    from pycman.runtime.monitor import Monitor

_TIMEOUT_S = 60.0
_DUMP_TIMEOUT_S = 3600.0
"""For a checkpoint, which writes all memory of a container to the disk."""
_FIRST_PRESERVED = 3
_SIGKILL = 9
_SAID_BYTES = 65536
"""What a pipe holds: a runtime that says more would wait for a reader, and is killed when its time is over."""


class OciRuntime:
    """One runtime: its `name` (crun), the `path` of its program, the `root` of its state, its global `options`.

    Every method runs one command and raises what `failures.classify` makes of its error message.
    """

    knows_pods = False

    def __init__(
        self,
        name: str,
        path: str,
        root: str,
        options: tuple[str, ...] = (),
        copies: Callable[[str], SealedProgram | None] = lambda _container_id: None,
    ) -> None:
        """`copies` returns a copy of the program to execute in its place for one container, or None (`sealed_crun.py`)."""
        self.name = name
        self.path = path
        self.root = root
        self.options = options
        self._copies = copies

    @property
    def program(self) -> str:
        """Return the name of the program ("crun"), by which its features are known; `name` may be any configured one."""
        return os.path.basename(self.path)

    def copy_for(self, container_id: str) -> int:
        """Return the descriptor of a copy of the program for calls about one container, -1 if it is executed by its path."""
        copy = self._copies(container_id)
        return -1 if copy is None else copy.descriptor

    def argv(self, *arguments: str) -> list[str]:
        """Return the command line of one command."""
        return [self.path, *self.global_arguments(), *arguments]

    def global_arguments(self) -> list[str]:
        """Return the arguments that go before the command."""
        return ["--root", self.root, *self.options]

    def begin_create(self, monitor: Monitor, kept_open: Sequence[int] = ()) -> ConmonProcess:
        """Start conmon, which waits and then runs this runtime's create (`ContainerRuntime.begin_create`)."""
        from pycman.runtime import conmon_process  # only imported to start a container
        from pycman.runtime.monitor import RuntimeProgram  # as above

        copy = self._copies(monitor.container_id)
        program = RuntimeProgram(
            name=self.name,
            path=self.path,
            arguments=tuple(self.global_arguments()),
            copy=copy.shared_path() if copy else "",
        )
        return conmon_process.ConmonProcess(monitor, program, kept_open, copy)

    def signal(self, container_id: str, pid: int, started: int, number: int) -> bool:  # noqa: ARG002 - the kernel needs no name
        """Send a signal to the first process; return False if it has ended."""
        return send_signal(pid, started, number)

    def hands_over_terminal(self, *, detach: bool) -> bool:
        """Say whether `exec` sends a terminal through --console-socket: runc and others take that only with --detach."""
        return self.program == "crun" or detach

    def exec_argv(
        self, container_id: str, base: str, *, detach: bool, terminal: bool, inherited: Sequence[int] = ()
    ) -> list[str]:
        """Return the command line of the runtime's exec (`ContainerRuntime.exec_argv`)."""
        from pycman.runtime.exec_process import CONSOLE  # only `exec` calls this, and has it already

        arguments = ["exec", "--process", f"{base}.json", "--pid-file", f"{base}.pid"]
        if detach:
            arguments.append("--detach")
        if terminal:
            arguments += ["--tty", *(("--console-socket", CONSOLE) if self.hands_over_terminal(detach=detach) else ())]
        if inherited:
            arguments += ["--preserve-fds", str(max(inherited) - _FIRST_PRESERVED + 1)]
        return [self.path, "--log", f"{base}.log", *self.global_arguments(), *arguments, container_id]

    def annotations(self, container_id: str, sandbox_id: str) -> dict[str, str]:  # noqa: ARG002 - of the protocol
        """Return none: to an OCI runtime a pod is namespaces and a cgroup."""
        return {}

    def start(self, container_id: str) -> None:
        """Start the process of a created container."""
        self._check(container_id, "start", container_id)

    def begin_start(self, container_id: str) -> tuple[int, int]:
        """Begin to start the process of a created container; return pid and what it says, for `finish_start`."""
        null = os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC)
        said, says = os.pipe()
        try:
            argv = self.argv("start", container_id)
            return spawn(argv, descriptors={0: null, 1: null, 2: says}, program=self.copy_for(container_id)), said
        except BaseException:
            os.close(said)
            raise
        finally:
            os.close(null)
            os.close(says)

    def finish_start(self, container_id: str, begun: tuple[int, int]) -> None:  # noqa: ARG002 - of the protocol
        """Wait for the start that was begun."""
        pid, said = begun
        if not wait_gone(pid, start_time(pid), _TIMEOUT_S):
            os.kill(pid, _SIGKILL)  # not reaped yet, so the pid cannot have been reused
        try:
            status = reap(pid)
            if status:
                os.set_blocking(said, False)  # a hook may have left somebody who holds it
                words = b""
                with suppress(BlockingIOError):
                    words = os.read(said, _SAID_BYTES)
                raise self._error(Finished(status, b"", words))
        finally:
            os.close(said)

    def kill(self, container_id: str, signal: int, *, all: bool = False) -> None:
        """Send a signal to the container's first process, or to `all` of its processes."""
        self._check(container_id, "kill", *(["--all"] if all else []), container_id, str(signal))

    def delete(self, container_id: str, *, force: bool = False) -> None:
        """Delete a container's state; do nothing if the runtime does not know the container."""
        finished = self._run(container_id, "delete", *(["--force"] if force else []), container_id)
        if finished.status and not _is_unknown(finished):
            raise self._error(finished)

    def begin_delete(self, container_id: str) -> int:
        """Start a forced delete and return its pid, for `finish_delete`."""
        null = os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC)
        try:
            argv = self.argv("delete", "--force", container_id)
            return spawn(argv, descriptors={0: null, 1: null, 2: null}, program=self.copy_for(container_id))
        finally:
            os.close(null)

    def finish_delete(self, container_id: str, pid: int) -> None:
        """Wait for the delete that `begin_delete` started; if it failed, delete once more and raise that error."""
        if reap(pid):
            self.delete(container_id, force=True)

    def pause(self, container_id: str) -> None:
        """Freeze all processes of a container."""
        self._check(container_id, "pause", container_id)

    def resume(self, container_id: str) -> None:
        """Thaw a paused container."""
        self._check(container_id, "resume", container_id)

    def checkpoint(self, container_id: str, images: str, work: str, options: Sequence[str]) -> None:
        """Have CRIU write the processes of a container into `images`; they end by that unless `options` say otherwise.

        `work` gets dump.log and stats-dump (runc-checkpoint(8), crun(1)). Raises RuntimeFailed with the runtime's words:
        `criu.py` reads the log.
        """
        finished = run(
            self.argv("checkpoint", "--image-path", images, "--work-path", work, *options, container_id),
            timeout_s=_DUMP_TIMEOUT_S,
        )
        if finished.status:
            raise self._error(finished)

    def state(self, container_id: str) -> dict[str, Any] | None:
        """Return the container's state (runtime-spec, runtime.md, "State"), or None if the runtime does not know it."""
        finished = self._run(container_id, "state", container_id)
        if finished.status:
            if _is_unknown(finished):
                return None
            raise self._error(finished)
        state = parse_json(finished.stdout, subject=f"{self.name} state")
        return state if isinstance(state, dict) else None

    def update(self, container_id: str, resources: Mapping[str, Any]) -> None:
        """Change the limits of a running container; `resources` as in the runtime spec."""
        finished = run(
            self.argv("update", "--resources", "-", container_id),
            stdin=format_json(dict(resources)).encode(),
            timeout_s=_TIMEOUT_S,
            program=self.copy_for(container_id),
        )
        if finished.status:
            raise self._error(finished)

    def _run(self, container_id: str, *arguments: str) -> Finished:
        return run(self.argv(*arguments), timeout_s=_TIMEOUT_S, program=self.copy_for(container_id))

    def _check(self, container_id: str, *arguments: str) -> None:
        finished = self._run(container_id, *arguments)
        if finished.status:
            raise self._error(finished)

    def _error(self, finished: Finished) -> Exception:
        text = finished.stderr.decode("utf-8", "replace")
        if finished.status == 128 + 9:
            return RuntimeFailed("it did not answer in time", subject=self.name)
        from pycman.runtime.failures import classify  # only imported when a runtime fails

        return classify(self.name, text)


def _is_unknown(finished: Finished) -> bool:
    from pycman.runtime.failures import UnknownToRuntime, classify  # only imported when a runtime fails

    return isinstance(classify("", finished.stderr.decode("utf-8", "replace")), UnknownToRuntime)
