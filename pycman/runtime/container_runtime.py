"""What a container's runtime does for `containers/`: the one protocol of an OCI runtime with conmon, and of a containerd shim.

    OciRuntime   oci_runtime.py       one command for each operation; conmon holds the streams and waits for the exit
    ShimRuntime  shim/shim_runtime.py  one process that is asked over its socket; a monitor of ours does what conmon does

Each has one process that outlives the command (`Started.conmon_pid`), serves `attach` and `ctl` in the bundle (attach.py), writes the log,
and at the end the exit file (exit_file.py); then it becomes the exit command.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any, Protocol

    from pycman.runtime.monitor import Monitor, Started

    class Creation(Protocol):
        """A container whose monitor was told of it, and which waits for its bundle."""

        def go(self, meanwhile: Callable[[], None] | None = None, move: Callable[[int], None] | None = None) -> Started:
            """Create the container from its bundle; its process waits to be started.

            `meanwhile` is called while the monitor works; `move` puts its pid in a cgroup first.
            """

        def abandon(self) -> None:
            """Give it up; does nothing after `go`."""

    class ContainerRuntime(Protocol):
        """One runtime, by the `name` it was asked for, with its `program` ("crun") and the directory `root` of its state.

        Methods raise what `failures.classify` makes of the runtime's message.
        """

        name: str
        path: str
        root: str
        knows_pods: bool
        """A pod's containers run in a sandbox of one container of it, which `annotations` names; it needs a process, then."""

        @property
        def program(self) -> str:
            """The program's name, by which its features are known."""

        def begin_create(self, monitor: Monitor, kept_open: Sequence[int] = ()) -> Creation:
            """Begin to create a container, whose bundle has a directory; what is mounted and written there may follow.

            The monitor keeps the descriptors `kept_open`.
            """

        def start(self, container_id: str) -> None:
            """Start the process of a created container."""

        def begin_start(self, container_id: str) -> tuple[int, int]:
            """Begin to start the process of a created container; return what `finish_start` takes."""

        def finish_start(self, container_id: str, begun: tuple[int, int]) -> None:
            """Wait for the start that was begun."""

        def signal(self, container_id: str, pid: int, started: int, number: int) -> bool:
            """Send a signal to the container's first process, which the kernel knows by `pid` and `started`; False if it has ended."""

        def exec_argv(
            self,
            container_id: str,
            base: str,
            *,
            detach: bool,
            terminal: bool,
            inherited: Sequence[int] = (),
        ) -> list[str]:
            """Return the command line of a program that runs the process in BASE.json, writes its pid into BASE.pid and its own
            failure into BASE.log, passes signals on, and ends with its status; with `detach` it ends when the process has begun.
            """

        def copy_for(self, container_id: str) -> int:
            """Return the descriptor of a copy of that program, which may be executed in its place; -1 if there is none."""

        def hands_over_terminal(self, *, detach: bool) -> bool:
            """Say whether that program sends a terminal through --console-socket (exec_process.CONSOLE), or copies its own."""

        def pause(self, container_id: str) -> None:
            """Freeze all processes."""

        def resume(self, container_id: str) -> None:
            """Thaw a paused container."""

        def checkpoint(self, container_id: str, images: str, work: str, options: Sequence[str]) -> None:
            """Have CRIU write the processes into `images`, its log into `work`; `criu.require_criu` says whether it can."""

        def update(self, container_id: str, resources: Mapping[str, Any]) -> None:
            """Change the limits of a running container; `resources` as in the runtime spec."""

        def delete(self, container_id: str, *, force: bool = False) -> None:
            """Delete a container's state; do nothing if it is not known. With `force` its processes are killed first."""

        def begin_delete(self, container_id: str) -> int:
            """Begin a forced delete of a container that has exited; return what `finish_delete` takes, never 0."""

        def finish_delete(self, container_id: str, begun: int) -> None:
            """Wait for the delete that was begun."""

        def annotations(self, container_id: str, sandbox_id: str) -> Mapping[str, str]:
            """Return annotations of config.json by which this runtime knows the pod, whose sandbox is the container `sandbox_id`."""
