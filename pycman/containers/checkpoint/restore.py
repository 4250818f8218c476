"""`container restore`: start a container from the processes that a checkpoint has written, in place of its command.

lock: boot id into the row ──▶ bundle, root, mounts, network ──▶ conmon with the runtime's restore ──▶ running, checkpoint removed

Killed before the process is in the row, the next command undoes it, and the checkpoint is still there.
"""

from __future__ import annotations

import os

from pycman.containers import dumps, states
from pycman.containers.catalogue import change_row, get_id, row_of, spec_of
from pycman.containers.checkpoint.addresses import with_addresses
from pycman.containers.checkpoint.held_network import HoldNetwork
from pycman.containers.checkpoint.place import LOGS, NETWORK_STATUS, SHARED_MEMORY, place_of
from pycman.containers.mounts.steps import MountExtras, MountRoot
from pycman.containers.networks.connection import Connection
from pycman.containers.start.groups import leave_login
from pycman.containers.start.initialize import carry_out_start, ready_row, record_process, with_cdi_devices
from pycman.containers.start.run_process import after_start, process_runs
from pycman.containers.start.start import start_sandbox_of
from pycman.containers.start.steps import MakeBundle, RunMonitor, WriteBundle
from pycman.errors import InUse, NotFound, PycmanError, Unsupported, WrongState
from pycman.jsontext import format_json, parse_json
from pycman.linux.files import read_text, remove_tree
from pycman.linux.folder import Folder
from pycman.linux.processes import boot_id
from pycman.plan import crash_point
from pycman.runtime.criu import explain_failure, read_statistics, require_criu
from pycman.runtime.oci_runtimes import choose_runtime
from pycman.spec.id_map import IdMap
from pycman.storage.unpack import PlainStyle, unpack_tar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.containers.checkpoint.options import RestoreOptions
    from pycman.plan import Step
    from pycman.spec.container import ContainerSpec
    from pycman.state.session import Session


class _Restore(RunMonitor):
    """Run conmon with the runtime's restore, and keep CRIU's log, which the bundle does not outlive."""

    log = ""
    """Where the log is kept."""
    version = ""

    def do(self) -> None:
        """Run conmon until the runtime has restored the container. Raises what CRIU's log says."""
        try:
            super().do()
        except PycmanError as error:
            self._keep_log()
            raise explain_failure(error, self.log, name=self._row["name"], version=self.version) from error
        self._keep_log()

    def _keep_log(self) -> None:
        bundle = self._session.paths.bundle(self._row["id"])
        directory = os.path.dirname(self.log)
        with Folder(directory, make=False) as folder:
            folder.write("restore.log", read_text(f"{bundle}/restore.log"), mode=0o600)
            if os.path.isfile(f"{bundle}/stats-restore"):
                with open(f"{bundle}/stats-restore", "rb") as file:
                    folder.write("stats-restore", file.read(), mode=0o600)


def restore_container(session: Session, name: str, options: RestoreOptions) -> tuple[str, dict[str, int]]:
    """Start a container from its checkpoint; return its id and CRIU's statistics.

    Raises NotFound (no checkpoint), WrongState (it runs), Unavailable and Unsupported (CRIU, kernel or runtime cannot),
    and what the steps of a start raise.
    """
    session.enter_namespaces()
    container_id = get_id(session, name)
    if session.rootless:
        raise Unsupported(
            "only root can checkpoint and restore containers",
            subject="restore",
            hint="use sudo",
            code="restore-needs-root",
        )
    place = checkpoint_of(session, container_id, name, options)
    version = require_criu(choose_runtime(session, row_of(session, container_id)["oci_runtime"]))
    start_sandbox_of(session, container_id)
    with session.lock("container", container_id):
        row = ready_row(session, container_id, name)
        if states.has_process(row):
            raise WrongState(f"container is {states.state_of(session, row)}, it cannot be restored", subject=name)
        needs_after_start = _restore(session, row, place, options, version)
        crash_point("restore:running")
        statistics = read_statistics(f"{place}/stats-restore")
        if not options.keep:
            _forget_files(place, named=bool(options.named.name))
    if needs_after_start:
        after_start(session, container_id)
    return container_id, statistics


def has_images(session: Session, container_id: str) -> bool:
    """Say whether there is a complete checkpoint of a container, without a name."""
    return dumps.is_complete(f"{session.paths.container(container_id)}/{dumps.CHECKPOINT}")


