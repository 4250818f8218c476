"""Initialize a container: the steps up to the runtime's create, after which its process waits to be started."""

from __future__ import annotations

from pycman.containers.catalogue import change_row, row_of
from pycman.containers.cleanup.cleanup import clean_up_if_exited
from pycman.containers.events import append_event
from pycman.containers.mounts.steps import MountExtras, MountRoot
from pycman.containers.networks.connection import Connection
from pycman.containers.start.groups import leave_login
from pycman.containers.start.steps import MakeBundle, RunMonitor, StartMonitor, WriteBundle
from pycman.errors import InUse, PycmanError, WrongState
from pycman.linux.processes import boot_id, start_time
from pycman.plan import carry_out, crash_point
from pycman.runtime.oci_runtimes import choose_runtime
from pycman.state.settings import containers_conf, storage_conf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from pycman.containers.start.root_options import CheckRootOptions
    from pycman.plan import Step
    from pycman.spec.container import ContainerSpec
    from pycman.state.session import Session


def ready_row(session: Session, container_id: str, name: str) -> Any:
    """Return the row of a container that can be started, after cleaning up its last run. The caller holds its lock.

    Raises NotFound, WrongState if it is being created or removed.
    """
    row = clean_up_if_exited(session, row_of(session, container_id, name))
    if row["row_state"] != "ready":
        raise WrongState(f"container is being {row['row_state'].replace('ing', 'ed')}", subject=name)
    return row


def initialize(
    session: Session,
    row: Mapping[str, Any],
    spec: ContainerSpec,
    *,
    stdin_once: bool = False,
    inherited: tuple[int, ...] = (),
    meanwhile: Callable[[], None] | None = None,
    pending: list[Connection] | None = None,
) -> None:
    """Carry out the steps up to the runtime's create and record the pid. The caller holds the container's lock.

    `stdin_once`: the container's standard input is closed when the client that is about to attach closes its own.
    `inherited`: descriptors of this process that the container's process gets.
    `meanwhile` is called while conmon and the runtime work. Of a pinned sandbox, which has no process, these steps are
    the whole start, and `pending` gets its connection to `complete` later. Raises what the steps raise, after undoing
    those that were done.
    """
    leave_login(session)
    spec, hooks = with_cdi_devices(session, spec)
    if row["mounted"] and row["boot_id"]:
        raise InUse("it is being cleaned up", subject=row["name"], hint="try again")
    with session.db.transaction(durable=False):
        change_row(session, row["id"], boot_id=boot_id(), error="", restart_at_ns=0, pid=0)
    crash_point("start:marked")
    extras = MountExtras(session, row, spec)
    connection = Connection(session, row, spec, early=pending is not None and spec.pinned)
    if spec.pinned:
        return _initialize_pinned(session, row, spec, extras, connection, pending)
    bundle = WriteBundle(session, row, spec, extras, hooks)
    monitor = RunMonitor(
        session, row, spec, connection, stdin_once=stdin_once, inherited=inherited, meanwhile=meanwhile
    )
    steps: list[Step] = [
        MakeBundle(session, row["id"]),
        StartMonitor(monitor),
        MountRoot(session, row, spec),
        extras,
        bundle,
        monitor,
    ]
    if spec.workdir_required:
        from pycman.containers.start.workdir_check import CheckWorkdir  # only imported for podman's --workdir

        steps.insert(3, CheckWorkdir(spec, session.paths.merged(row["id"])))
    steps += _checks_of_root(session, row, spec, monitor)
    if spec.pid_file or spec.conmon_pid_file:
        from pycman.containers.start.pid_files import WritePidFiles  # only imported for --pidfile and --conmon-pidfile

        steps.append(WritePidFiles(spec, monitor))
    if connection.needed:
        from pycman.containers.networks.steps import Connect, Reserve  # only imported for containers with a network

        # reserved first: a child makes bridges and rules while the other steps are carried out
        steps = [Reserve(connection, spec), *steps, Connect(connection, monitor.pid)]
    carry_out_start(session, row, steps)
    if bundle.unkept_filter is not None:
        bundle.unkept_filter.keep(choose_runtime(session, row["oci_runtime"]), row["id"])
    _warn_of_mounts(session, row, spec)
    record_process(session, row, monitor)
    crash_point("start:initialized")
    return None


