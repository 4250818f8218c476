"""Store the layers of an image, several at a time: shared by `pull` and `load`.

    LayerSource ─▶ blob (verified, resumed after an interruption) ─▶ layer unpacked by chain id ─▶ ImageLayer

A layer whose chain id the store has is neither downloaded nor unpacked. Threads let the download of one layer overlap
the unpacking of another.
"""

from __future__ import annotations

import functools

from pycman.errors import Corrupt
from pycman.images.image import ImageLayer
from pycman.images.transfer.parallel import run_parallel
from pycman.plan import crash_point
from pycman.record import Record
from pycman.state.settings import containers_conf
from pycman.storage.blobs import BlobWriter, has_blob
from pycman.storage.layers import chain_of, ensure_layer, find_layer
from pycman.storage.store_layer import store_layer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from pycman.digest import Readable
    from pycman.state.leases import Lease
    from pycman.state.session import Session

_CHUNK = 1 << 18


class LayerSource(Record):
    """Where one layer comes from. `open(offset)` returns a reader from `offset` on, or from 0 unless it `resumes`.

    `blob_digest` "" means that the digest is unknown before the blob is read (docker-archive).
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
    leased: Lease,
    *,
    progress: Any = None,
    halt: Callable[[], None] | None = None,
    below: str = "",
) -> list[ImageLayer]:
    """Fetch and unpack the layers, and return them, bottom first. Raises the first error of any of them.

    `below` is the chain id of the layers that they come on, "" for none.
    `leased` protects them from the garbage collector. `halt` is called after an error or interrupt, to end waiting
    requests.
    """
    chains: list[str] = []
    for source in sources:
        chains.append(chain_of(chains[-1] if chains else below, source.diff_id))
        leased.add("layer", chains[-1])
        if source.blob_digest:
            leased.add("blob", source.blob_digest)
    jobs = [
        functools.partial(_store, session, source, (chain, parent), leased, progress)
        for source, chain, parent in zip(sources, chains, [below, *chains], strict=False)
    ]
    return run_parallel(jobs, halt, most=containers_conf(session).image_parallel_copies)


def _store(session: Session, source: LayerSource, chains: tuple[str, str], leased: Lease, progress: Any) -> ImageLayer:
    """Store one layer; `chains` are (its own chain id, its parent's)."""
    chain, parent = chains
    existing = find_layer(session, chain)
    if existing is not None and existing.blob_digest and has_blob(session, existing.blob_digest):
        same_blob = not source.blob_digest or existing.blob_digest == source.blob_digest
        if same_blob or has_blob(session, source.blob_digest):
            _report(progress, source, "exists", source.size_bytes)
            return _image_layer(session, source, chain, source.blob_digest or existing.blob_digest)
    if not source.blob_digest:
        digest = store_layer(
            session,
            source.open(),
            diff_id=source.diff_id,
            parent_chain_id=parent,
            take_lease=lambda digest: leased.add("blob", digest),
        )
        _report(progress, source, "done", source.size_bytes)
        return _image_layer(session, source, chain, digest)
    digest = _fetch(session, source, progress)
    crash_point("layer:fetched")
    _report(progress, source, "extracting", source.size_bytes)
    ensure_layer(session, diff_id=source.diff_id, parent_chain_id=parent, blob_digest=digest)
    _report(progress, source, "done", source.size_bytes)
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


def _fetch(session: Session, source: LayerSource, progress: Any) -> str:
    """Fetch the blob into the store and return its digest."""
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
                writer.restart()  # the partial blob was damaged (a power failure): fetch all of it again
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
        _report(progress, source, "downloading", writer.offset)


def _report(progress: Any, source: LayerSource, phase: str, received: int) -> None:
    if progress is not None:
        progress.layer(source.blob_digest or source.diff_id, source.size_bytes, received, phase)
