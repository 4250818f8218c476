"""`container checkpoint`: have CRIU write the processes of a running container to its directory, after which it has exited.

lock: row of `checkpoints` ──▶ runtime checkpoint ──▶ archive, if asked for ──▶ cleanup: exited, checkpointed

Killed before the dump is complete, the container runs on; killed after it, the cleanup of its end records a checkpoint (dumps.py).
"""

from __future__ import annotations

import os

from pycman.containers import dumps, states
from pycman.containers.catalogue import get_id, row_of, spec_of
from pycman.containers.checkpoint.place import NETWORK_STATUS, SHARED_MEMORY, place_of
from pycman.containers.cleanup.cleanup_claim import CleanupClaim
from pycman.containers.end.finish import finish_container
from pycman.containers.events import append_event
from pycman.errors import AlreadyExists, InvalidInput, NotFound, PycmanError, Unsupported, WrongState
from pycman.jsontext import format_json, parse_json
from pycman.linux.files import make_directory, read_text, remove_tree, sync_files
from pycman.linux.folder import Folder
from pycman.linux.namespaces import namespace_id
from pycman.linux.processes import wait_gone
from pycman.plan import crash_point
from pycman.runtime.criu import explain_failure, options_file, read_statistics, require_criu
from pycman.runtime.oci_runtimes import choose_runtime
from pycman.spec.annotations import CRIU_CONFIG
from pycman.spec.id_map import IdMap
from pycman.storage.diff import write_tree_tar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, BinaryIO

    from pycman.containers.checkpoint.options import CheckpointOptions
    from pycman.spec.container import ContainerSpec
    from pycman.state.session import Session

_GONE_S = 30.0


def checkpoint_container(
    session: Session, name: str, options: CheckpointOptions, output: BinaryIO | None = None
) -> dict[str, int]:
    """Checkpoint a running container, write an archive of it to `output` if there is one, and return CRIU's statistics.

    Raises NotFound, WrongState (it does not run), InvalidInput, Unavailable and Unsupported (CRIU, kernel or runtime cannot),
    RuntimeFailed.
    """
    session.enter_namespaces()
    container_id = get_id(session, name)
    _check_options(session, options, output)
    version = require_criu(choose_runtime(session, row_of(session, container_id)["oci_runtime"]))
    with CleanupClaim(session, container_id, if_free=True):
        with session.lock("container", container_id):
            row = row_of(session, container_id, name)
            spec = spec_of(row)
            _require_dumpable(session, row, options, exported=output is not None)
            _dump(session, row, spec, options, version)
            statistics = read_statistics(f"{place_of(session, container_id, options.named)}/stats-dump")
            if output is not None:
                from pycman.containers.checkpoint.archive.write import write_archive  # only imported for --export

                write_archive(session, row_of(session, container_id), options, output)
            if options.runs_on:
                dumps.record_copied(session, container_id)
            elif not wait_gone(row["pid"], row["pid_start"], _GONE_S):
                raise WrongState(
                    "its process was dumped and has not ended", subject=name, hint=f"run pycman kill {name}"
                )
            append_event(session, row, "checkpoint")
            crash_point("checkpoint:written")
        if not options.runs_on:
            _end(session, container_id)
    if not options.keep:
        for log in ("dump.log", "stats-dump"):
            remove_tree(f"{place_of(session, container_id, options.named)}/{log}")
    return statistics


def _check_options(session: Session, options: CheckpointOptions, output: BinaryIO | None) -> None:
    """Raise InvalidInput for options that contradict each other, Unsupported without privileges."""
    if session.rootless:
        raise Unsupported(
            "only root can checkpoint and restore containers",
            subject="checkpoint",
            hint="use sudo",
            code="checkpoint-needs-root",
        )
    if options.pre and options.with_previous:
        raise InvalidInput("not with --with-previous", subject="--pre-checkpoint", hint="leave one of them out")
    if options.compress not in ("zstd", "gzip", "none"):
        raise InvalidInput("not a compression", subject=options.compress, hint="use zstd, gzip or none")
    if output is None and not (options.rootfs and options.volumes):
        flag = "--ignore-volumes" if options.rootfs else "--ignore-rootfs"
        raise InvalidInput("it is for archives", subject=flag, hint="add --export, or leave it out")


def _require_dumpable(session: Session, row: Mapping[str, Any], options: CheckpointOptions, *, exported: bool) -> None:
    name = row["name"]
    states.require_process(row)
    if not (states.has_process(row) and states.state_of(session, row) == states.RUNNING):
        state = states.state_of(session, row)
        raise WrongState(
            f"container is {state}, only a running one can be checkpointed",
            subject=name,
            hint=f"run pycman unpause {name}" if state == states.PAUSED else f"run pycman start {name}",
        )
    if row["is_infra"]:
        raise InvalidInput(
            "it is the infra container of a pod", subject=name, hint="checkpoint the pod's other containers"
        )
    if row["auto_remove"] and not exported and not options.runs_on:
        raise InvalidInput(
            "it is removed at its end (--rm), and its checkpoint with it", subject=name, hint="use --export FILE"
        )
    _refuse_user_namespace(row)
    if options.with_previous and not os.path.isdir(f"{session.paths.container(row['id'])}/{dumps.PREVIOUS}"):
        raise NotFound(
            "there is no earlier checkpoint of its memory", subject=name, hint="make one with --pre-checkpoint first"
        )


