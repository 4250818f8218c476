"""One layer in place of several: of all that the build made (--squash, --layers=false), or of everything (--squash-all)."""

from __future__ import annotations

from pycman.build.stack import Stack
from pycman.images.image import ImageLayer
from pycman.linux.files import make_directory, remove_tree
from pycman.storage.diff import write_changed_tar, write_tree_tar
from pycman.storage.driver import choose_driver
from pycman.storage.layer_blobs import LayerWriter
from pycman.storage.layers import chain_of, ensure_layer, layer_paths
from pycman.storage.scratch import scratch_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.build.options import BuildOptions
    from pycman.build.stack import StageState
    from pycman.state.leases import Lease
    from pycman.state.session import Session


def squashed(session: Session, leased: Lease, state: StageState, options: BuildOptions) -> StageState:
    """Return the state with its layers merged into one, over those of the base unless `options.squash_all`. Raises NoSpace, MountFailed."""
    kept = 0 if options.squash_all else state.base_layers
    if len(state.stack.layers) <= kept + 1:
        return state
    below = Stack(layers=state.stack.layers[:kept])
    layer = _merge(session, leased, state.stack, below, options)
    history = [dict(entry) for entry in state.history]
    filled = [entry for entry in history if not entry.get("empty_layer")]
    for entry in filled[kept:-1] if filled else ():
        entry["empty_layer"] = True
    return state.replace(stack=below.with_layer(layer), history=tuple(history))


def _merge(session: Session, leased: Lease, stack: Stack, below: Stack, options: BuildOptions) -> ImageLayer:
    """Pack what `stack` shows, and `below` does not, into one layer."""
    driver = choose_driver(session)
    merged = scratch_path(session, "squash")
    latest_ns = None if options.timestamp_s is None else options.timestamp_s * 10**9
    make_directory(merged)
    try:
        driver.mount(layer_paths(session, stack.names), "", "", merged)
        try:
            with LayerWriter(session) as writer:
                if below.layers:
                    write_changed_tar(merged, writer, layer_paths(session, below.names), latest_ns=latest_ns)
                else:
                    write_tree_tar(merged, writer, latest_ns=latest_ns)
                packed = writer.commit(lambda digest: leased.add("blob", digest))
        finally:
            driver.unmount(merged)
    finally:
        remove_tree(merged)
    chain = chain_of(below.chain_id, packed.diff_id)
    leased.add("layer", chain)
    ensure_layer(session, diff_id=packed.diff_id, parent_chain_id=below.chain_id, blob_digest=packed.digest)
    return ImageLayer(
        chain_id=chain,
        diff_id=packed.diff_id,
        blob_digest=packed.digest,
        blob_media_type=packed.media_type,
        blob_size_bytes=packed.size_bytes,
    )
