"""The steps of a start that write the bundle and run conmon; others are in mounts/steps.py and networks/steps.py."""

from __future__ import annotations

import os

from pycman.containers.bundle.bundle_input import build_input
from pycman.containers.bundle.host_hooks import with_host_hooks
from pycman.containers.cleanup.cleanup_claim import exit_command
from pycman.containers.cleanup.passage import passage
from pycman.containers.mounts.steps import MountExtras
from pycman.containers.start.groups import conmon_mover, prepare_groups
from pycman.errors import NotFound
from pycman.jsontext import parse_json
from pycman.linux.cgroup.early_move import EarlyMove
from pycman.linux.files import make_directory, remove_tree
from pycman.runtime.bundle_text import write_bundle
from pycman.runtime.conmon import conmon_program, kill_monitor
from pycman.runtime.host_facts import cgroup_manager, host_devices, host_facts
from pycman.runtime.monitor import Monitor
from pycman.runtime.oci_runtimes import choose_runtime
from pycman.state.settings import containers_conf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from pycman.containers.networks.connection import Connection
    from pycman.runtime.bundle_input import BundleInput
    from pycman.runtime.container_runtime import ContainerRuntime, Creation
    from pycman.runtime.monitor import Started
    from pycman.runtime.seccomp_filter import FilterCache
    from pycman.spec.container import ContainerSpec
    from pycman.state.session import Session


class WriteBundle:
    """Write config.json, /etc files and secrets into the bundle, below the run root."""

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
        self.network_path = ""
        """Path of the network namespace that was made before, for a container that is restored."""
        self.unkept_filter: FilterCache | None = None

    def describe(self) -> str:
        """Return what the step does, in one line."""
        return f"write {self._session.paths.bundle(self._row['id'])}/config.json"

    def do(self) -> None:
        """Write the bundle for the root and mounts of the steps before. Raises what `build_input` raises."""
        runtime = choose_runtime(self._session, self._row["oci_runtime"])
        manager = self._spec.manager
        host = host_facts(self._session, self._spec.resources, runtime=runtime.program, manager=manager)
        if host.apparmor and self._spec.security.apparmor_profile:
            from pycman.runtime.apparmor import confined  # only on hosts with AppArmor

            self._spec = confined(self._spec, rootless=self._session.rootless)
        inputs = build_input(self._session, self._row, self._spec, self._extras.found, host)
        inputs = inputs.replace(devices=host_devices(self._spec), hooks=self._hooks)
        if self.network_path:
            inputs = inputs.replace(namespaces={**inputs.namespaces, "network": self.network_path})
        if self._spec.conf_defaults and self._row["purpose"] != "build":
            inputs = with_host_hooks(self._session, inputs)
        if runtime.knows_pods and self._row["pod_id"]:
            inputs = inputs.replace(annotations={**inputs.annotations, **self._of_pod(runtime)})
        if self._session.options.notify_socket:
            inputs = self._with_notify_socket(inputs)
        if host.selinux and self._spec.security.mount_label:
            from pycman.containers.mounts.labels import label_own_files  # only on hosts with SELinux

            own = [mount for mount in inputs.mounts if mount not in self._extras.found]
            label_own_files(self._session, self._spec, self._row["id"], own)
        self.unkept_filter = write_bundle(self._session, inputs, self._session.paths.bundle(self._row["id"]), runtime)

    def _of_pod(self, runtime: ContainerRuntime) -> Mapping[str, str]:
        query = "SELECT id FROM containers WHERE pod_id = ? AND is_infra = 1"
        sandbox_id = str(self._session.db.value(query, (self._row["pod_id"],)) or "")
        return runtime.annotations(self._row["id"], sandbox_id)

    def _with_notify_socket(self, inputs: BundleInput) -> BundleInput:
        from pycman.containers.start.notify import (
            SOCKET_INSIDE,
            host_socket,
            notify_mount,
        )  # only imported below a service manager

        if not host_socket(self._session, self._spec):
            return inputs
        mount = notify_mount(self._session.paths.bundle(self._row["id"]))
        return inputs.replace(mounts=(*inputs.mounts, mount), env={**inputs.env, "NOTIFY_SOCKET": SOCKET_INSIDE})

    def undo(self) -> None:
        """Remove config.json; `MakeBundle.undo` removes the rest."""
        remove_tree(f"{self._session.paths.bundle(self._row['id'])}/config.json")


class MakeBundle:
    """The bundle's directory, before anything is mounted or written in it."""

    def __init__(self, session: Session, container_id: str) -> None:
        self._path = session.paths.bundle(container_id)

    def describe(self) -> str:
        """Return what the step does, in one line."""
        return f"make {self._path}"

    def do(self) -> None:
        """Create the directory, closed to other users."""
        make_directory(self._path, 0o700)

    def undo(self) -> None:
        """Remove the directory with everything in it."""
        remove_tree(self._path)


class StartMonitor:
    """Start the monitor, which waits for `RunMonitor`: what that takes passes while others mount and write the bundle."""

    def __init__(self, monitor: RunMonitor) -> None:
        self._monitor = monitor

    def describe(self) -> str:
        """Return what the step does, in one line."""
        return "start its monitor"

    def do(self) -> None:
        """Start it. Raises what `RunMonitor.begin` raises."""
        self._monitor.begin()

    def undo(self) -> None:
        """End it if it still waits."""
        self._monitor.abandon()


