"""The life of a layer: unpacked once for each id map, by the first command that needs it; others wait for its lock.

no row ──reserve──▶ creating (NAME.new fills) ──sync, rename──▶ ready ──gc──▶ removing ──▶ no row
                        │ error: discarded at once; kill: the lock is released, the next command starts over
"""

from __future__ import annotations

import os
import time

from pycman.digest import Descriptor, chain_id, digest_bytes
from pycman.errors import Corrupt, NotFound, PycmanError, from_os_error
from pycman.linux.attributes import dress
from pycman.linux.files import locked, make_directory, remove_tree, sync_directory
from pycman.linux.syscalls import syncfs
from pycman.plan import crash_point
from pycman.record import Record
from pycman.spec.id_map import IdMap, map_id, parse_key
from pycman.state import owners

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from pycman.digest import Readable
    from pycman.state.session import Session

TAR_MEDIA_TYPE = "application/vnd.oci.image.layer.v1.tar"
_WORKERS = 3
"""Threads that unpack layers at the same time: more than two processors, because each of them waits for the disk at times."""


class Layer(Record):
    """One unpacked layer. `id_map` is the key of the map it was unpacked with, "" for the identity.

    `size_bytes` are those of its files, `tar_bytes` those of its plain tar (0: not known).
    """

    name: str
    chain_id: str
    diff_id: str
    parent_chain_id: str = ""
    blob_digest: str = ""
    size_bytes: int = 0
    id_map: str = ""
    tar_bytes: int = 0


def layer_name(chain: str, id_map_key: str = "") -> str:
    """Return the directory's name: 32 hex digits, short because overlayfs takes a page of options."""
    return digest_bytes(f"{chain} {id_map_key}".encode())[7:39]


def find_layer(session: Session, chain: str, id_map_key: str = "") -> Layer | None:
    """Return the layer if it is ready and its directory is there, or None."""
    row = session.db.row(
        "SELECT * FROM layers WHERE chain_id = ? AND id_map = ? AND state = 'ready'", (chain, id_map_key)
    )
    return _layer(row) if row is not None and os.path.isdir(session.paths.layer(row["name"])) else None


def _layer(row: Any) -> Layer:
    return Layer(**{name: row[name] for name in Layer._fields})


def layer_paths(session: Session, names: Sequence[str]) -> list[str]:
    """Return the directories of layers, in the order of `names` (overlayfs wants the top first)."""
    return [session.paths.layer(name) for name in names]


def chain_of(parent_chain_id: str, diff_id: str) -> str:
    """Return the chain id of `diff_id` on top of a chain ("" at the bottom)."""
    return digest_bytes(f"{parent_chain_id} {diff_id}".encode()) if parent_chain_id else chain_id([diff_id])


def ensure_layer(
    session: Session,
    *,
    diff_id: str,
    parent_chain_id: str,
    blob_digest: str,
    media_type: str = "",
    id_map: IdMap | None = None,
) -> Layer:
    """Return the layer, unpacked from its blob if it is not in the store (or its directory is lost).

    Raises NotFound (blob), Corrupt if the content is not `diff_id`, NoSpace, InvalidInput (an id that is not mapped).
    """
    del media_type  # the compression is detected from the first bytes
    session.enter_namespaces()
    id_map = id_map or IdMap()
    key = id_map.key()
    chain = chain_of(parent_chain_id, diff_id)
    name = layer_name(chain, key)
    existing = find_layer(session, chain, key)
    if existing is not None:
        return existing
    with locked(session.paths.lock("layer", name), subject=chain):
        existing = find_layer(session, chain, key)
        if existing is not None:
            return existing
        layer = Layer(
            name=name,
            chain_id=chain,
            diff_id=diff_id,
            parent_chain_id=parent_chain_id,
            blob_digest=blob_digest,
            id_map=key,
        )
        return _unpack(session, layer, id_map)


def _unpack(session: Session, layer: Layer, id_map: IdMap) -> Layer:
    """Unpack the layer, or remove what was unpacked of it. The caller holds its lock."""
    from pycman.storage.archive_io import open_decompressed  # only imported when a layer is unpacked or packed
    from pycman.storage.blobs import open_blob  # only imported when a layer is unpacked or packed

    with open_blob(session, layer.blob_digest) as blob:
        return fill_layer(session, layer, open_decompressed(blob), id_map)


