"""Start a container: mounts, bundle, conmon with the runtime's create, then the runtime's start.

The row gets this boot's id before the first step and the pid after the last, so a killed start is known by a boot id
without a process and undone by the next command (cleanup.py).
"""

from __future__ import annotations

import time

from pycman.containers import states
from pycman.containers.bundle.bundle_input import build_input
from pycman.containers.catalogue import get_id, row_of, spec_of
from pycman.containers.cleanup.cleanup import clean_up, clean_up_if_exited
from pycman.containers.cleanup.cleanup_claim import exit_command
from pycman.containers.mounts.steps import MountExtras, MountRoot
from pycman.containers.networks.connection import Connect, Connection, Reserve
from pycman.containers.passage import passage
from pycman.errors import InUse, NotFound, PycmanError, WrongState
from pycman.linux.files import make_directory, remove_tree
from pycman.linux.processes import boot_id, start_time
from pycman.plan import carry_out, crash_point
from pycman.runtime.bundle_text import write_bundle
from pycman.runtime.conmon import Monitor, kill_monitor, start_monitor
from pycman.runtime.host_facts import host_devices, host_facts
from pycman.runtime.oci_runtimes import choose_runtime
from pycman.state import events
from pycman.state.settings import containers_conf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.containers.networks.connection import Connection
    from pycman.plan import Step
    from pycman.runtime.conmon import Started
    from pycman.runtime.seccomp_filter import FilterCache
    from pycman.spec.container import ContainerSpec
    from pycman.state.session import Session


_PROBES = ('"startup_probe"', '"readiness_probe"', '"liveness_probe"')
_POST_START = '"post_start"'
"""How a stored spec says that it has them."""
_EARLY_NS = 10_000_000


class WriteBundle:
    """config.json, etc files and secrets below the run root."""

    def __init__(
        self,
        session: Session,
        row: Mapping[str, Any],
        spec: ContainerSpec,
        extras: MountExtras,
        hooks: Mapping[str, tuple[Any, ...]],
    ) -> None:
        self._session = session
        self._row = row
        self._spec = spec
        self._extras = extras
        self._hooks = hooks
        self.unkept_filter: FilterCache | None = None

    def describe(self) -> str:
        """Return the step in words."""
        return f"write {self._session.paths.bundle(self._row['id'])}/config.json"

    def do(self) -> None:
        """Write it."""
        runtime = choose_runtime(self._session, self._row["oci_runtime"])
        host = host_facts(self._session, self._spec.resources, runtime=runtime.program)
        inputs = build_input(self._session, self._row, self._spec, self._extras.found, host)
        inputs = inputs.replace(devices=host_devices(self._spec), hooks=self._hooks)
        self.unkept_filter = write_bundle(self._session, inputs, self._session.paths.bundle(self._row["id"]), runtime)

    def undo(self) -> None:
        """Remove it; the rest goes with the bundle's directory."""
        remove_tree(f"{self._session.paths.bundle(self._row['id'])}/config.json")


class MakeBundle:
    """The bundle's directory, before anything is mounted or written in it."""

    def __init__(self, session: Session, container_id: str) -> None:
        self._path = session.paths.bundle(container_id)

    def describe(self) -> str:
        """Return the step in words."""
        return f"make {self._path}"

    def do(self) -> None:
        """Make it."""
        make_directory(self._path, 0o700)

    def undo(self) -> None:
        """Remove it with all that is in it."""
        remove_tree(self._path)


class RunMonitor:
    """conmon, which runs the OCI runtime's create and waits for the container's end."""

    def __init__(
        self,
        session: Session,
        row: Mapping[str, Any],
        spec: ContainerSpec,
        connection: Connection,
        *,
        stdin_once: bool = False,
    ) -> None:
        self._session = session
        self._row = row
        self._spec = spec
        self._stdin_once = stdin_once
        self._connection = connection
        self.started: Started | None = None

    def describe(self) -> str:
        """Return the step in words."""
        return f"run conmon and {self._row['oci_runtime']} create {self._row['id'][:12]}"

    def do(self) -> None:
        """Run it; what the runtime complains of is raised as the kind it is."""
        monitor = monitor_of(self._session, self._row, self._spec).replace(
            stdin_once=self._stdin_once or self._spec.stdin_once
        )
        held = self._connection.held
        with passage(self._session, self._row):
            self.started = start_monitor(monitor, held.descriptors if held else (), _load_what_follows)

    def undo(self) -> None:
        """Delete the container from the runtime and end conmon."""
        choose_runtime(self._session, self._row["oci_runtime"]).delete(self._row["id"], force=True)
        kill_monitor(f"{self._session.paths.bundle(self._row['id'])}/conmon.pid")


def _load_what_follows() -> None:
    """Import what the end of a foreground `run` needs, while there is nothing else to do (3 ms)."""
    import pycman.containers.attach.attach_and_wait  # noqa: F401 - for its effect


