"""Create a container from an archive of a checkpoint, ready to be restored: its files, its volumes, CRIU's images."""

from __future__ import annotations

import os

from pycman.containers import dumps
from pycman.containers.catalogue import row_of
from pycman.containers.checkpoint.archive.write import ROOT_CHANGES, VOLUMES
from pycman.containers.checkpoint.place import NETWORK_STATUS, SHARED_MEMORY
from pycman.containers.create.create import create_container
from pycman.containers.end.remove import remove_container
from pycman.containers.files.mount import root_mounted
from pycman.contexts import suppress
from pycman.errors import AlreadyExists, Corrupt, InvalidInput, PycmanError
from pycman.jsontext import parse_json
from pycman.linux.files import remove_below, remove_tree, sync_files
from pycman.linux.open_below import directory_below
from pycman.plan import crash_point
from pycman.record import Record
from pycman.spec.id_map import IdMap
from pycman.storage.unpack import PlainStyle, unpack_tar
from pycman.volumes.catalogue import find_volume
from pycman.volumes.remove import remove_volume
from pycman.volumes.transfer import import_volume

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.containers.checkpoint.archive.read import Opened
    from pycman.spec.container import ContainerSpec
    from pycman.state.session import Session


class ImportOptions(Record):
    """What of an archive is used: the changes of the root file system, the content of volumes."""

    rootfs: bool = True
    volumes: bool = True


def create_from_archive(
    session: Session,
    archive: Opened,
    spec: ContainerSpec,
    options: ImportOptions,
    *,
    container_id: str = "",
    previous: Opened | None = None,
) -> str:
    """Create the container that `spec` describes with what an archive holds of it, and return its id.

    `previous` is the archive of a checkpoint of its memory alone, which this one builds upon. The files of the archives are moved:
    they can be used once. Raises AlreadyExists (name, id, a volume), Corrupt, and what `create_container` raises; nothing is left then.
    """
    if not dumps.is_complete(f"{archive.directory}/{dumps.CHECKPOINT}"):
        raise InvalidInput("there is no complete checkpoint in it", subject=archive.subject)
    volumes = _volumes(session, spec) if options.volumes else []
    created = create_container(session, spec, container_id=container_id)
    crash_point("restore:created")
    try:
        _warn_of_image(session, created, archive)
        if options.rootfs:
            _change_root(session, created, archive)
        for name in volumes:
            _fill_volume(session, name, archive)
        _take_files(session, created, archive, previous)
    except BaseException as error:
        remove_created(session, created, spec, options)
        if isinstance(error, (Corrupt, InvalidInput)) and not error.subject.startswith(archive.subject):
            error.subject = f"{archive.subject}: {error.subject}".removesuffix(": ")
        raise
    return created


def remove_created(session: Session, container_id: str, spec: ContainerSpec, options: ImportOptions) -> None:
    """Remove what `create_from_archive` has made, as far as it is there: the container, and volumes that did not exist before."""
    with suppress(PycmanError):
        remove_container(session, container_id, force=True, volumes=True)
    for name in _volume_names(spec) if options.volumes else ():
        with suppress(PycmanError):
            remove_volume(session, name)


def _volume_names(spec: ContainerSpec) -> list[str]:
    return list(dict.fromkeys(mount.source for mount in spec.mounts if mount.kind == "volume" and mount.source))


def _volumes(session: Session, spec: ContainerSpec) -> list[str]:
    """Return the names of the container's volumes. Raises AlreadyExists if there is one: its content is not the checkpoint's."""
    names = _volume_names(spec)
    for name in names:
        if find_volume(session, name) is not None:
            raise AlreadyExists(
                "there is a volume of this name", subject=name, hint="use --ignore-volumes to keep it as it is"
            )
    return names


def _warn_of_image(session: Session, container_id: str, archive: Opened) -> None:
    """Warn if the image has changed since: files that the processes have open may be others now."""
    recorded = archive.config.get("rootfsImageID")
    row = row_of(session, container_id)
    if (
        isinstance(recorded, str)
        and recorded
        and recorded.removeprefix("sha256:") != row["image_id"].removeprefix("sha256:")
    ):
        session.warnings.append(f"{row['image_name']} is another image here than the checkpoint was made with")


def _change_root(session: Session, container_id: str, archive: Opened) -> None:
    """Make the changes of the container's root file system: files first, then what was deleted, never outside of it."""
    changes = f"{archive.directory}/{ROOT_CHANGES}"
    deleted = archive.deleted
    if not os.path.exists(changes) and not deleted:
        return
    id_map = IdMap.from_dict(parse_json(row_of(session, container_id)["id_map"]))
    with root_mounted(session, container_id) as root:
        if os.path.exists(changes):
            top = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                with open(changes, "rb") as source:
                    unpack_tar(source, top, style=PlainStyle(), id_map=id_map)
            finally:
                os.close(top)
        for path in deleted:
            _delete(root, path, archive.subject)


def _delete(root: str, path: str, subject: str) -> None:
    above, _, name = path.rstrip("/").rpartition("/")
    if name in ("", ".", "..") or "\0" in path:
        raise Corrupt("not a path that can be deleted", subject=f"{subject}: {path[:80]!r}")
    parent = directory_below(root, above or "/")
    if parent is None:
        return
    try:
        remove_below(parent, name)
    finally:
        os.close(parent)


def _fill_volume(session: Session, name: str, archive: Opened) -> None:
    path = f"{archive.directory}/{VOLUMES}/{name}.tar"
    if os.path.exists(path):
        with open(path, "rb") as source:
            import_volume(session, name, source)


def _take_files(session: Session, container_id: str, archive: Opened, previous: Opened | None) -> None:
    """Move CRIU's images and what belongs to them into the container's directory."""
    place = session.paths.container(container_id)
    folders = {dumps.PREVIOUS: previous or archive, dumps.CHECKPOINT: archive}
    for name, source in folders.items():
        if os.path.isdir(f"{source.directory}/{name}"):
            sync_files(f"{source.directory}/{name}")
            os.rename(f"{source.directory}/{name}", f"{place}/{name}")
    if os.path.isdir(f"{place}/{dumps.PREVIOUS}"):
        remove_tree(f"{place}/{dumps.CHECKPOINT}/parent")  # a file of that name, which CRIU never writes
        os.symlink(f"../{dumps.PREVIOUS}", f"{place}/{dumps.CHECKPOINT}/parent")
    for name in (NETWORK_STATUS, SHARED_MEMORY):
        if os.path.exists(f"{archive.directory}/{name}"):
            os.rename(f"{archive.directory}/{name}", f"{place}/{name}")