def fill_layer(
    session: Session, layer: Layer, plain: Readable, id_map: IdMap, keep_blob: Callable[[str], str] | None = None
) -> Layer:
    """Make the layer of its plain bytes, or leave nothing of it. The caller holds its lock.

    `keep_blob` is called, with the digest of the plain bytes, once they all were read and are right; it returns the digest of the
    blob, which the layer did not have. Raises Corrupt, NoSpace, InvalidInput (an id that is not mapped).
    """
    reserve_layer(session, layer)
    try:
        layer, diff_id = _fill(session, layer, plain, id_map)
        _compare(layer, diff_id)
        if keep_blob is not None:
            layer = layer.replace(blob_digest=keep_blob(diff_id))
        return finish_layer(session, layer)
    except BaseException as error:
        try:
            discard_layer(session, layer.name)
        except PycmanError as leftover:
            error.add_note(f"while discarding the layer: {leftover}")
        raise


def _compare(layer: Layer, diff_id: str) -> None:
    if diff_id == layer.diff_id:
        return
    if not layer.blob_digest:
        raise Corrupt(f"the content has digest {diff_id}", subject=layer.diff_id)
    raise Corrupt(
        f"its content has digest {diff_id} instead of {layer.diff_id}",
        subject=layer.blob_digest,
        hint="run pycman system check --repair and pull the image again",
    )


def unpack_stream(
    session: Session, source: Readable, *, parent_chain_id: str, id_map: IdMap | None = None, media_type: str = ""
) -> Layer:
    """Store a layer whose diff id is not known yet as a blob and unpack it. `source` may be compressed.

    Raises Corrupt, NoSpace.
    """
    del media_type  # the compression is detected from the first bytes
    from pycman.storage.layer_blobs import pack_layer  # only imported when a layer is unpacked or packed

    session.enter_namespaces()
    packed = pack_layer(session, source)
    return ensure_layer(
        session,
        diff_id=packed.diff_id,
        parent_chain_id=parent_chain_id,
        blob_digest=packed.digest,
        id_map=id_map,
    )


def reserve_layer(session: Session, layer: Layer) -> None:
    """Insert the row "creating", before anything of the layer exists. The caller holds its lock."""
    session.db.change(
        "INSERT OR REPLACE INTO layers (name, chain_id, id_map, parent_chain_id, diff_id, blob_digest, state, owner,"
        " created_at_ns) VALUES (?, ?, ?, ?, ?, ?, 'creating', ?, ?)",
        (
            layer.name, layer.chain_id, layer.id_map, layer.parent_chain_id, layer.diff_id, layer.blob_digest,
            owners.me(), time.time_ns(),
        ),
    )  # fmt: skip
    session.db.settle()  # by the row the directory is found
    crash_point("layer:reserved")
    remove_tree(session.paths.layer(layer.name))


def _fill(session: Session, layer: Layer, plain: Readable, id_map: IdMap) -> tuple[Layer, str]:
    """Unpack into NAME.new and return the layer with its sizes, and its diff id."""
    from pycman.storage.read_ahead import ReadAhead  # only imported when a layer is unpacked or packed
    from pycman.storage.unpack import OverlayStyle, unpack_tar  # only imported when a layer is unpacked or packed

    path = session.paths.layer(layer.name) + ".new"
    remove_tree(path)
    try:
        make_directory(path, 0o755)
        own_top(path, id_map)
        top = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise from_os_error(error, subject=path, doing="cannot make the layer") from error
    try:
        with ReadAhead(plain) as reader:
            try:
                unpacked = unpack_tar(
                    reader,
                    top,
                    style=OverlayStyle(rootless=session.rootless),
                    id_map=id_map,
                    rootless=session.rootless,
                    keep_ids=session.available_ids() > 1,
                )
            except Corrupt:
                if not layer.blob_digest:  # nobody has looked at the bytes yet: that they are others says more
                    _compare(layer, reader.drain())
                raise
            diff_id = reader.drain()
            return layer.replace(size_bytes=unpacked.size_bytes, tar_bytes=reader.read_bytes), diff_id
    finally:
        os.close(top)


def own_top(path: str, id_map: IdMap) -> None:
    """Make the container's root the owner of a layer's top directory."""
    if id_map.uids:
        dress(path, owner=(map_id(id_map.uids, 0) or 0, map_id(id_map.gids, 0) or 0))