def monitor_of(session: Session, row: Mapping[str, Any], spec: ContainerSpec) -> Monitor:
    """Return what conmon is told."""
    paths = session.paths
    bundle = paths.bundle(row["id"])
    return Monitor(
        container_id=row["id"],
        name=row["name"],
        bundle=bundle,
        runtime=choose_runtime(session, row["oci_runtime"]),
        pid_file=f"{bundle}/pidfile",
        conmon_pid_file=f"{bundle}/conmon.pid",
        log_driver=spec.log.driver,
        log_path=spec.log.path or paths.log(row["id"]),
        log_max_size_bytes=spec.log.max_size_bytes,
        log_tag=spec.log.tag,
        exit_dir=paths.exits,
        persist_dir=bundle,
        terminal=spec.terminal,
        stdin=spec.stdin,
        exit_command=exit_command(session, row["id"]),
        timeout_s=_timeout_s(session, spec),
        command=(*(spec.entrypoint or ()), *spec.command)[0],
    )


def _timeout_s(session: Session, spec: ContainerSpec) -> int:
    if not spec.deadline_s:
        return spec.timeout_s
    from pycman.containers.cleanup.deadline import seconds_left  # few pods have one

    return seconds_left(session, spec)


def initialize_container(session: Session, name: str) -> str:
    """Make namespaces and mounts of a container without starting its process (`init`); return its id."""
    session.enter_namespaces()
    container_id = get_id(session, name)
    start_sandbox_of(session, container_id)
    with session.lock("container", container_id):
        row = ready_row(session, container_id, name)
        if states.state_of(row) in states.ALIVE:
            raise WrongState(f"container is {states.state_of(row)} already", subject=name)
        initialize(session, row, spec_of(row))
    return container_id


def start_in_background(
    session: Session,
    container_id: str,
    name: str = "",
    *,
    is_restart: bool = False,
    pending: list[Connection] | None = None,
) -> None:
    """Start a container unless it runs; `is_restart` counts it (restart policy).

    Of a sandbox without a process, what its network lacks when its members can be made is left in `pending`: they are not
    run before that is there, and the caller has to `complete` it.
    """
    start_sandbox_of(session, container_id)
    with session.lock("container", container_id):
        if is_restart:
            row = row_of(session, container_id, name)
            if row["stopped_by_user"] or not 0 < row["restart_at_ns"] <= time.time_ns() + _EARLY_NS:
                return  # stopped or started while the restart waited; if it has ended again, its end is another's to handle
        row = ready_row(session, container_id, name or container_id)
        state = states.state_of(row)
        if state in (states.RUNNING, states.PAUSED):
            return
        spec = spec_of(row)
        if state != states.INITIALIZED:
            initialize(session, row, spec, pending=pending)
        if spec.pod_id and spec.network.kind == "container":
            _await_names(session, spec.network.value)
        more = start_process(session, container_id, is_restart=is_restart)
    if more:
        after_start(session, container_id)


def _await_names(session: Session, infra_id: str) -> None:
    """Wait until the network of a sandbox without a process is complete: who makes it holds the lock as long."""
    if session.db.value("SELECT pinned FROM containers WHERE id = ?", (infra_id,)):
        with session.lock("network", "all"):
            return


def start_sandbox_of(session: Session, container_id: str) -> None:
    """Start the infra container of the pod that a container is a member of, if it does not run."""
    infra = session.db.value(
        "SELECT i.id FROM containers c JOIN containers i ON i.pod_id = c.pod_id AND i.is_infra = 1"
        " WHERE c.id = ? AND c.pod_id != '' AND c.is_infra = 0",
        (container_id,),
    )
    if infra is not None:
        start_in_background(session, str(infra))


