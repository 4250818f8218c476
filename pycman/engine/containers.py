"""`engine.containers`. `name` is a name, an id or a unique prefix of an id; one that matches none raises NotFound."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any, BinaryIO

    from pycman.containers.checkpoint.imported import Checkpoint
    from pycman.containers.checkpoint.options import CheckpointOptions, RestoreOptions
    from pycman.containers.container import Container
    from pycman.containers.create.auto_update import Update
    from pycman.containers.diagnose.command_check import Finding
    from pycman.containers.files.copy import CopyOptions, CopyReport
    from pycman.containers.inspect.stats import Stats
    from pycman.containers.process.exec import Captured, ExecResult
    from pycman.containers.process.logs import LogLine, LogOptions
    from pycman.errors import PycmanError
    from pycman.images.make.commit import CommitOptions
    from pycman.runtime.attach import Streams
    from pycman.spec.changes import Changes
    from pycman.spec.container import ContainerSpec, ProcessSpec
    from pycman.spec.resources import Resources
    from pycman.state.session import Session
    from pycman.storage.diff import Change


class Containers:
    """Verbs of containers."""

    def __init__(self, session: Session) -> None:
        self._session = session

    # -- create, start, stop, remove --------------------------------------------------------------------------------

    def create(self, spec: ContainerSpec, *, progress: Any = None, starts: bool = False) -> str:
        """Create a container and return its id; the image is pulled as `spec.pull` says.

        `starts`: the caller starts it at once, which fills its new volumes.
        """
        from pycman.containers.create.create import create_container

        container_id = create_container(self._session, spec, progress=progress)
        if not starts:
            from pycman.containers.create.fill_volumes import fill_volumes

            fill_volumes(self._session, container_id)
        return container_id

    def run(self, spec: ContainerSpec, *, streams: Streams | None = None, progress: Any = None) -> tuple[str, int]:
        """Create and start a container; return its id and exit status.

        With `streams` it waits, attached, until the container ends; without, the container runs on and the status is 0.
        """
        from pycman.containers.create.run import run_container

        return run_container(self._session, spec, streams=streams, progress=progress)

    def initialize(self, name: str) -> str:
        """Prepare mounts, bundle and namespaces (the OCI runtime's create) without starting the process; return the id."""
        from pycman.containers.start.start import initialize_container

        return initialize_container(self._session, name)

    def start(self, name: str, *, streams: Streams | None = None, inherited: tuple[int, ...] = ()) -> tuple[str, int]:
        """Start a container and return its id and 0; with `streams` attach, wait and return its exit status.

        Its process gets the descriptors `inherited` of this one, under the same numbers.
        """
        from pycman.containers.attach.start_attached import start_container

        if streams is None:
            with self._session.db.waiting_together():
                return start_container(self._session, name, inherited=inherited)
        return start_container(self._session, name, streams=streams, inherited=inherited)

    def notify_healthy(self, name: str, address: str) -> None:
        """Wait until a container is healthy, and tell the service manager that listens at the socket `address`."""
        from pycman.containers.start.notify import wait_and_notify

        wait_and_notify(self._session, name, address)

    def stop(self, name: str, *, timeout_s: int | None = None, signal: str = "") -> str:
        """Stop a container: its stop signal, SIGKILL after `timeout_s`; return its id. A stopped one is no error."""
        from pycman.containers.end.stop import stop_container

        with self._session.db.waiting_together():
            return stop_container(self._session, name, timeout_s=timeout_s, signal=signal)

    def restart(self, name: str, *, timeout_s: int | None = None, signal: str = "") -> str:
        """Stop and start a container; return its id."""
        from pycman.containers.end.stop import restart_container

        return restart_container(self._session, name, timeout_s=timeout_s, signal=signal)

    def kill(self, name: str, *, signal: str = "KILL") -> str:
        """Send a signal (name or number) to the first process of a running container; return its id. Raises NotRunning."""
        from pycman.containers.end.kill import kill_container

        return kill_container(self._session, name, signal=signal)

    def pause(self, name: str) -> str:
        """Freeze all processes of a container; return its id."""
        from pycman.containers.change.pause import pause_container

        return pause_container(self._session, name)

    def unpause(self, name: str) -> str:
        """Thaw a paused container; return its id."""
        from pycman.containers.change.pause import unpause_container

        return unpause_container(self._session, name)

    def checkpoint(
        self, name: str, options: CheckpointOptions | None = None, output: BinaryIO | None = None
    ) -> dict[str, int]:
        """Write the processes of a running container to its directory, and an archive to `output`; return CRIU's statistics."""
        from pycman.containers.checkpoint.checkpoint import checkpoint_container
        from pycman.containers.checkpoint.options import CheckpointOptions

        return checkpoint_container(self._session, name, options or CheckpointOptions(), output)

    def restore(self, name: str, options: RestoreOptions | None = None) -> tuple[str, dict[str, int]]:
        """Start a container from its checkpoint; return its id and CRIU's statistics."""
        from pycman.containers.checkpoint.options import RestoreOptions
        from pycman.containers.checkpoint.restore import restore_container

        return restore_container(self._session, name, options or RestoreOptions())

    def open_checkpoint(self, *, archive: BinaryIO | None = None, image: str = "", subject: str = "") -> Checkpoint:
        """Open an archive of a checkpoint, or an image that holds one, for a `with` block: what it returns restores it."""
        from pycman.containers.checkpoint.imported import Checkpoint

        return Checkpoint(self._session, archive=archive, image=image, subject=subject)

    def image_of_checkpoint(self, name: str, archive: BinaryIO, reference: str) -> str:
        """Make an image of the archive that `checkpoint` wrote of a container; return its id."""
        from pycman.containers.checkpoint.archive.image import make_image

        return make_image(self._session, self.get(name).id, archive, reference)

    def holds_checkpoint(self, image: str) -> bool:
        """Say whether an image holds a checkpoint."""
        from pycman.containers.checkpoint.imported import holds_checkpoint

        return holds_checkpoint(self._session, image)

    def checkpoints(self, name: str, directory: str = "") -> list[str]:
        """Return the names of a container's checkpoints that have one (docker's)."""
        from pycman.containers.checkpoint.named import list_checkpoints

        return list_checkpoints(self._session, name, directory)

    def remove_checkpoint(self, name: str, checkpoint: str, directory: str = "") -> None:
        """Remove one of docker's checkpoints of a container."""
        from pycman.containers.checkpoint.named import remove_checkpoint

        remove_checkpoint(self._session, name, checkpoint, directory)

    def has_checkpoint(self, name: str) -> bool:
        """Say whether the last run of a container ended in a checkpoint."""
        from pycman.containers.dumps import facts

        found = facts(self._session, self.get(name).id)
        return found is not None and bool(found["checkpointed"])

    def remove(
        self,
        name: str,
        *,
        force: bool = False,
        volumes: bool = False,
        timeout_s: int | None = None,
        depend: bool = False,
        keep_dependents: bool = False,
    ) -> list[str]:
        """Remove a container and return the ids removed, its own last.

        `force` removes a running one too, `volumes` its anonymous volumes, `depend` the containers that need it, unless they
        are left without it (`keep_dependents`).
        """
        from pycman.containers.end.remove import remove_container

        with self._session.db.waiting_together():
            return remove_container(
                self._session,
                name,
                force=force,
                volumes=volumes,
                timeout_s=timeout_s,
                depend=depend,
                keep_dependents=keep_dependents,
            )

    def cleanup(self, name: str, *, exit_command: bool = False) -> None:
        """Unmount and release what an ended container still uses; `exit_command`: called by conmon when a container ends."""
        from pycman.containers.end.after_exit import cleanup_container

        cleanup_container(self._session, name, exit_command=exit_command)

    def rename(self, name: str, new_name: str) -> None:
        """Rename a container. Raises AlreadyExists."""
        from pycman.containers.change.rename import rename_container

        rename_container(self._session, name, new_name)

    def update(self, name: str, resources: Resources, *, restart: str = "", changes: Changes | None = None) -> str:
        """Change limits, restart policy, environment and health checks of a container, also of a running one; return its id."""
        from pycman.containers.change.update import update_container

        return update_container(self._session, name, resources, restart=restart, changes=changes)

    def spec_for_clone(
        self, name: str, *, new_name: str = "", image: str = "", resources: Resources | None = None
    ) -> ContainerSpec:
        """Return the spec to create a copy with, under another name ("": NAME-clone), from another image if one is named."""
        from pycman.containers.create.clone import spec_for_clone

        return spec_for_clone(self._session, name, new_name=new_name, image=image, resources=resources)

    def auto_update(
        self, options: Mapping[str, Any], *, dry_run: bool, rollback: bool, progress: Any = None
    ) -> tuple[list[Update], list[PycmanError]]:
        """Update running containers by their label io.containers.autoupdate; return what became of each, and the errors of single ones.

        `options` are fields of RegistryOptions.
        """
        from pycman.containers.create.auto_update import AutoUpdate

        run = AutoUpdate(self._session, options, dry_run=dry_run, rollback=rollback, progress=progress)
        return run.run(), run.errors

    def prune(self, filters: Sequence[tuple[str, str]] = ()) -> tuple[list[str], int]:
        """Remove all stopped containers; return their ids and the bytes freed."""
        from pycman.containers.end.prune import prune_containers

        return prune_containers(self._session, filters)

    def wait(self, name: str, *, conditions: Sequence[str] = (), interval_s: float = 0.25) -> int:
        """Wait until a container is in one of `conditions` (default: stopped) and return its exit status."""
        from pycman.containers.end.wait import wait_container

        return wait_container(self._session, name, conditions=conditions, interval_s=interval_s)

    # -- input and output --------------------------------------------------------------------------------------------

    def attach(self, name: str, streams: Streams) -> int:
        """Attach to a running container until it ends; return its exit status. Raises Detached when the user detaches."""
        from pycman.containers.attach.attach import attach_container

        return attach_container(self._session, name, streams)

    def execute(self, name: str, process: ProcessSpec, *, streams: Streams | None = None) -> ExecResult:
        """Run another process in a running container: attached to `streams` until it ends, or without them detached."""
        from pycman.containers.process.exec import execute

        return execute(self._session, name, process, streams=streams)

    def capture(
        self, name: str, process: ProcessSpec, *, timeout_s: float = -1, limit_bytes: int = 8 << 20
    ) -> Captured:
        """Run another process in a running container until it ends and return its status and output, `limit_bytes` of each stream.

        Raises TimedOut after killing it, CommandNotFound, CommandNotExecutable, NotRunning.
        """
        from pycman.containers.process.exec import capture

        return capture(self._session, name, process, timeout_s=timeout_s, limit_bytes=limit_bytes)

    def log_lines(self, name: str, options: LogOptions) -> Sequence[LogLine]:
        """Return the lines a container wrote up to now, oldest first, as a list: for programs whose verbs a worker runs."""
        from pycman.containers.process.logs import read_logs

        return tuple(read_logs(self._session, name, options.replace(follow=False)))

    def logs(self, name: str, options: LogOptions) -> Iterator[LogLine]:
        """Yield the lines a container wrote, oldest first; with `options.follow` also later ones, until it ends."""
        from pycman.containers.process.logs import read_logs

        return read_logs(self._session, name, options)

    def follow_logs(self, names: Sequence[str], options: LogOptions) -> Iterator[tuple[str, LogLine]]:
        """Yield (name, line) of several containers as they write, until all have ended."""
        from pycman.containers.process.logs import follow_all

        return follow_all(self._session, names, options)

    # -- list and inspect --------------------------------------------------------------------------------------------

    def find(self, name: str) -> Container | None:
        """Return the container, or None."""
        from pycman.containers.catalogue import find_container

        return find_container(self._session, name)

    def get(self, name: str) -> Container:
        """Return the container. Raises NotFound."""
        from pycman.containers.catalogue import get_container

        return get_container(self._session, name)

    def inspect(self, name: str, *, size: bool = False, recover: bool = True) -> dict[str, Any]:
        """Return all details under the names of docker's and podman's inspect; `size` adds SizeRw and SizeRootFs.

        `recover=False`: the caller has just inspected another one, and what killed commands left was finished then.
        """
        from pycman.containers.inspect.container import inspect_container

        if recover:
            self._recover()
        return inspect_container(self._session, name, size=size)

    def size(self, name: str) -> tuple[int, int]:
        """Return the size in bytes of the writable layer, and of the whole root file system."""
        from pycman.containers.inspect.size import container_size

        return container_size(self._session, name)

    def top(self, name: str, descriptors: Sequence[str] = (), *, inside: bool = False) -> list[list[str]]:
        """Return the processes of a container: headings, then a row each (ps(1) columns); `inside`: pids as it sees them."""
        from pycman.containers.process.top import top

        return top(self._session, name, descriptors, inside=inside)

    def stats(self, names: Sequence[str] = (), *, all: bool = False, previous: Sequence[Stats] = ()) -> list[Stats]:
        """Return one sample per container; rates cover the time since `previous`, else since the container's start."""
        from pycman.containers.inspect.stats import sample_stats

        return sample_stats(self._session, names, all=all, previous=previous)

    def ports(self, name: str) -> list[tuple[str, str, str]]:
        """Return published ports: (container port/protocol, host ip, host port)."""
        from pycman.containers.inspect.ports import list_ports

        return list_ports(self._session, name)

    def why(self, name: str) -> list[Finding]:
        """Return findings that explain why a container did not start, ended, restarts or is unhealthy."""
        from pycman.containers.diagnose.why import explain

        return explain(self._session, name)

    def check_health(self, name: str) -> tuple[str, int]:
        """Run the health check once; return status (healthy, unhealthy, starting, stopped) and exit status."""
        from pycman.containers.checks.health_check import check_once

        return check_once(self._session, name)

    # -- files ------------------------------------------------------------------------------------------------------

    def mount(self, name: str) -> str:
        """Mount a container's root file system and return the path."""
        from pycman.containers.files.mount import mount_container

        return mount_container(self._session, name)

    def unmount(self, name: str, *, force: bool = False) -> str:
        """Undo one `mount`."""
        from pycman.containers.files.mount import unmount_container

        return unmount_container(self._session, name, force=force)

    def entries(self, name: str, path: str) -> dict[str, bool] | None:
        """Return the names in a directory of a container, and which are directories; None if `path` is no directory."""
        from pycman.linux.open_below import entries_below

        root = self.mount(name)
        try:
            return entries_below(root, path)
        finally:
            self.unmount(name)

    def mounted(self) -> list[tuple[str, str]]:
        """Return (id, path) of each container that is mounted."""
        from pycman.containers.files.mount import list_mounted

        return list_mounted(self._session)

    def diff(self, name: str) -> list[Change]:
        """Return the changes of a container against its image: kind (A, C, D) and path."""
        from pycman.containers.files.diff import diff_container

        return diff_container(self._session, name)

    def export(self, name: str, output: BinaryIO) -> None:
        """Write a container's root file system as a tar."""
        from pycman.containers.files.export import export_container

        export_container(self._session, name, output)

    def commit(self, name: str, options: CommitOptions) -> str:
        """Make an image of a container and return its id."""
        from pycman.containers.files.commit import commit_container

        if not options.changes:
            return commit_container(self._session, name, options)
        from pycman.build.plan.config_changes import apply_changes  # 20 ms: only with --change

        return commit_container(self._session, name, options, apply_changes)

    def copy_in(
        self, name: str, path: str, archive: BinaryIO, options: CopyOptions | Mapping[str, Any] | None = None
    ) -> CopyReport:
        """Unpack a tar stream at `path` in a container."""
        from pycman.containers.files.copy import copy_in

        return copy_in(self._session, name, path, archive, options)

    def copy_out(
        self, name: str, path: str, archive: BinaryIO, options: CopyOptions | Mapping[str, Any] | None = None
    ) -> CopyReport:
        """Write `path` of a container as a tar stream."""
        from pycman.containers.files.copy import copy_out

        return copy_out(self._session, name, path, archive, options)

    def copy_from_host(
        self, host_path: str, name: str, path: str, options: CopyOptions | Mapping[str, Any] | None = None
    ) -> CopyReport:
        """Copy a file or tree of the host to `path` in a container, by docker's rules of cp."""
        from pycman.containers.files.copy import copy_from_host

        return copy_from_host(self._session, host_path, name, path, options)

    def copy_to_host(
        self, name: str, path: str, host_path: str, options: CopyOptions | Mapping[str, Any] | None = None
    ) -> CopyReport:
        """Copy a file or tree of a container to `host_path`, by docker's rules of cp."""
        from pycman.containers.files.copy import copy_to_host

        return copy_to_host(self._session, name, path, host_path, options)

    def copy_between(
        self,
        name: str,
        path: str,
        other_name: str,
        other_path: str,
        options: CopyOptions | Mapping[str, Any] | None = None,
    ) -> CopyReport:
        """Copy a file or tree of a container into another one."""
        from pycman.containers.files.copy import copy_between

        return copy_between(self._session, name, path, other_name, other_path, options=options)

    def _recover(self) -> None:
        """Finish or undo what killed commands left, so that listings are true, and restart a killed supervisor."""
        from pycman.containers.catalogue import has_leftovers, needs_supervisor

        if has_leftovers(self._session):
            from pycman.containers.end.recover import recover_containers  # only imported after a command was killed

            recover_containers(self._session)
        if needs_supervisor(self._session):
            from pycman.containers.hooks.wake_supervisor import wake_supervisor  # only imported if it has work

            wake_supervisor(self._session)  # if it still runs, this only tries its lock

    # `list` is defined last: below it, annotations could not use the built-in type.
    def list(self, filters: Sequence[tuple[str, str]] = (), *, all: bool = False, last: int = 0) -> list[Container]:
        """Return running (or `all`) containers, newest first; `filters` are those of docker's ps. Raises InvalidInput."""
        from pycman.containers.catalogue import list_containers

        self._recover()
        return list_containers(self._session, filters, all=all, last=last)
