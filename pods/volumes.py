"""Directories that live as long as a pod (Kubernetes' emptyDir, and files written for it), below pods/ID/volumes.

Files are replaced all at once, as kubelet does it: they lie in a directory of their own that the link `..data` names, and
the names users see are links through it, so that a reader has all of the old or all of the new ones.
"""

from __future__ import annotations

import os
import stat
import time

from pycman.errors import InvalidInput
from pycman.linux.folder import Folder
from pycman.record import Record
from pycman.spec.relative_path import check_relative_path, relative_path_fault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from pycman.spec.pod import PodSpec
    from pycman.state.session import Session

_FILE_LIMIT_BYTES = 16 << 20
"""More than any file of a volume: what Kubernetes keeps of a ConfigMap or Secret is 1 MiB."""


class VolumeFile(Record):
    """One file of a volume: its path in it, content and mode."""

    path: str
    content: bytes
    mode: int = 0o644


def make_volumes(session: Session, pod_id: str, spec: PodSpec) -> None:
    """Make the directories of a pod's volumes on disk; one that is there already keeps what is in it."""
    if not spec.volumes:
        return
    with Folder(f"{session.paths.root}/pods", 0o700), Folder(session.paths.pod(pod_id), 0o700) as own:
        folder = own.make_directory("volumes", 0o700)
    with Folder(folder) as volumes:
        for volume in spec.volumes:
            if volume.memory:
                continue
            mode = volume.mode | (0o2070 if volume.gid >= 0 else 0)
            path = volumes.make_directory(volume.name, mode, owner=(-1, volume.gid))
            if volume.file:
                with Folder(path) as inside:
                    if inside.status(volume.file) is None:
                        inside.write(volume.file, b"", mode=0o666)


def write_files(path: str, files: Sequence[VolumeFile], *, gid: int = -1) -> None:
    """Replace the files of a volume at `path`, all at once and only if one of them differs.

    Raises InvalidInput for a file whose path leads out of the volume; then nothing was changed.
    """
    extra = 0o040 if gid >= 0 else 0
    wanted = {check_relative_path(file.path): (file.content, file.mode | extra) for file in files}
    _check(wanted)
    with Folder(path) as volume:
        before = volume.link_target("..data")
        if before and not relative_path_fault(before) and dict(_content(volume, before)) == wanted:
            return
        data = f"..{time.strftime('%Y_%m_%d_%H_%M_%S')}.{os.urandom(4).hex()}"
        volume.make_directory(data)
        try:
            for name, (content, mode) in wanted.items():
                volume.write(f"{data}/{name}", content, mode=mode, owner=(-1, gid), sync=True)
        except BaseException:
            volume.remove(data)
            raise
        volume.link("..data", data)
        _show(volume, data, {name.partition("/")[0] for name in wanted})
        volume.sync()


def _check(names: Collection[str]) -> None:
    """Raise InvalidInput for names of the volume's own (they begin with two dots), and for a file where others need a directory."""
    folders = {name[:at] for name in names for at, letter in enumerate(name) if letter == "/"}
    for name in names:
        if name.startswith(".."):
            raise InvalidInput("a file must lie in its volume", subject=name)
        if name in folders:
            raise InvalidInput("it would be a file and a directory", subject=name)


def _show(volume: Folder, data: str, names: set[str]) -> None:
    """Take away what the files replace, and make a link through `..data` for each name that users see."""
    for name in volume.names():
        if name not in names and name not in ("..data", data):
            volume.remove(name)
    for name in sorted(names):
        if volume.link_target(name) != f"..data/{name}":
            volume.link(name, f"..data/{name}")


def _content(volume: Folder, path: str) -> Iterator[tuple[str, tuple[bytes, int]]]:
    """Give the files below `path` of a volume as path (in `path`), content and mode."""
    for name in volume.names(path):
        found = volume.status(f"{path}/{name}")
        if found is None:
            continue
        if stat.S_ISDIR(found.st_mode):
            for below, file in _content(volume, f"{path}/{name}"):
                yield f"{name}/{below}", file
        else:
            content = volume.read(f"{path}/{name}", _FILE_LIMIT_BYTES)
            yield name, (content or b"", stat.S_IMODE(found.st_mode))
