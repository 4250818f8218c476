"""A layer whose digest nobody knows yet (load, import, commit): packed into a blob while its diff id is found.

Kept as gzip, fast: a quarter of the bytes to write and sync, and what a registry wants, so that a push sends the
store's own bytes. Equal tars give equal blobs.
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
    open_decompressed,
    read_head,
    sniff,
)
from pycman.storage.blobs import adopt_file
from pycman.storage.scratch import scratch_path

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
    """A layer's blob in the store: its digest and size, and the digest of what is in it."""

    digest: str
    diff_id: str
    size_bytes: int
    media_type: str = GZIP_LAYER


class LayerWriter:
    """Takes a plain tar by `write`; `commit` makes it a blob. Use it with `with`: without commit nothing is left."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._path = scratch_path(session, "layer")

    def __enter__(self) -> Self:
        self._session.paths.prepare()
        self._file = open(self._path, "xb")
        self._packed = HashingWriter(self._file)
        self._gzip = GzipWriter(self._packed)
        self._plain = HashingWriter(self._gzip)
        return self

    def write(self, data: bytes, /) -> int:
        """Take all of `data`. Raises NoSpace."""
        try:
            return self._plain.write(data)
        except OSError as error:
            raise from_os_error(error, subject="layer", doing="cannot write the blob") from error

    def commit(self, hold: Callable[[str], None] | None = None) -> PackedLayer:
        """Make it a blob. `hold` is called with its digest first, so that a lease is there before the blob is."""
        try:
            self._gzip.close()
            self._file.flush()
        except OSError as error:
            raise from_os_error(error, subject="layer", doing="cannot write the blob") from error
        found = PackedLayer(
            digest=self._packed.digest, diff_id=self._plain.digest, size_bytes=self._packed.written_bytes
        )
        return _adopt(self._session, self._path, found, hold)

    def __exit__(self, *_error: object) -> None:
        try:
            self._file.close()
        except OSError:  # a full disk was told of by `write` or `commit`
            pass
        finally:
            remove_tree(self._path)


def pack_layer(session: Session, source: Readable, hold: Callable[[str], None] | None = None) -> PackedLayer:
    """Keep a layer read from `source`, packed or not. gzip and zstd stay byte for byte; the rest becomes gzip.

    Raises Corrupt if it is truncated or empty, NoSpace.
    """
    head = read_head(source)
    whole = Pushback(source, head)
    if not head:
        raise Corrupt("the layer is empty")
    kind = sniff(head)
    if kind in ("gzip", "zstd"):
        return _keep(session, whole, ZSTD_LAYER if kind == "zstd" else GZIP_LAYER, hold)
    with LayerWriter(session) as writer:
        reader = open_decompressed(whole)
        while data := reader.read(_CHUNK):
            writer.write(data)
        return writer.commit(hold)


def _keep(session: Session, source: Readable, media_type: str, hold: Callable[[str], None] | None) -> PackedLayer:
    path = scratch_path(session, "layer")
    session.paths.prepare()
    try:
        with open(path, "xb") as file:
            tee = _Tee(source, HashingWriter(file))
            diff_id = HashingReader(open_decompressed(tee)).drain()
            while tee.read(_CHUNK):
                pass  # what follows the last stream belongs to the blob as well
        found = PackedLayer(
            digest=tee.writer.digest, diff_id=diff_id, size_bytes=tee.writer.written_bytes, media_type=media_type
        )
        return _adopt(session, path, found, hold)
    except OSError as error:
        raise from_os_error(error, subject="layer", doing="cannot write the blob") from error
    finally:
        remove_tree(path)


class _Tee:
    def __init__(self, source: Readable, writer: HashingWriter) -> None:
        self._source = source
        self.writer = writer

    def read(self, size: int = -1, /) -> bytes:
        data = self._source.read(size)
        self.writer.write(data)
        return data


def _adopt(session: Session, path: str, found: PackedLayer, hold: Callable[[str], None] | None) -> PackedLayer:
    if hold is not None:
        hold(found.digest)
    adopt_file(session, path, found.digest, found.size_bytes, media_type=found.media_type, diff_id=found.diff_id)
    return found