def finish_layer(session: Session, layer: Layer) -> Layer:
    """Sync and rename NAME.new and mark the row ready. The caller holds the layer's lock."""
    path = session.paths.layer(layer.name)
    crash_point("layer:unpacked")
    top = os.open(path + ".new", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        syncfs(top)
        os.rename(path + ".new", path)
        sync_directory(session.paths.layers)
    except OSError as error:
        raise from_os_error(error, subject=layer.chain_id, doing="cannot keep the layer") from error
    finally:
        os.close(top)
    crash_point("layer:renamed")
    session.db.change(
        "UPDATE layers SET state = 'ready', owner = '', blob_digest = ?, size_bytes = ?, tar_bytes = ?, verified_at_ns = ?"
        " WHERE name = ?",
        (layer.blob_digest, layer.size_bytes, layer.tar_bytes, time.time_ns(), layer.name),
    )
    return layer


def discard_layer(session: Session, name: str) -> None:
    """Remove the row and directories of a layer that is not ready. The caller holds its lock."""
    remove_tree(session.paths.layer(name) + ".new")
    remove_tree(session.paths.layer(name))
    session.db.change("DELETE FROM layers WHERE name = ?", (name,))


def ensure_image_layers(session: Session, image_id: str, id_map: IdMap | None = None) -> tuple[str, ...]:
    """Return the names of an image's layers, top first, unpacked for `id_map`. Raises NotFound (image, blob)."""
    key = (id_map or IdMap()).key()
    rows = session.db.rows(
        "SELECT i.chain_id, i.diff_id, i.blob_digest, l.name FROM image_layers i LEFT JOIN layers l"
        " ON l.chain_id = i.chain_id AND l.id_map = ? AND l.state = 'ready' WHERE i.image_id = ? ORDER BY i.position",
        (key, image_id),
    )
    if not rows and session.db.value("SELECT 1 FROM images WHERE id = ?", (image_id,)) is None:
        raise NotFound("no such image", subject=image_id[:12], code="no-such-image")
    missing = []
    parent = ""
    for row in rows:
        if row["name"] is None or not os.path.isdir(session.paths.layer(row["name"])):
            missing.append((row["diff_id"], parent, row["blob_digest"]))
        parent = row["chain_id"]
    if missing:
        _ensure_all(session, missing, id_map)
    return tuple(layer_name(row["chain_id"], key) for row in reversed(rows))


def _ensure_all(session: Session, missing: Sequence[tuple[str, str, str]], id_map: IdMap | None) -> None:
    """Unpack layers in parallel: a layer's directory does not depend on those below it."""
    from concurrent.futures import ThreadPoolExecutor  # 20 ms, only imported when layers are unpacked

    session.enter_namespaces()  # a process with threads cannot enter a user namespace (setns(2))

    def ensure(layer: tuple[str, str, str]) -> Layer:
        diff_id, parent, blob = layer
        return ensure_layer(session, diff_id=diff_id, parent_chain_id=parent, blob_digest=blob, id_map=id_map)

    with ThreadPoolExecutor(max_workers=_WORKERS) as pool:
        jobs = [pool.submit(ensure, layer) for layer in missing]
        try:
            for job in jobs:
                job.result()
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def layer_blob(session: Session, chain: str) -> Descriptor:
    """Return the blob of a layer; if it is lost, pack it again from the layer's directory, provided the diff id is the same.

    Raises NotFound if neither gives the layer.
    """
    from pycman.storage.blobs import has_blob  # only imported by push and save

    row = session.db.row(
        "SELECT l.*, b.media_type, b.size_bytes AS blob_size"
        " FROM layers l LEFT JOIN blobs b ON b.digest = l.blob_digest"
        " WHERE l.chain_id = ? AND l.state = 'ready' ORDER BY l.id_map",
        (chain,),
    )
    if row is None:
        raise NotFound("no such layer", subject=chain, hint="pull the image again")
    if has_blob(session, row["blob_digest"]):
        return Descriptor(
            media_type=row["media_type"] or TAR_MEDIA_TYPE, digest=row["blob_digest"], size_bytes=row["blob_size"]
        )
    return _pack_again(session, _layer(row))


def _pack_again(session: Session, layer: Layer) -> Descriptor:
    from pycman.storage.diff import write_diff_tar  # only imported by push and save
    from pycman.storage.layer_blobs import LayerWriter  # only imported when a layer is unpacked or packed

    session.enter_namespaces()
    with LayerWriter(session) as writer:
        diff_id, _ = write_diff_tar(session.paths.layer(layer.name), writer, id_map=parse_key(layer.id_map))
        if diff_id != layer.diff_id:
            raise NotFound("no such blob", subject=layer.blob_digest, hint="pull the image again")
        packed = writer.commit()
    session.db.change("UPDATE layers SET blob_digest = ? WHERE name = ?", (packed.digest, layer.name))
    return Descriptor(media_type=packed.media_type, digest=packed.digest, size_bytes=packed.size_bytes)
