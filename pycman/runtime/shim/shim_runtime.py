"""A containerd shim as a container's runtime (`ContainerRuntime`): each verb is one request to the shim's socket.

Linux pids that a shim tells are those of the host: of the container's first process (runc), or of what it runs in (a sandbox).
"""

from __future__ import annotations

import os

from pycman.contexts import suppress
from pycman.errors import Corrupt, PycmanError, Unavailable, Unsupported
from pycman.jsontext import format_json
from pycman.linux.processes import is_alive, send_signal, wait_gone
from pycman.runtime.failures import UnknownToRuntime
from pycman.runtime.shim.options import create_options
from pycman.runtime.shim.shim_program import python_command
from pycman.runtime.shim.start_shim import Shim
from pycman.runtime.shim.task_client import RESOURCES_TYPE, ShimGone, ShimHung, TaskClient, read_address

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from pycman.runtime.monitor import Monitor, Started
    from pycman.state.session import Session

_SIGKILL = 9
_KILL_S = 10.0


def shim_runtime(session: Session, name: str, path: str, flags: Sequence[str], *, by_systemd: bool) -> ShimRuntime:
    """Return the shim `path`, asked for by `name`, for containers of a session's store.

    `flags` are --runtime-flag and runtimes_flags of containers.conf (options.py). Raises Unsupported for ordinary users.
    """
    if session.rootless:
        raise Unsupported(
            "containerd's shims make their sockets below /run/containerd, which only root may",
            subject=name,
            hint="run it as root, or use --runtime crun",
        )
    root = session.paths.runtime_root(os.path.basename(path))
    return ShimRuntime(name, path, root, session.paths, tuple(flags), by_systemd=by_systemd)


class ShimCreation:
    """A container of a shim that is about to be created (`Creation`): nothing has begun before `go`."""

    def __init__(self, runtime: ShimRuntime, monitor: Monitor, kept_open: Sequence[int]) -> None:
        self._runtime = runtime
        self._monitor = monitor
        self._kept_open = kept_open

    def go(self, meanwhile: Callable[[], None] | None = None, move: Callable[[int], None] | None = None) -> Started:
        """Start the monitor, which starts the shim and has it create the container."""
        return self._runtime.create(self._monitor, self._kept_open, meanwhile, move)

    def abandon(self) -> None:
        """Do nothing: nothing was started."""