class RunMonitor:
    """Run conmon, which runs the OCI runtime's create and then waits for the container's exit."""

    def __init__(
        self,
        session: Session,
        row: Mapping[str, Any],
        spec: ContainerSpec,
        connection: Connection,
        *,
        stdin_once: bool = False,
        inherited: tuple[int, ...] = (),
        meanwhile: Callable[[], None] | None = None,
    ) -> None:
        """`meanwhile` is called while conmon and the runtime work, perhaps on another processor; the process gets the descriptors
        `inherited`.
        """
        self._session = session
        self._row = row
        self._spec = spec
        self._stdin_once = stdin_once
        self._inherited = inherited
        self._connection = connection
        self._meanwhile = meanwhile
        self.restore: tuple[str, tuple[str, ...]] | None = None
        """Directory of the checkpoint to restore, and options of the runtime's restore."""
        self.started: Started | None = None
        self._creation: Creation | None = None
        self._move: EarlyMove | None = None

    def describe(self) -> str:
        """Return what the step does, in one line."""
        verb = "create" if self.restore is None else "restore"
        return f"run conmon and {self._row['oci_runtime']} {verb} {self._row['id'][:12]}"

    def begin(self) -> None:
        """Start the monitor, which waits for `do`. Raises NotFound if the directory of the log is missing, and what `begin_create` raises."""
        monitor = monitor_of(self._session, self._row, self._spec).replace(
            stdin_once=self._stdin_once or self._spec.stdin_once, inherited=self._inherited
        )
        if self.restore is not None:
            monitor = monitor.replace(restore_from=self.restore[0], restore_options=self.restore[1])
        if self._session.options.notify_socket:
            from pycman.containers.start.notify import host_socket  # only imported below a service manager

            monitor = monitor.replace(notify_socket=host_socket(self._session, self._spec))
        stale = self._session.paths.exit_file(self._row["id"])  # of the last run, if its cleanup was killed
        remove_tree(stale)
        log = self._spec.log
        if log.path and not os.path.isdir(os.path.dirname(log.path)):
            raise NotFound("the directory of its log does not exist", subject=log.path, hint="make it first")
        held = self._connection.held
        self._creation = self._runtime().begin_create(monitor, held.descriptors if held else ())
        if self._manager() != "disabled":
            self._move = EarlyMove()

    def abandon(self) -> None:
        """End a monitor that still waits."""
        if self._creation is not None:
            self._creation.abandon()
        self._finish_move()

    def do(self) -> None:
        """Let the monitor go until the runtime has created the container.

        Raises RuntimeFailed, CommandNotFound and other kinds by its message.
        """
        if self._creation is None:
            self.begin()
        assert self._creation is not None
        prepare_groups(self._session, self._row, self._spec)
        mover = conmon_mover(self._session, self._row, self._spec, self._manager())
        try:
            with passage(self._session, self._row):
                self.started = self._creation.go(self._meanwhile, mover)
        finally:
            self._finish_move()

    def _finish_move(self) -> None:
        if self._move is not None:
            self._move.finish()

    def _manager(self) -> str:
        return cgroup_manager(self._session, self._runtime().program, self._spec.manager)

    def _runtime(self) -> ContainerRuntime:
        return choose_runtime(self._session, self._row["oci_runtime"], manager=self._spec.manager)

    def pid(self) -> int:
        """Return the pid of the container's first process; only after `do`."""
        assert self.started is not None
        return self.started.pid

    def undo(self) -> None:
        """Delete the container from the runtime and end conmon."""
        self.abandon()
        choose_runtime(self._session, self._row["oci_runtime"]).delete(self._row["id"], force=True)
        kill_monitor(f"{self._session.paths.bundle(self._row['id'])}/conmon.pid")


def monitor_of(session: Session, row: Mapping[str, Any], spec: ContainerSpec) -> Monitor:
    """Return everything that conmon's command line says of a container."""
    paths = session.paths
    bundle = paths.bundle(row["id"])
    conf = containers_conf(session)
    return Monitor(
        container_id=row["id"],
        name=row["name"],
        bundle=bundle,
        pid_file=f"{bundle}/pidfile",
        conmon_pid_file=f"{bundle}/conmon.pid",
        log_driver=spec.log.driver,
        log_path=spec.log.path or ("" if _only_the_journal(session, spec) else paths.log(row["id"])),
        log_tag=spec.log.tag,
        log_max_size_bytes=spec.log.max_size_bytes,
        keeps_log=bool(spec.log.path) or not spec.auto_remove,
        exit_dir=paths.exits,
        persist_dir=bundle,
        terminal=spec.terminal,
        stdin=spec.stdin,
        hides_null=not session.rootless and _has_user_namespace(row, spec) and (spec.terminal or not spec.stdin),
        exit_command=exit_command(session, row["id"]),
        timeout_s=_timeout_s(session, spec),
        command=spec.argv[0],
        workdir=spec.workdir or "/",
        conmon_path=conmon_program(conf),
        env=dict(pair.partition("=")[::2] for pair in conf.conmon_env_vars),
        keyring=conf.keyring or not spec.conf_defaults,
        pivot_root=not conf.no_pivot_root,
    )


def _only_the_journal(session: Session, spec: ContainerSpec) -> bool:
    """Say whether `logs` will find the output in the journal, so that no file has to keep it as well."""
    if spec.log.driver != "journald":
        return False
    from pycman.linux.journal import can_read  # only for containers that write there

    return can_read(session.user.uid)


def _has_user_namespace(row: Mapping[str, Any], spec: ContainerSpec) -> bool:
    return spec.user_mode.kind == "path" or bool(parse_json(row["id_map"]).get("uids"))


def _timeout_s(session: Session, spec: ContainerSpec) -> int:
    if not spec.deadline_s:
        return spec.timeout_s
    from pycman.containers.deadline import seconds_left  # only imported for pods with a deadline

    return seconds_left(session, spec)