def ready_row(session: Session, container_id: str, name: str) -> Any:
    """Return the row of a container that may be started, cleaned up if it ended unnoticed. Raises WrongState."""
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
    pending: list[Connection] | None = None,
) -> None:
    """Carry out the steps up to the runtime's create and keep the pid (of a pinned sandbox: all there is to do).
    The container's lock is held.

    `stdin_once`: its standard input ends with that of the client that is about to attach.
    """
    hooks: Mapping[str, tuple[Any, ...]] = {}
    if spec.cdi_devices:
        from pycman.containers.bundle.cdi import read_edits, with_edits  # few have any

        edits = read_edits(spec.cdi_devices, containers_conf(session).cdi_spec_dirs)
        spec, hooks = with_edits(spec, edits), edits.hooks
    if row["mounted"] and row["boot_id"]:
        raise InUse("it is being cleaned up", subject=row["name"], hint="try again")
    _change(session, row["id"], boot_id=boot_id(), error="", restart_at_ns=0, pid=0)
    crash_point("start:marked")
    extras = MountExtras(session, row, spec)
    connection = Connection(session, row, spec, early=pending is not None and spec.pinned)
    if spec.pinned:
        return _initialize_pinned(session, row, spec, extras, connection, pending)
    bundle = WriteBundle(session, row, spec, extras, hooks)
    monitor = RunMonitor(session, row, spec, connection, stdin_once=stdin_once)
    steps: list[Step] = [
        MakeBundle(session, row["id"]),
        MountRoot(session, row, spec),
        extras,
        bundle,
        monitor,
    ]
    if connection.needed:  # first: while the rest is done, a child makes what the network needs
        steps = [Reserve(connection, spec), *steps, Connect(connection, monitor)]
    try:
        carry_out("start", steps, session.log_step)
    except PycmanError as error:
        raise _keep_failure(session, row, error) from error
    if bundle.unkept_filter is not None:
        bundle.unkept_filter.keep(choose_runtime(session, row["oci_runtime"]), row["id"])
    _warn_of_mounts(session, row, spec)
    started = monitor.started
    assert started is not None
    with session.db.transaction():
        _change(
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
        events.append(session.db, "container", "init", row["id"], name=row["name"], image=row["image_name"])
    crash_point("start:initialized")
    return None


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
        steps.insert(0, Reserve(connection, spec))
    try:
        carry_out("start", steps, session.log_step)
    except PycmanError as error:
        raise _keep_failure(session, row, error) from error
    with session.db.transaction():
        _change(session, row["id"], conmon_pid=PINNED, exit_status=0)
        events.append(session.db, "container", "init", row["id"], name=row["name"], image="")
    crash_point("start:initialized")


def _warn_of_mounts(session: Session, row: Mapping[str, Any], spec: ContainerSpec) -> None:
    """Say which mounts the container's user may not use, and the flag that fixes it."""
    if any(mount.kind in ("bind", "volume") for mount in spec.mounts):
        from pycman.containers.diagnose.mount_ownership import diagnose_mounts  # 2 ms, only with mounts

        try:
            session.warnings += [f"{finding.text} ({finding.fix})" for finding in diagnose_mounts(session, row, spec)]
        except (PycmanError, OSError):
            return  # a look that fails must not take a container down that is about to run


def start_process(session: Session, container_id: str, *, is_restart: bool = False) -> bool:
    """Run the process of an initialized container. The container's lock is held.

    Returns whether `after_start` has to follow, once the lock is given back.
    """
    row = row_of(session, container_id)
    try:
        if not row["pinned"]:
            choose_runtime(session, row["oci_runtime"]).start(container_id)
    except PycmanError as error:
        clean_up(session, row, failed=True)
        raise _keep_failure(session, row, error) from error
    crash_point("start:started")
    probed = any(word in row["spec"] for word in _PROBES)  # not parsed for it: few have any
    hooked = _POST_START in row["spec"]
    started_at_ns = time.time_ns()
    with session.db.transaction():
        ready = True
        if probed or hooked:
            from pycman.containers.hooks.probe_rows import begin_probes

            ready = begin_probes(session, container_id, spec_of(row), started_at_ns)
        _change(
            session,
            container_id,
            started_at_ns=started_at_ns,
            ready=ready,
            stopped_by_user=0,
            restart_at_ns=0,
            restart_count=row["restart_count"] + 1 if is_restart else 0,
            restart_tries=row["restart_tries"] if is_restart else 0,
            health_status="starting" if row["has_health"] else "",
            health_streak=0,
            health_started=0,
            health_due_ns=0,
        )
        events.append(
            session.db,
            "container",
            "restart" if is_restart else "start",
            container_id,
            name=row["name"],
            image=row["image_name"],
        )
    if row["has_health"] or probed:
        from pycman.containers.hooks.wake_supervisor import wake_supervisor  # only those with checks

        wake_supervisor(session)
    return hooked or bool(row["pod_id"])


def after_start(session: Session, container_id: str) -> None:
    """Run a container's postStart hook, and have services know of a pod's member. A hook that fails ends the container.

    No lock is held: a hook may take its time, and whoever stops or kills the container need not wait for it.
    """
    try:
        row = row_of(session, container_id)
    except NotFound:
        return  # it has ended, and was to be removed then
    if _POST_START in row["spec"]:
        from pycman.containers.hooks.lifecycle_hooks import run_post_start

        run_post_start(session, row, spec_of(row))
    if row["pod_id"]:
        from pycman.containers.end.pod_end import refresh_services  # members of pods only

        refresh_services(session)


def _keep_failure(session: Session, row: Mapping[str, Any], failure: PycmanError) -> PycmanError:
    """Write down why it did not start and return the error to raise: with what the image says of the command."""
    from pycman.containers.diagnose.why import refine  # only on failure

    _change(session, row["id"], boot_id="", pid=0)
    error = refine(session, row, spec_of(row), failure)
    with session.db.transaction():
        _change(session, row["id"], boot_id="", pid=0, error=str(error), exit_status=error.exit_status)
        events.append(
            session.db,
            "container",
            "start_failed",
            row["id"],
            name=row["name"],
            image=row["image_name"],
            attributes={"error": str(error), "reference": error.reference, "exit_status": str(error.exit_status)},
        )
    return error


def _change(session: Session, container_id: str, **values: object) -> None:
    columns = ", ".join(f"{name} = ?" for name in values)
    session.db.change(f"UPDATE containers SET {columns} WHERE id = ?", (*values.values(), container_id))
