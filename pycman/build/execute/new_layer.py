"""Make a layer of what a step has written into an upper directory.

    upper ──walked once──▶ tar ──▶ hash (diff id) ──▶ gzip ──▶ hash ──▶ blob
      └──renamed──▶ layers/NAME: nothing is unpacked again

With the drivers other than overlay (whose upper directories are no layers for overlayfs), and where times are changed
(SOURCE_DATE_EPOCH), the layer is unpacked from its blob.
"""

from __future__ import annotations

from pycman.images.image import ImageLayer
from pycman.record import Record
from pycman.storage.adopt_layer import adopt_layer
from pycman.storage.diff import write_layer_tar
from pycman.storage.driver import choose_driver
from pycman.storage.layer_blobs import LayerWriter
from pycman.storage.layers import chain_of, ensure_layer, layer_paths

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.build.stack import Stack
    from pycman.state.leases import Lease
    from pycman.state.session import Session


class NewLayer(Record):
    """A layer that was just stored, and the bytes of its files."""

    layer: ImageLayer
    size_bytes: int


def store_upper(session: Session, leased: Lease, stack: Stack, upper: str, *, latest_ns: int | None = None) -> NewLayer:
    """Store the content of `upper`, which is not mounted any more, as a layer over `stack`. Raises NoSpace, Unsupported.

    `latest_ns` is the latest time a file gets. The directory is moved away.
    """
    with LayerWriter(session) as writer:
        written = write_layer_tar(upper, writer, lowers=layer_paths(session, stack.names), latest_ns=latest_ns)
        packed = writer.commit(lambda digest: leased.add("blob", digest))
    chain = chain_of(stack.chain_id, packed.diff_id)
    leased.add("layer", chain)
    if latest_ns is None and choose_driver(session).name == "overlay":
        adopt_layer(
            session,
            upper,
            diff_id=packed.diff_id,
            parent_chain_id=stack.chain_id,
            blob_digest=packed.digest,
            size_bytes=written.size_bytes,
            left_out=written.left_out,
        )
    else:
        ensure_layer(session, diff_id=packed.diff_id, parent_chain_id=stack.chain_id, blob_digest=packed.digest)
    layer = ImageLayer(
        chain_id=chain,
        diff_id=packed.diff_id,
        blob_digest=packed.digest,
        blob_media_type=packed.media_type,
        blob_size_bytes=packed.size_bytes,
    )
    return NewLayer(layer=layer, size_bytes=written.size_bytes)
