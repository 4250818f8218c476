"""Directories that live as long as a pod (Kubernetes' emptyDir, and files written for it), below pods/ID/volumes.

Files are replaced all at once, as kubelet does it: they lie in a directory of their own that the link `..data` names, and
the names users see are links through it, so that a reader has all of the old or all of the new ones.
"""

from __future__ import annotations

import os
import time

from pycman.errors import InvalidInput
from pycman.linux.files import make_directory, remove_tree, sync_directory, write_atomic
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from pycman.spec.pod import PodSpec
    from pycman.state.session import Session


class VolumeFile(Record):
    """One file of a volume: its path in it, content and mode."""

    path: str
    content: bytes
    mode: int = 0o644


def make_volumes(session: Session, pod_id: str, spec: PodSpec) -> None:
    """Make the directories of a pod's volumes on disk; those that are there stay."""
    if not spec.volumes:
        return
    folder = f"{session.paths.pod(pod_id)}/volumes"
    make_directory(f"{session.paths.root}/pods", 0o711)
    make_directory(session.paths.pod(pod_id), 0o711)
    make_directory(folder, 0o711)
    for volume in spec.volumes:
        if volume.memory:
            continue
        path = f"{folder}/{volume.name}"
        make_directory(path)
        mode = volume.mode
        if volume.gid >= 0:
            os.chown(path, -1, volume.gid)
            mode |= 0o2070
        os.chmod(path, mode)
        if volume.file and not os.path.exists(f"{path}/{volume.file}"):
            write_atomic(f"{path}/{volume.file}", b"", mode=0o666, sync=False)


def write_files(path: str, files: Sequence[VolumeFile], *, gid: int = -1) -> None:
    """Replace the files of a volume at `path`, all at once and only if one of them differs.

    Raises InvalidInput for a file that would lie outside, or where a directory has to be.
    """
    extra = 0o040 if gid >= 0 else 0
    wanted = {os.path.normpath(file.path): (file.content, file.mode | extra) for file in files}
    _check(wanted)
    if _content(path) == wanted:
        return
    data = f"..{time.strftime('%Y_%m_%d_%H_%M_%S')}.{os.urandom(4).hex()}"
    make_directory(f"{path}/{data}", 0o755)
    for name, (content, mode) in wanted.items():
        target = f"{path}/{data}/{name}"
        os.makedirs(os.path.dirname(target), exist_ok=True)
        write_atomic(target, content, mode=mode)
        if gid >= 0:
            os.chown(target, -1, gid)
            os.chmod(target, mode)
    _link(data, f"{path}/..data")
    names = {name.partition("/")[0] for name in wanted}
    for name in os.listdir(path):
        if name.startswith(".."):
            if name not in ("..data", data) and not os.path.islink(f"{path}/{name}"):
                remove_tree(f"{path}/{name}")
        elif name not in names:
            os.unlink(f"{path}/{name}")
    for name in names:
        if not os.path.islink(f"{path}/{name}"):
            _link(f"..data/{name}", f"{path}/{name}")
    sync_directory(path)


def _check(names: Collection[str]) -> None:
    folders = {name[:at] for name in names for at, letter in enumerate(name) if letter == "/"}
    for name in names:
        if name == "." or name.startswith(("/", "..")):  # those with two dots are the volume's own
            raise InvalidInput("a file must lie in its volume", subject=name)
        if name in folders:
            raise InvalidInput("it would be a file and a directory", subject=name)


def _content(path: str) -> dict[str, tuple[bytes, int]] | None:
    """Return a volume's files as path to content and mode; None before they were written for the first time."""
    base = f"{path}/..data"
    if not os.path.isdir(base):
        return None
    found = {}
    for folder, _, names in os.walk(f"{base}/"):
        for name in names:
            whole = os.path.join(folder, name)
            with open(whole, "rb") as file:
                found[os.path.relpath(whole, base)] = (file.read(), os.stat(whole).st_mode & 0o777)
    return found


def _link(target: str, path: str) -> None:
    temporary = f"{path}.{os.urandom(4).hex()}.tmp"
    os.symlink(target, temporary)
    os.replace(temporary, path)
