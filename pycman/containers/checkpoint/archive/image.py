"""Images that hold a checkpoint: one layer with the files of an archive, annotations that tell where it was made (checkpointctl(1))."""

from __future__ import annotations

import os

from pycman.containers.catalogue import row_of
from pycman.containers.checkpoint.archive.read import FILES, FOLDERS
from pycman.images.catalogue import find_image, read_documents
from pycman.images.make.commit import ImportOptions, import_tar
from pycman.images.mount import mount_image, unmount_image
from pycman.jsontext import parse_json
from pycman.linux.attributes import open_regular
from pycman.linux.cgroup.setup import cgroup_setup
from pycman.linux.files import make_directory, read_text, remove_tree
from pycman.linux.folder import Folder
from pycman.linux.processes import find_program
from pycman.runtime.criu import program_version, require_criu
from pycman.runtime.oci_runtimes import choose_runtime
from pycman.storage.scratch import scratch_path
from pycman.version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.digest import Readable
    from pycman.state.session import Session

_OWN = "org.criu.checkpoint."
NAMES = (
    f"{_OWN}container.name",
    "io.podman.annotations.checkpoint.name",
    "io.kubernetes.cri-o.annotations.checkpoint.name",
)
"""Annotations by which an image is known to hold a checkpoint: today's, and those of older podman and CRI-O."""
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_PIECE = 1 << 20


def make_image(session: Session, container_id: str, archive: Readable, reference: str) -> str:
    """Make an image of the archive of a container's checkpoint, and return its id. Raises InvalidInput (reference), NoSpace."""
    annotations = _annotations(session, container_id)
    options = ImportOptions(reference=reference, source_name="checkpoint", annotations=annotations)
    return import_tar(session, archive, options)


def _annotations(session: Session, container_id: str) -> dict[str, str]:
    row = row_of(session, container_id)
    runtime = choose_runtime(session, row["oci_runtime"])
    system = os.uname()
    release = dict(line.partition("=")[::2] for line in read_text("/etc/os-release").splitlines() if "=" in line)
    values = {
        "engine.name": "pycman",
        "engine.version": __version__,
        "container.name": row["name"],
        "rawImageName": row["image_name"],
        "rootfsImageName": row["image_name"],
        "rootfsImageID": row["image_id"].removeprefix("sha256:"),
        "runtime.name": runtime.name,
        "runtime.version": program_version(runtime.path),
        "criu.version": require_criu(runtime),
        "conmon.version": program_version(find_program("conmon")),
        "host.arch": system.machine,
        "host.kernel": system.release,
        "cgroup.version": cgroup_setup().kind,
        "distribution.name": release.get("ID", "").strip('"'),
        "distribution.version": release.get("VERSION_ID", "").strip('"'),
    }
    found = {_OWN + name: value for name, value in values.items() if value}
    return {**found, NAMES[1]: row["name"]}


def holds_checkpoint(session: Session, name: str) -> bool:
    """Say whether `name` is an image that holds a checkpoint."""
    image = find_image(session, name)
    return image is not None and is_checkpoint(session, image.id)


def is_checkpoint(session: Session, image_id: str) -> bool:
    """Say whether the image with this full id holds a checkpoint. Raises NotFound."""
    annotations = parse_json(read_documents(session, image_id)[0], subject=image_id).get("annotations") or {}
    return any(key in annotations for key in NAMES)


def copy_from_image(session: Session, name: str) -> str:
    """Copy the files of the checkpoint in an image into a new scratch directory and return that; the caller removes it.

    Only regular files under the names that count are copied. Raises NotFound (image), NoSpace.
    """
    session.enter_namespaces()
    directory = scratch_path(session, "restore")
    make_directory(directory, 0o700)
    root = mount_image(session, name)
    try:
        _copy_known(root, directory)
    except BaseException:
        remove_tree(directory)
        raise
    finally:
        unmount_image(session, name)
    return directory


def _copy_known(root: str, directory: str) -> None:
    top = os.open(root, _DIRECTORY)
    try:
        with Folder(directory, make=False) as target:
            for name in sorted(os.listdir(top)):
                if name in FILES:
                    _copy(top, name, target, name)
                elif name in FOLDERS:
                    _copy_folder(top, name, target)
    finally:
        os.close(top)


def _copy_folder(top: int, name: str, target: Folder) -> None:
    try:
        folder = os.open(name, _DIRECTORY, dir_fd=top)
    except NotADirectoryError:
        return
    try:
        target.make_directory(name, 0o700)
        for inner in sorted(os.listdir(folder)):
            _copy(folder, inner, target, f"{name}/{inner}")
    finally:
        os.close(folder)


def _copy(folder: int, name: str, target: Folder, path: str) -> None:
    """Copy a regular file to `path`; do nothing for anything else."""
    try:
        source = open_regular(name, folder)
    except OSError:
        return
    with open(source, "rb", buffering=0) as reader, target.create(path) as writer:
        while piece := reader.read(_PIECE):
            view = memoryview(piece)
            while view:
                view = view[writer.write(view) :]