class ShimRuntime:
    """One shim of one store. `paths` are the store's."""

    knows_pods = True

    def __init__(
        self, name: str, path: str, root: str, paths: Any, flags: tuple[str, ...] = (), *, by_systemd: bool = False
    ) -> None:
        self.name = name
        self.path = path
        self.root = root
        self._paths = paths
        self._flags = flags
        self._by_systemd = by_systemd

    @property
    def program(self) -> str:
        """Return the name of the shim's program."""
        return os.path.basename(self.path)

    def begin_create(self, monitor: Monitor, kept_open: Sequence[int] = ()) -> ShimCreation:
        """Return what creates the container when its bundle is there: a shim reads it at once."""
        return ShimCreation(self, monitor, kept_open)

    def create(
        self,
        monitor: Monitor,
        kept_open: Sequence[int] = (),
        meanwhile: Callable[[], None] | None = None,
        move: Callable[[int], None] | None = None,
    ) -> Started:
        """Start the monitor, which starts the shim and has it create the container."""
        from pycman.runtime.shim.publish import publish_program  # as below
        from pycman.runtime.shim.start_monitor import start_monitor  # only imported to start a container

        options = create_options(self.program, self.root, self._flags, monitor, by_systemd=self._by_systemd)
        shim = self._shim(monitor.container_id).replace(publish_program=publish_program())
        return start_monitor(monitor, shim, options, kept_open, meanwhile, move)

    def start(self, container_id: str) -> None:
        """Start the process of a created container."""
        self._call(container_id, "Start")

    def begin_start(self, container_id: str) -> tuple[int, int]:
        """Start the process: a shim answers when it runs."""
        self.start(container_id)
        return 0, -1

    def finish_start(self, container_id: str, begun: tuple[int, int]) -> None:
        """Do nothing: it was started."""

    def signal(self, container_id: str, pid: int, started: int, number: int) -> bool:
        """Have the shim send a signal to the first process; return False if it has ended.

        SIGKILL also reaches the process of a shim that does not answer.
        """
        if not is_alive(pid, started):
            return False
        try:
            self._call(container_id, "Kill", signal=number)
        except UnknownToRuntime:
            return False
        except PycmanError:
            if is_alive(pid, started) and number != _SIGKILL:
                raise
            return send_signal(pid, started, number)
        return True

    def copy_for(self, container_id: str) -> int:  # noqa: ARG002 - of the protocol
        """Return -1: the program of `exec_argv` is no runtime's."""
        return -1

    def hands_over_terminal(self, *, detach: bool) -> bool:  # noqa: ARG002 - of the protocol
        """Return False: exec_command.py copies between the shim's fifos and its own terminal."""
        return False

    def exec_argv(
        self,
        container_id: str,
        base: str,
        *,
        detach: bool,
        terminal: bool,
        inherited: Sequence[int] = (),
    ) -> list[str]:
        """Return the command line of exec_command.py. Raises Unsupported for descriptors of the caller's."""
        if inherited:
            raise Unsupported("a shim hands over no descriptors", subject="--preserve-fds")
        flags = [*(("--detach",) if detach else ()), *(("--tty",) if terminal else ())]
        return python_command("__shim_exec", self._paths.bundle(container_id), container_id, self.name, base, *flags)

    def pause(self, container_id: str) -> None:
        """Freeze all processes of a container."""
        self._call(container_id, "Pause")

    def resume(self, container_id: str) -> None:
        """Thaw a paused container."""
        self._call(container_id, "Resume")

    def update(self, container_id: str, resources: Mapping[str, Any]) -> None:
        """Change the limits of a running container."""
        content = format_json(dict(resources)).encode()
        self._call(container_id, "Update", resources={"type_url": RESOURCES_TYPE, "value": content})

    def checkpoint(self, container_id: str, images: str, work: str, options: Sequence[str]) -> None:  # noqa: ARG002 - of the protocol
        """Refuse it: `criu.require_criu` has done so before."""
        raise Unsupported("checkpoints are made by runc and crun, not by a shim", subject=self.name)

    def delete(self, container_id: str, *, force: bool = False) -> None:
        """Delete a container, and end its shim unless it serves others; with `force` kill its processes first.

        A shim that does not answer, or not in ttrpc, is killed: what it left is deleted by its program.
        """
        where = read_address(self._paths.bundle(container_id))
        if where is None:
            return
        try:
            with TaskClient(where, container_id, self.name) as task:
                if force:
                    _kill(task)
                with suppress(UnknownToRuntime):
                    task.call("Delete")
                task.call("Shutdown", now=False)
        except (ShimGone, ShimHung, Corrupt):
            if where.pid and send_signal(where.pid, where.started, _SIGKILL):
                wait_gone(where.pid, where.started, _KILL_S)
            self._delete_after_shim(container_id)

    def begin_delete(self, container_id: str) -> int:
        """Delete a container that has exited, before its root is unmounted: a virtual machine's shim holds that."""
        self.delete(container_id, force=True)
        return 1

    def finish_delete(self, container_id: str, begun: int) -> None:
        """Do nothing: `begin_delete` has waited."""

    def annotations(self, container_id: str, sandbox_id: str) -> dict[str, str]:
        """Return the annotations of containerd's CRI plugin: containers of one pod share a shim, and a virtual machine."""
        if not sandbox_id:
            return {}
        kind = "sandbox" if container_id == sandbox_id else "container"
        return {"io.kubernetes.cri.container-type": kind, "io.kubernetes.cri.sandbox-id": sandbox_id}

    def _shim(self, container_id: str) -> Shim:
        return Shim(name=self.name, path=self.path, container_id=container_id, address=self._paths.run_root)

    def _call(self, container_id: str, method: str, **values: Any) -> dict[str, Any]:
        where = read_address(self._paths.bundle(container_id))
        if where is None:
            raise UnknownToRuntime("its shim was never started", subject=self.name)
        with TaskClient(where, container_id, self.name) as task:
            return task.call(method, **values)

    def _delete_after_shim(self, container_id: str) -> None:
        """Clean up what a killed shim left, by its program, which looks below its working directory."""
        from pycman.runtime.shim.start_shim import delete_shim  # only imported after a shim was killed

        bundle = self._paths.bundle(container_id)
        if not os.path.isdir(bundle):
            return
        shim = self._shim(container_id)
        delete_in(bundle, lambda: delete_shim(shim, bundle))


def delete_in(bundle: str, delete: Callable[[], object]) -> None:
    """Call `delete` with the bundle as working directory."""
    before = os.open(".", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    os.chdir(bundle)
    try:
        delete()
    except Unavailable:  # an older shim has nothing left to delete and says so by its status
        return
    finally:
        os.fchdir(before)
        os.close(before)


def _kill(task: TaskClient) -> None:
    """Kill what is left of the container, and wait for the end of its first process."""
    try:
        task.call("Kill", signal=_SIGKILL, all=True)
    except (ShimGone, ShimHung):
        raise
    except PycmanError:  # it has ended
        return
    task.call("Wait")
