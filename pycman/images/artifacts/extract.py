"""Blobs of an artifact become files: in a directory under their titles, or one of them as a file."""

from __future__ import annotations

import os

from pycman.digest import VerifiedReader
from pycman.errors import InvalidInput, NotFound, from_os_error
from pycman.images.artifacts.artifact import title_of
from pycman.images.artifacts.catalogue import get_artifact
from pycman.linux.whole_file import whole_file
from pycman.spec.relative_path import relative_path_fault
from pycman.storage.blobs import open_blob

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pycman.digest import Descriptor
    from pycman.state.session import Session

_CHUNK = 1 << 18


def extract_files(session: Session, name: str, target: str, *, title: str = "", digest: str = "") -> list[str]:
    """Write the files of an artifact, or the one with this title or digest, to `target` (a full path), and return their paths.

    A directory gets files named by their titles (by algorithm-hex without one); another path gets the one file.
    Raises NotFound, InvalidInput (several files and no directory, a title that is no name of a file), Corrupt.
    """
    chosen = chosen_files(session, name, title=title, digest=digest)
    if os.path.isdir(target):
        named = _by_name(chosen)
        chosen, paths = list(named.values()), [f"{target}/{file_name}" for file_name in named]
    elif len(chosen) > 1:
        raise InvalidInput(
            "the artifact has several files, and the target is no directory", subject=target, hint="use --title NAME"
        )
    else:
        paths = [target]
    for layer, path in zip(chosen, paths, strict=True):
        _write(session, layer, path)
    return paths


def chosen_files(session: Session, name: str, *, title: str = "", digest: str = "") -> list[Descriptor]:
    """Return all files of an artifact, or the one with this title or digest. Raises NotFound, InvalidInput for both."""
    if title and digest:
        raise InvalidInput("--title and --digest contradict each other", subject=name, hint="leave one out")
    chosen = _chosen(get_artifact(session, name).parsed.layers, title, digest)
    if not chosen:
        raise NotFound("the artifact has no such file", subject=title or digest or name)
    return chosen


def _chosen(layers: Sequence[Descriptor], title: str, digest: str) -> list[Descriptor]:
    if title:
        return [layer for layer in layers if title_of(layer) == title]
    wanted = digest if ":" in digest else f"sha256:{digest}"
    return [layer for layer in layers if not digest or layer.digest.startswith(wanted)]


def _by_name(layers: Sequence[Descriptor]) -> dict[str, Descriptor]:
    """Return the layers by the names of their files. Raises InvalidInput if two have one name and are not the same file."""
    found: dict[str, Descriptor] = {}
    for layer in layers:
        name = _file_name(layer)
        if found.setdefault(name, layer).digest != layer.digest:
            raise InvalidInput(
                "the artifact has two files of this name",
                subject=name,
                hint="name a file as target, and it by --digest",
            )
    return found


def _file_name(layer: Descriptor) -> str:
    """Return the name of a layer's file in a directory. Raises InvalidInput for a title that leads elsewhere."""
    title = title_of(layer)
    if title and ("/" in title or title == "." or relative_path_fault(title)):
        raise InvalidInput(
            "its title is no name of a file", subject=title, hint="name a file as target, and it by --digest"
        )
    return title or layer.digest.replace(":", "-")


def _write(session: Session, layer: Descriptor, path: str) -> None:
    """Write one blob, verified, and give it its name when all of it is there; a link at `path` is replaced, not followed."""
    try:
        with open_blob(session, layer.digest) as source, whole_file(path) as file:
            reader = VerifiedReader(source, layer.digest, layer.size_bytes)
            while data := reader.read(_CHUNK):
                file.write(data)
    except OSError as error:
        raise from_os_error(error, subject=path) from error
