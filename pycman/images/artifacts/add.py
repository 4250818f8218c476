"""Files of the host become an artifact, or more files of one."""

from __future__ import annotations

import os

from pycman.digest import Descriptor
from pycman.errors import AlreadyExists, InvalidInput, from_os_error
from pycman.images.artifacts.artifact import (
    CREATED,
    EMPTY,
    EMPTY_CONFIG,
    TITLE,
    Artifact,
    media_type_of,
    new_manifest,
    parse_artifact,
    title_of,
)
from pycman.images.artifacts.catalogue import find_artifact, get_artifact, put_artifact
from pycman.images.lookup import local_name
from pycman.linux.files import remove_tree
from pycman.record import Record
from pycman.state import events
from pycman.state.leases import lease
from pycman.state.times import format_rfc3339
from pycman.storage.archive_io import HashingWriter
from pycman.storage.blobs import adopt_file, put_bytes
from pycman.storage.scratch import scratch_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pycman.state.leases import Lease
    from pycman.state.session import Session

_CHUNK = 1 << 18


class AddOptions(Record):
    """Options of `artifact add`. `type` "" is podman's default, `file_type` "" is told by the content; `append` adds to the artifact there
    is, `overwrite` puts the new one in its place. `annotations` are those of the files.
    """

    type: str = ""
    file_type: str = ""
    annotations: Mapping[str, str] = {}
    append: bool = False
    overwrite: bool = False


def add_files(session: Session, name: str, paths: Sequence[str], options: AddOptions, *, now_ns: int) -> str:
    """Make an artifact of files (full paths) and return its digest.

    Raises AlreadyExists (the artifact, unless `append` or `overwrite`; a file's name), InvalidInput, NotFound (a file), NoSpace.
    """
    full = local_name(name)
    if options.append and options.overwrite:
        raise InvalidInput(
            "--append and --replace contradict each other",
            subject=name,
            hint="leave one out",
            code="append-and-replace",
        )
    if options.append and options.type:
        raise InvalidInput("--append keeps the type", subject=f"--type {options.type}", hint="leave it out")
    if TITLE in options.annotations and len(paths) > 1:
        raise InvalidInput("several files cannot have one title", subject=TITLE, hint="add them one by one")
    session.enter_namespaces()
    session.paths.prepare()
    before = get_artifact(session, name) if options.append else find_artifact(session, full)
    if before is not None and not (options.append or options.overwrite):
        raise AlreadyExists(
            "there is an artifact of this name",
            subject=name,
            hint="use --append or --replace",
            code="artifact-name-taken",
        )
    kept = before.parsed.layers if options.append and before is not None else ()
    _check_names(kept, paths, options)
    with lease(session.db) as leased:
        leased.add("blob", EMPTY_CONFIG.digest)
        put_bytes(session, EMPTY, EMPTY_CONFIG.media_type)
        layers = [*kept, *(_store(session, path, options, leased) for path in paths)]
        raw = _manifest(before if options.append else None, layers, options, now_ns)
        digest = put_artifact(session, full if before is None else before.name, raw, parse_artifact(raw, subject=name))
    events.append(session.db, "artifact", "add", digest, name=full)
    return digest


def _manifest(before: Artifact | None, layers: Sequence[Descriptor], options: AddOptions, now_ns: int) -> bytes:
    annotations = dict(before.parsed.annotations) if before is not None else {CREATED: format_rfc3339(now_ns)}
    return new_manifest(layers, before.type if before is not None else options.type, annotations)


def _check_names(kept: Sequence[Descriptor], paths: Sequence[str], options: AddOptions) -> None:
    known = {title_of(layer) for layer in kept}
    for path in paths:
        title = options.annotations.get(TITLE) or os.path.basename(path)
        if title in known:
            raise AlreadyExists("the artifact has a file of this name", subject=title, hint="give it another name")
        known.add(title)


def _store(session: Session, path: str, options: AddOptions, leased: Lease) -> Descriptor:
    """Store one file as a blob and return its descriptor."""
    scratch = scratch_path(session, "artifact")
    try:
        if os.path.exists(path) and not os.path.isfile(path):  # before it is opened, which would wait for a writer
            raise InvalidInput("not a regular file", subject=path, hint="make a tar archive of it")
        with open(path, "rb") as source, open(scratch, "xb") as target:
            hashed = HashingWriter(target)
            start = source.read(_CHUNK)
            data = start
            while data:
                hashed.write(data)
                data = source.read(_CHUNK)
        media_type = options.file_type or media_type_of(start)
        leased.add("blob", hashed.digest)
        adopt_file(session, scratch, hashed.digest, hashed.written_bytes, media_type=media_type)
    except OSError as error:
        raise from_os_error(error, subject=path) from error
    finally:
        remove_tree(scratch)
    annotations = {TITLE: os.path.basename(path), **options.annotations}
    return Descriptor(
        media_type=media_type, digest=hashed.digest, size_bytes=hashed.written_bytes, annotations=annotations
    )
