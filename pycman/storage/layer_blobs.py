"""Pack a layer whose digest is not known yet (load, import, commit) into a blob, and compute its diff id on the way.

    plain tar ──▶ hash (diff id) ──▶ [second thread] ──▶ gzip ──▶ hash (digest) ──▶ file below tmp/ ──▶ blob

It is stored as gzip at the fastest level: a quarter of the bytes to write and sync, and the format registries expect, so that
a push sends the stored bytes. Equal tars give equal blobs.
"""

from __future__ import annotations

from pycman.errors import Corrupt, from_os_error
from pycman.linux.files import remove_tree
from pycman.record import Record
from pycman.storage.archive_io import (
    GzipWriter,
    HashingReader,
    HashingWriter,
    Pushback,
    Tee,
    open_decompressed,
    read_head,
    sniff,
)
from pycman.storage.blobs import adopt_file
from pycman.storage.scratch import scratch_path
from pycman.storage.write_behind import WriteBehind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

    from pycman.digest import Readable
    from pycman.state.session import Session

_CHUNK = 1 << 18
GZIP_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
ZSTD_LAYER = "application/vnd.oci.image.layer.v1.tar+zstd"


class PackedLayer(Record):
    """A layer's blob in the store: its digest and size, and the digest of the plain tar (`diff_id`)."""

    digest: str
    diff_id: str
    size_bytes: int
    media_type: str = GZIP_LAYER


class LayerWriter:
    """Receives a plain tar by `write`; `commit` stores it as a blob. Use it with `with`: without `commit` it is discarded.

    With `hashed` False the caller hashes the plain bytes and gives `commit` their digest.
    """

    def __init__(self, session: Session, *, hashed: bool = True) -> None:
        self._session = session
        self._hashed = hashed
        self._path = scratch_path(session, "layer")

    def __enter__(self) -> Self:
        self._session.paths.prepare()
        self._file = open(self._path, "xb")
        self._packed = HashingWriter(self._file)
        self._gzip = GzipWriter(self._packed)
        self._behind = WriteBehind(self._gzip)
        self._plain = HashingWriter(self._behind)
        self._sink = self._plain if self._hashed else self._behind
        return self

    def write(self, data: bytes, /) -> int:
        """Write all of `data`. Raises NoSpace."""
        try:
            return self._sink.write(data)
        except OSError as error:
            raise from_os_error(error, subject="layer", doing="cannot write the blob") from error

    def commit(self, take_lease: Callable[[str], None] | None = None, diff_id: str = "") -> PackedLayer:
        """Store the blob. `take_lease` is called with its digest first, so that it is never in the store without a lease."""
        try:
            self._behind.close()
            self._gzip.close()
            self._file.flush()
        except OSError as error:
            raise from_os_error(error, subject="layer", doing="cannot write the blob") from error
        packed = PackedLayer(
            digest=self._packed.digest,
            diff_id=diff_id or self._plain.digest,
            size_bytes=self._packed.written_bytes,
        )
        return _adopt(self._session, self._path, packed, take_lease)

    def __exit__(self, *_error: object) -> None:
        try:
            self._behind.stop()
            self._file.close()
        except OSError:  # `write` or `commit` has raised the same error already
            pass
        finally:
            remove_tree(self._path)


def pack_layer(session: Session, source: Readable, take_lease: Callable[[str], None] | None = None) -> PackedLayer:
    """Store a layer read from `source`, compressed or not: gzip and zstd byte for byte, other formats recompressed as gzip.

    `take_lease` as for `LayerWriter.commit`. Raises Corrupt if the layer is truncated or empty, NoSpace.
    """
    head = read_head(source)
    whole = Pushback(source, head)
    if not head:
        raise Corrupt("the layer is empty")
    kind = sniff(head)
    if kind in ("gzip", "zstd"):
        return _store_unchanged(session, whole, ZSTD_LAYER if kind == "zstd" else GZIP_LAYER, take_lease)
    with LayerWriter(session) as writer:
        reader = open_decompressed(whole)
        while data := reader.read(_CHUNK):
            writer.write(data)
        return writer.commit(take_lease)


def _store_unchanged(
    session: Session, source: Readable, media_type: str, take_lease: Callable[[str], None] | None
) -> PackedLayer:
    path = scratch_path(session, "layer")
    session.paths.prepare()
    try:
        with open(path, "xb") as file:
            blob = HashingWriter(file)
            tee = Tee(source, blob)
            diff_id = HashingReader(open_decompressed(tee)).drain()
            while tee.read(_CHUNK):
                pass  # bytes after the last compressed stream are part of the blob, too
        packed = PackedLayer(digest=blob.digest, diff_id=diff_id, size_bytes=blob.written_bytes, media_type=media_type)
        return _adopt(session, path, packed, take_lease)
    except OSError as error:
        raise from_os_error(error, subject="layer", doing="cannot write the blob") from error
    finally:
        remove_tree(path)


def _adopt(session: Session, path: str, packed: PackedLayer, take_lease: Callable[[str], None] | None) -> PackedLayer:
    if take_lease is not None:
        take_lease(packed.digest)
    adopt_file(session, path, packed.digest, packed.size_bytes, media_type=packed.media_type, diff_id=packed.diff_id)
    return packed
