"""Store a layer whose blob's digest is not known yet (docker-archive): plain bytes become blob and directory in one pass.

    plain tar ──▶ [thread] hash (diff id) ──┬─▶ [thread] gzip ──▶ hash ──▶ file below tmp/ ──▶ blob
                                            └─▶ unpack ──▶ NAME.new ──▶ layer

Unpacking the blob afterwards would decompress and hash everything once more, which takes as long as compressing it.
"""

from __future__ import annotations

from pycman.errors import Corrupt
from pycman.linux.files import locked
from pycman.plan import crash_point
from pycman.spec.id_map import IdMap
from pycman.storage.archive_io import Pushback, Tee, open_decompressed, read_head, sniff
from pycman.storage.layer_blobs import LayerWriter, pack_layer
from pycman.storage.layers import Layer, chain_of, ensure_layer, fill_layer, find_layer, layer_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pycman.digest import Readable
    from pycman.state.session import Session


def store_layer(
    session: Session,
    source: Readable,
    *,
    diff_id: str,
    parent_chain_id: str,
    take_lease: Callable[[str], None],
) -> str:
    """Store what `source` has, compressed or not, as blob and layer, and return the blob's digest.

    `take_lease` is called with that digest before the blob is in the store. Raises Corrupt if the plain bytes are not `diff_id`,
    NoSpace; then neither is left.
    """
    head = read_head(source)
    whole = Pushback(source, head)
    if not head or sniff(head) in ("gzip", "zstd"):
        return _one_after_the_other(session, whole, diff_id, parent_chain_id, take_lease)
    session.enter_namespaces()
    chain = chain_of(parent_chain_id, diff_id)
    layer = Layer(name=layer_name(chain), chain_id=chain, diff_id=diff_id, parent_chain_id=parent_chain_id)
    with locked(session.paths.lock("layer", layer.name), subject=chain):
        if find_layer(session, chain) is None:
            with LayerWriter(session, hashed=False) as writer:

                def keep_blob(plain_digest: str) -> str:
                    digest = writer.commit(take_lease, plain_digest).digest
                    crash_point("layer:fetched")
                    return digest

                plain = Tee(open_decompressed(whole), writer)
                return fill_layer(session, layer, plain, IdMap(), keep_blob).blob_digest
    return _one_after_the_other(session, whole, diff_id, parent_chain_id, take_lease)


def _one_after_the_other(
    session: Session, source: Readable, diff_id: str, parent_chain_id: str, take_lease: Callable[[str], None]
) -> str:
    packed = pack_layer(session, source, take_lease)
    if packed.diff_id != diff_id:
        raise Corrupt(f"the content has digest {packed.diff_id}", subject=diff_id)
    crash_point("layer:fetched")
    ensure_layer(session, diff_id=diff_id, parent_chain_id=parent_chain_id, blob_digest=packed.digest)
    return packed.digest