def checkpoint_of(session: Session, container_id: str, name: str, options: RestoreOptions) -> str:
    """Return the directory of the checkpoint to restore. Raises NotFound if there is no complete one."""
    place = place_of(session, container_id, options.named)
    if not dumps.is_complete(f"{place}/{dumps.CHECKPOINT}"):
        named = options.named.name
        problem = f"it has no checkpoint {named}" if named else "there is no checkpoint of it"
        raise NotFound(problem, subject=name, hint=f"make one with pycman container checkpoint {name}")
    return place


def _restore(session: Session, row: Mapping[str, Any], place: str, options: RestoreOptions, version: str) -> bool:
    """Carry out the steps and record that the container runs; return whether `after_start` is to be called."""
    leave_login(session)
    own = spec_of(row)
    if not (options.address and options.mac):
        own = with_addresses(own, {}, address=options.address, mac=options.mac)
        change_row(session, row["id"], spec=format_json(own.to_dict()))
        row = row_of(session, row["id"])
    spec, hooks = with_cdi_devices(session, own)
    status = parse_json(read_text(f"{place}/{NETWORK_STATUS}", "{}"), subject=NETWORK_STATUS)
    spec = with_addresses(spec, status if isinstance(status, dict) else {}, address=options.address, mac=options.mac)
    if row["mounted"] and row["boot_id"]:
        raise InUse("it is being cleaned up", subject=row["name"], hint="try again")
    with session.db.transaction(durable=False):
        change_row(session, row["id"], boot_id=boot_id(), error="", restart_at_ns=0, pid=0)
    crash_point("restore:marked")
    extras = MountExtras(session, row, spec)
    connection = Connection(session, row, spec)
    bundle = WriteBundle(session, row, spec, extras, hooks)
    monitor = _Restore(session, row, spec, connection)
    monitor.restore = (f"{place}/{dumps.CHECKPOINT}", tuple(_flags(options)))
    monitor.log, monitor.version = f"{place}/restore.log", version
    memory = _SharedMemory(session, row, f"{place}/{SHARED_MEMORY}")
    steps: list[Step] = [MakeBundle(session, row["id"]), MountRoot(session, row, spec), extras, memory]
    if _has_own_network(spec):
        held = HoldNetwork(session, row, spec, connection)
        bundle.network_path = held.path
        steps.insert(1, held)
    steps += [bundle, monitor]
    if connection.needed:
        from pycman.containers.networks.steps import Reserve  # only imported for containers with a network

        steps.insert(0, Reserve(connection, spec))
    carry_out_start(session, row, steps)
    crash_point("restore:restored")
    with session.db.transaction(durable=not row["auto_remove"]):
        record_process(session, row, monitor)
        return process_runs(session, row_of(session, row["id"]), restored=True)


def _has_own_network(spec: ContainerSpec) -> bool:
    return spec.network.kind not in ("host", "container", "path")


def _flags(options: RestoreOptions) -> list[str]:
    """Return the options of the runtime's restore. Pure."""
    asked = {
        "--tcp-established": options.tcp_established,
        "--tcp-close": options.tcp_close,
        "--file-locks": options.file_locks,
    }
    return [flag for flag, wanted in asked.items() if wanted]


def _forget_files(place: str, *, named: bool) -> None:
    """Remove the checkpoint and what belongs to it; docker keeps its checkpoints with a name."""
    files = () if named else (dumps.CHECKPOINT, dumps.PREVIOUS, NETWORK_STATUS, SHARED_MEMORY)
    for name in (*files, *LOGS):
        remove_tree(f"{place}/{name}")


class _SharedMemory:
    """Fill the container's own /dev/shm as it was."""

    def __init__(self, session: Session, row: Mapping[str, Any], archive: str) -> None:
        self._session = session
        self._row = row
        self._archive = archive

    def describe(self) -> str:
        """Return what the step does, in one line."""
        return "fill /dev/shm"

    def do(self) -> None:
        """Unpack the archive, which may be a stranger's. Raises Corrupt, NoSpace."""
        shm = f"{self._session.paths.bundle(self._row['id'])}/shm"
        if not (os.path.ismount(shm) and os.path.isfile(self._archive)):
            return
        top = os.open(shm, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            with open(self._archive, "rb") as source:
                id_map = IdMap.from_dict(parse_json(self._row["id_map"]))
                unpack_tar(source, top, style=PlainStyle(), id_map=id_map)
        finally:
            os.close(top)

    def undo(self) -> None:
        """Do nothing: the mount goes with the others."""
