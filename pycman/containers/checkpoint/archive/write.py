"""Write the checkpoint of a container, which still has its bundle, as an archive in podman's format."""

from __future__ import annotations

import os
import tarfile

from pycman.containers import dumps
from pycman.containers.catalogue import spec_of
from pycman.containers.checkpoint.archive.config import config_dump
from pycman.containers.checkpoint.place import LOGS, NETWORK_STATUS, SHARED_MEMORY
from pycman.containers.files.diff import without_engine_changes
from pycman.errors import InvalidInput, from_os_error
from pycman.jsontext import format_json, parse_json
from pycman.linux.files import make_directory, read_text, remove_tree
from pycman.linux.folder import Folder
from pycman.spec.id_map import IdMap
from pycman.storage.archive_io import open_compressed
from pycman.storage.diff import list_changes, write_listed_tar, write_tree_tar
from pycman.storage.layers import layer_paths
from pycman.storage.scratch import scratch_path
from pycman.volumes.use import mount_volume, unmount_volume

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, BinaryIO

    from pycman.containers.checkpoint.options import CheckpointOptions
    from pycman.spec.container import ContainerSpec
    from pycman.state.session import Session

ROOT_CHANGES = "rootfs-diff.tar"
DELETED = "deleted.files"
CONFIG = "config.dump"
SPEC = "spec.dump"
VOLUMES = "volumes"


def write_archive(session: Session, row: Mapping[str, Any], options: CheckpointOptions, output: BinaryIO) -> None:
    """Write the checkpoint in the container's directory to `output`, compressed as asked for.

    Raises InvalidInput (it depends on containers outside of its pod), NoSpace.
    """
    spec = spec_of(row)
    config = config_dump(row, spec, infra_id=_infra_id(session, row))
    if config.get("dependencies"):
        raise InvalidInput(
            "it depends on other containers, so its checkpoint cannot be exported",
            subject=row["name"],
            hint="restore it here, without --export",
        )
    scratch = scratch_path(session, "checkpoint")
    make_directory(scratch, 0o700)
    try:
        _describe(session, row, config, scratch)
        if options.rootfs and not options.pre and not spec.rootfs:
            _write_root_changes(session, row, scratch)
        if options.volumes and not options.pre:
            _write_volumes(session, spec, scratch)
        sink = open_compressed(output, "" if options.compress == "none" else options.compress)
        _pack(session.paths.container(row["id"]), scratch, sink, pre=options.pre)
        sink.close()
    except OSError as error:
        raise from_os_error(error, subject=row["name"], doing="cannot write the archive") from error
    finally:
        remove_tree(scratch)


def _infra_id(session: Session, row: Mapping[str, Any]) -> str:
    if not row["pod_id"]:
        return ""
    infra = session.db.value("SELECT id FROM containers WHERE pod_id = ? AND is_infra = 1", (row["pod_id"],))
    return str(infra or "")


def _describe(session: Session, row: Mapping[str, Any], config: Mapping[str, Any], scratch: str) -> None:
    runtime_spec = read_text(f"{session.paths.bundle(row['id'])}/config.json")
    with Folder(scratch, make=False) as folder:
        folder.write(CONFIG, format_json(dict(config)), mode=0o600)
        folder.write(SPEC, runtime_spec, mode=0o600)


def _write_root_changes(session: Session, row: Mapping[str, Any], scratch: str) -> None:
    """Write what the container changed of its image: new and changed files as a tar, deleted ones as a list."""
    lowers = layer_paths(session, parse_json(row["layer_names"]))
    upper = session.paths.upper(row["id"])
    changes = without_engine_changes(list_changes(upper, lowers))
    if not changes:
        return
    deleted = [change.path for change in changes if change.kind == "D"]
    with Folder(scratch, make=False) as folder:
        with folder.create(ROOT_CHANGES) as tar:
            write_listed_tar(upper, tar, changes, id_map=IdMap.from_dict(parse_json(row["id_map"])))
        if deleted:
            folder.write(DELETED, format_json(deleted), mode=0o600)


def _write_volumes(session: Session, spec: ContainerSpec, scratch: str) -> None:
    names = dict.fromkeys(mount.source for mount in spec.mounts if mount.kind == "volume" and mount.source)
    for name in names:
        make_directory(f"{scratch}/{VOLUMES}", 0o700)
        path = mount_volume(session, name)
        try:
            with Folder(f"{scratch}/{VOLUMES}", make=False) as folder, folder.create(f"{name}.tar") as tar:
                write_tree_tar(path, tar)
        finally:
            unmount_volume(session, name)


def _pack(place: str, scratch: str, sink: Any, *, pre: bool) -> None:
    """Write the files of the container's directory that belong to its checkpoint, and those of `scratch`, as one tar."""
    images = (dumps.PREVIOUS,) if pre else (dumps.CHECKPOINT,)
    kept = (*images, NETWORK_STATUS, SHARED_MEMORY, *LOGS[:2])
    with tarfile.open(fileobj=sink, mode="w|", format=tarfile.PAX_FORMAT, bufsize=1 << 18) as tar:
        for folder, names in ((scratch, (CONFIG, SPEC, ROOT_CHANGES, DELETED, VOLUMES)), (place, kept)):
            for name in names:
                if os.path.lexists(f"{folder}/{name}"):
                    tar.add(f"{folder}/{name}", name, filter=_plain)


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Return an entry without the names of this host's users."""
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member