def _refuse_user_namespace(row: Mapping[str, Any]) -> None:
    """Raise Unsupported for a container whose network belongs to a user namespace of its own: CRIU makes that one anew, too late."""
    own = parse_json(row["id_map"]).get("uids") and spec_of(row).network.kind not in ("host", "container", "path")
    if own:
        raise Unsupported(
            "its network namespace belongs to its own user namespace, so CRIU cannot restore it",
            subject=row["name"],
            hint="create it without --userns, or with --network host",
        )


def _dump(
    session: Session, row: Mapping[str, Any], spec: ContainerSpec, options: CheckpointOptions, version: str
) -> None:
    """Have the runtime dump the container into its directory. Raises what `explain_failure` makes of CRIU's log."""
    place = place_of(session, row["id"], options.named)
    images = f"{place}/{dumps.PREVIOUS if options.pre else dumps.CHECKPOINT}"
    if options.named.name and os.path.exists(place):
        raise AlreadyExists("it has such a checkpoint", subject=options.named.name, hint="take another name")
    flags = _flags(options)
    runtime = choose_runtime(session, row["oci_runtime"], manager=spec.manager)
    log = f"{place}/dump.log"
    remove_tree(log)
    remove_tree(images)
    make_directory(place, 0o700)
    make_directory(images, 0o700)
    _leave_network_out(session, row, runtime.program)
    _keep_addresses(session, row["id"], place)
    if not options.runs_on:
        dumps.begin_dump(session, row, images)
    crash_point("checkpoint:marked")
    try:
        runtime.checkpoint(row["id"], images, place, flags)
    except PycmanError as error:
        dumps.forget_dump(session, row["id"])
        failure = explain_failure(error, log, name=row["name"], version=version)
        remove_tree(place if options.named.name else images)
        raise failure from error
    if not options.pre and not dumps.is_complete(images):
        dumps.forget_dump(session, row["id"])
        raise WrongState("the runtime wrote no complete checkpoint", subject=row["name"], hint=f"its log is {log}")
    crash_point("checkpoint:dumped")
    if not options.pre:
        _keep_shared_memory(session, row, place)
    sync_files(images)


def _flags(options: CheckpointOptions) -> list[str]:
    """Return the options of the runtime's checkpoint. Pure."""
    flags = ["--leave-running"] if options.leave_running and not options.pre else []
    flags += ["--pre-dump"] if options.pre else []
    flags += ["--parent-path", f"../{dumps.PREVIOUS}"] if options.with_previous else []
    flags += ["--tcp-established"] if options.tcp_established else []
    return flags + (["--file-locks"] if options.file_locks else [])


def _leave_network_out(session: Session, row: Mapping[str, Any], program: str) -> None:
    """Write the options by which CRIU leaves the container's own network namespace out: it is made again by us.

    Of a namespace that config.json has by a path, the runtime says so itself. Raises WrongState for a container that an older
    pycman has started, whose config.json names no file of options.
    """
    bundle = session.paths.bundle(row["id"])
    config = parse_json(read_text(f"{bundle}/config.json"), subject=f"{bundle}/config.json")
    namespaces = {part["type"]: part.get("path", "") for part in config["linux"]["namespaces"]}
    if namespaces.get("network") != "":
        return
    if CRIU_CONFIG not in config.get("annotations", {}):
        raise WrongState(
            "it was started by an older pycman, which prepared nothing for checkpoints",
            subject=row["name"],
            hint=f"run pycman restart {row['name']} first",
        )
    with Folder(bundle, make=False) as folder:
        folder.write("criu.conf", options_file(program, namespace_id(row["pid"], "net")), mode=0o600)


def _keep_addresses(session: Session, container_id: str, place: str) -> None:
    """Write down the addresses of a container as podman's network.status, so that a restored one gets them again."""
    from pycman.containers.checkpoint.addresses import network_status  # only imported for checkpoints

    status = format_json(network_status(session, container_id))
    with Folder(place, make=False) as folder:
        folder.write(NETWORK_STATUS, status, mode=0o600, sync=True)


def _keep_shared_memory(session: Session, row: Mapping[str, Any], place: str) -> None:
    """Write the content of the container's own /dev/shm, a mount of the host's that CRIU leaves out, to a tar."""
    shm = f"{session.paths.bundle(row['id'])}/shm"
    remove_tree(f"{place}/{SHARED_MEMORY}")
    if not os.path.ismount(shm):
        return
    with Folder(place, make=False) as folder, folder.create(SHARED_MEMORY) as output:
        write_tree_tar(shm, output, id_map=IdMap.from_dict(parse_json(row["id_map"])))
        os.fsync(output.fileno())


def _end(session: Session, container_id: str) -> None:
    """Do what follows from the end of a dumped container; its pod goes on as after every other end."""
    finished = finish_container(session, container_id)
    if finished is not None and finished.pod_id:
        from pycman.containers.end.pod_end import after_member_end  # only imported for members of pods

        after_member_end(session, finished)
