"""Layers of an image into the store, side by side: what `pull` and `load` share.

Each layer: blob fetched (verified, resumed), then unpacked. A layer whose chain is here already costs nothing, not even
the download. Several workers, as one layer's download hides behind another one's unpacking.
"""

from __future__ import annotations

import functools

from pycman.errors import Corrupt
from pycman.images.image import ImageLayer
from pycman.images.transfer.parallel import side_by_side
from pycman.plan import crash_point
from pycman.record import Record
from pycman.state.settings import containers_conf
from pycman.storage.blobs import BlobWriter, has_blob
from pycman.storage.layer_blobs import pack_layer
from pycman.storage.layers import chain_of, ensure_layer, find_layer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from pycman.digest import Readable
    from pycman.state.leases import Lease
    from pycman.state.session import Session

_CHUNK = 1 << 18


class LayerSource(Record):
    """Where one layer comes from. `open(offset)` gives its bytes from `offset` on, or from 0 if the source cannot.

    `blob_digest` "" means: not known before it is read (docker-archive).
    """

    diff_id: str
    open: Callable[..., Readable]
    blob_digest: str = ""
    size_bytes: int = -1
    media_type: str = ""
    resumes: bool = False


def store_layers(
    session: Session,
    sources: Sequence[LayerSource],
    held: Lease,
    *,
    progress: Any = None,
    halt: Callable[[], None] | None = None,
) -> list[ImageLayer]:
    """Return the image's layers, bottom first, all unpacked. Raises the first error of any of them.

    `halt` is called then (also when the user interrupts), so that workers which wait for a server give up soon.
    """
    chains: list[str] = []
    for source in sources:
        chains.append(chain_of(chains[-1] if chains else "", source.diff_id))
        held.add("layer", chains[-1])
        if source.blob_digest:
            held.add("blob", source.blob_digest)
    jobs = [
        functools.partial(_store, session, source, (chain, parent), held, progress)
        for source, chain, parent in zip(sources, chains, ["", *chains], strict=False)
    ]
    return side_by_side(jobs, halt, most=containers_conf(session).image_parallel_copies)


def _store(session: Session, source: LayerSource, chains: tuple[str, str], held: Lease, progress: Any) -> ImageLayer:
    """Store one layer; `chains` are its own chain id and its parent's."""
    chain, parent = chains
    found = find_layer(session, chain)
    if found is not None and found.blob_digest and has_blob(session, found.blob_digest):
        known = not source.blob_digest or found.blob_digest == source.blob_digest
        if known or has_blob(session, source.blob_digest):
            _tell(progress, source, "exists", source.size_bytes)
            return _image_layer(session, source, chain, source.blob_digest or found.blob_digest)
    digest = _fetch(session, source, held, progress)
    crash_point("layer:fetched")
    _tell(progress, source, "extracting", source.size_bytes)
    ensure_layer(session, diff_id=source.diff_id, parent_chain_id=parent, blob_digest=digest)
    _tell(progress, source, "done", source.size_bytes)
    return _image_layer(session, source, chain, digest)


def _image_layer(session: Session, source: LayerSource, chain: str, digest: str) -> ImageLayer:
    size = session.db.value("SELECT size_bytes FROM blobs WHERE digest = ?", (digest,))
    return ImageLayer(
        chain_id=chain,
        diff_id=source.diff_id,
        blob_digest=digest,
        blob_media_type=source.media_type,
        blob_size_bytes=int(size or 0),
    )


def _fetch(session: Session, source: LayerSource, held: Lease, progress: Any) -> str:
    """Bring the blob into the store and return its digest."""
    if not source.blob_digest:
        return _fetch_unnamed(session, source, held)
    with BlobWriter(session, source.blob_digest, source.size_bytes) as writer:
        if writer.present:
            return source.blob_digest
        if writer.offset and not source.resumes:
            writer.restart()
        resumed = writer.offset > 0
        try:
            try:
                _copy(source, writer, progress)
                writer.commit(source.media_type, source.diff_id)
            except Corrupt:
                if not resumed:
                    raise
                writer.restart()  # what lay here was not its beginning (a disk that lost power): once more, all of it
                _copy(source, writer, progress)
                writer.commit(source.media_type, source.diff_id)
        except BaseException:
            if not source.resumes:
                writer.discard()
            raise
    return source.blob_digest


def _copy(source: LayerSource, writer: BlobWriter, progress: Any) -> None:
    if writer.offset == source.size_bytes and source.size_bytes:
        return
    offset = writer.offset
    reader = source.open(offset)
    if offset and not getattr(reader, "resumed", False):
        writer.restart()
    while data := reader.read(_CHUNK):
        writer.write(data)
        _tell(progress, source, "downloading", writer.offset)


def _fetch_unnamed(session: Session, source: LayerSource, held: Lease) -> str:
    """Keep bytes whose digest is not known; what is in them must turn out to be the diff id."""
    packed = pack_layer(session, source.open(), lambda digest: held.add("blob", digest))
    if packed.diff_id != source.diff_id:
        raise Corrupt(f"its content has digest {packed.diff_id}", subject=source.diff_id)
    return packed.digest


def _tell(progress: Any, source: LayerSource, phase: str, received: int) -> None:
    if progress is not None:
        progress.layer(source.blob_digest or source.diff_id, source.size_bytes, received, phase)
