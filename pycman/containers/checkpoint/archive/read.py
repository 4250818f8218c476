"""Unpack an archive of a checkpoint into a scratch directory, keep what belongs to it, and read its descriptions."""

from __future__ import annotations

import os
import stat

from pycman.containers import dumps
from pycman.containers.checkpoint.archive.write import CONFIG, DELETED, ROOT_CHANGES, SPEC, VOLUMES
from pycman.containers.checkpoint.place import LOGS, NETWORK_STATUS, SHARED_MEMORY
from pycman.errors import Corrupt, InvalidInput, PycmanError
from pycman.jsontext import parse_json
from pycman.linux.files import make_directory, remove_below, remove_tree
from pycman.record import Record
from pycman.storage.archive_io import open_decompressed
from pycman.storage.scratch import scratch_path
from pycman.storage.unpack import PlainStyle, unpack_tar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, BinaryIO

    from pycman.state.session import Session

FILES = frozenset((CONFIG, SPEC, NETWORK_STATUS, SHARED_MEMORY, ROOT_CHANGES, DELETED, *LOGS[:2]))
FOLDERS = frozenset((dumps.CHECKPOINT, dumps.PREVIOUS, VOLUMES))
_JSON_BYTES = 16 << 20
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class Opened(Record):
    """An archive that was read: the directory with its checked files, the descriptions in it, and what it is called in errors."""

    directory: str
    subject: str
    config: dict[str, Any]
    spec: dict[str, Any]

    @property
    def deleted(self) -> tuple[str, ...]:
        """Return the paths that the container had deleted. Raises Corrupt."""
        if not os.path.exists(f"{self.directory}/{DELETED}"):
            return ()
        paths = _read_json(self.directory, DELETED, self.subject)
        if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths):
            raise Corrupt(f"its {DELETED} is not a list of paths", subject=self.subject)
        return tuple(paths)


def unpack_archive(session: Session, source: BinaryIO, subject: str) -> str:
    """Unpack an archive, compressed or not, into a new scratch directory and return that; the caller removes it.

    Files belong to root, devices are left out, and then everything goes that is not a regular file under a name that counts.
    Raises Corrupt, NoSpace.
    """
    session.enter_namespaces()
    session.paths.prepare()
    directory = scratch_path(session, "restore")
    make_directory(directory, 0o700)
    try:
        top = os.open(directory, _DIRECTORY)
        try:
            unpack_tar(open_decompressed(source), top, style=PlainStyle(), rootless=True, keep_ids=False)
            _keep_what_counts(top)
        finally:
            os.close(top)
    except BaseException as error:
        remove_tree(directory)
        if isinstance(error, PycmanError) and not error.subject:
            error.subject = subject
        raise
    return directory


def open_directory(directory: str, subject: str) -> Opened:
    """Read the descriptions in a directory with checked files. Raises InvalidInput (no checkpoint in it), Corrupt."""
    for name in (CONFIG, SPEC):
        if not os.path.isfile(f"{directory}/{name}"):
            raise InvalidInput(f"it is not a checkpoint: there is no {name} in it", subject=subject)
    config, spec = (_read_json(directory, name, subject) for name in (CONFIG, SPEC))
    if not isinstance(config, dict) or not isinstance(spec, dict):
        raise Corrupt("its description is not a JSON object", subject=subject)
    return Opened(directory=directory, subject=subject, config=config, spec=spec)


def _read_json(directory: str, name: str, subject: str) -> Any:
    path = f"{directory}/{name}"
    if os.stat(path).st_size > _JSON_BYTES:
        raise Corrupt(f"its {name} has more than {_JSON_BYTES >> 20} MiB", subject=subject)
    with open(path, "rb") as file:
        return parse_json(file.read(_JSON_BYTES + 1), subject=f"{subject}: {name}")


def _keep_what_counts(top: int) -> None:
    """Remove everything below a directory but regular files of known names, and of any name in known directories."""
    for name in os.listdir(top):
        if name in FOLDERS and _kind(top, name) == stat.S_IFDIR:
            folder = os.open(name, _DIRECTORY, dir_fd=top)
            try:
                os.fchmod(folder, 0o700)
                for inner in os.listdir(folder):
                    _keep_regular(folder, inner)
            finally:
                os.close(folder)
        elif name not in FILES or _kind(top, name) != stat.S_IFREG:
            remove_below(top, name)
        else:
            _close(top, name)
    os.fchmod(top, 0o700)


def _keep_regular(folder: int, name: str) -> None:
    if _kind(folder, name) != stat.S_IFREG:
        remove_below(folder, name)
    else:
        _close(folder, name)


def _kind(folder: int, name: str) -> int:
    return stat.S_IFMT(os.lstat(name, dir_fd=folder).st_mode)


def _close(folder: int, name: str) -> None:
    """Close a regular file to others."""
    descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    try:
        os.fchmod(descriptor, 0o600)
    finally:
        os.close(descriptor)