def with_cdi_devices(session: Session, spec: ContainerSpec) -> tuple[ContainerSpec, Mapping[str, tuple[Any, ...]]]:
    """Return the spec with what its CDI devices need, and their hooks."""
    if not spec.cdi_devices:
        return spec, {}
    from pycman.containers.bundle.cdi import read_edits, with_edits  # only imported for containers with CDI devices

    edits = read_edits(spec.cdi_devices, containers_conf(session).cdi_spec_dirs)
    return with_edits(spec, edits), edits.hooks


def record_process(session: Session, row: Mapping[str, Any], monitor: RunMonitor) -> None:
    """Write the pids of process and conmon with their start times into the row, and append the event "init"."""
    started = monitor.started
    assert started is not None
    with session.db.transaction(durable=False):
        change_row(
            session,
            row["id"],
            pid=started.pid,
            pid_start=start_time(started.pid),
            conmon_pid=started.conmon_pid,
            conmon_start=start_time(started.conmon_pid),
            oom_killed=0,
            paused=0,
            exit_status=0,
            term_signal=0,
        )
        append_event(session, row, "init")


def _checks_of_root(
    session: Session, row: Mapping[str, Any], spec: ContainerSpec, monitor: RunMonitor
) -> list[CheckRootOptions]:
    """Return the step that checks the root's mount options, if storage.conf sets some."""
    conf = storage_conf(session)
    if conf is None or not conf.mount_options or spec.rootfs:
        return []
    from pycman.containers.start.root_options import CheckRootOptions  # only imported if storage.conf sets mountopt

    return [CheckRootOptions(conf.mount_options, monitor, choose_runtime(session, row["oci_runtime"]).name)]


def _initialize_pinned(
    session: Session,
    row: Mapping[str, Any],
    spec: ContainerSpec,
    extras: MountExtras,
    connection: Connection,
    pending: list[Connection] | None,
) -> None:
    from pycman.containers.start.pinned_sandbox import PINNED, ConnectPinned, PinNamespaces  # pods of YAML and CRI

    steps: list[Step] = [
        MakeBundle(session, row["id"]),
        extras,
        PinNamespaces(session, row, spec),
        ConnectPinned(session, row, spec, connection, pending),
    ]
    if connection.needed:
        from pycman.containers.networks.steps import Reserve  # only imported for containers with a network

        steps.insert(0, Reserve(connection, spec))
    carry_out_start(session, row, steps)
    with session.db.transaction(durable=False):
        change_row(session, row["id"], conmon_pid=PINNED, exit_status=0)
        append_event(session, row, "init")
    crash_point("start:initialized")


def carry_out_start(session: Session, row: Mapping[str, Any], steps: Sequence[Step]) -> None:
    """Carry out the steps of a start; a failure is undone, recorded in the row, and raised."""
    try:
        carry_out("start", steps, session.log_step)
    except PycmanError as error:
        from pycman.containers.start.failure import record_failure  # only imported when a start fails

        raise record_failure(session, row, error) from error


def _warn_of_mounts(session: Session, row: Mapping[str, Any], spec: ContainerSpec) -> None:
    """Warn of mounts that the container's user may not use, with the flag that fixes it."""
    made_here = spec.message_path  # a file of the pod, which everybody may write
    if any(mount.kind in ("bind", "volume") and mount.target != made_here for mount in spec.mounts):
        from pycman.containers.diagnose.mount_ownership import (
            diagnose_mounts,
        )  # 2 ms, only imported for binds and volumes

        try:
            session.warnings += [f"{finding.text} ({finding.fix})" for finding in diagnose_mounts(session, row, spec)]
        except (PycmanError, OSError):
            return  # a failed diagnosis must not stop the start
