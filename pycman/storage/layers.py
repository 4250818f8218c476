"""The life of a layer: unpacked once for each id map, by whoever comes first; the others wait for its lock."""

from __future__ import annotations

import os
import time

from pycman.digest import chain_id, digest_bytes
from pycman.errors import Corrupt, NotFound
from pycman.linux.files import locked, make_directory, remove_tree, sync_directory
from pycman.linux.syscalls import syncfs
from pycman.plan import crash_point
from pycman.record import Record
from pycman.spec.id_map import IdMap
from pycman.state import owners

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from pycman.digest import Readable
    from pycman.state.session import Session

TAR_MEDIA_TYPE = "application/vnd.oci.image.layer.v1.tar"


class Layer(Record):
    """One unpacked layer. `id_map` is the key of the map it was unpacked with, "" for the identity."""

    name: str
    chain_id: str
    diff_id: str
    parent_chain_id: str = ""
    blob_digest: str = ""
    size_bytes: int = 0
    id_map: str = ""


def layer_name(chain: str, id_map_key: str = "") -> str:
    """Return the directory's name: 32 hex digits, short because overlayfs takes a page of options."""
    return digest_bytes(f"{chain} {id_map_key}".encode())[7:39]


def find_layer(session: Session, chain: str, id_map_key: str = "") -> Layer | None:
    """Return the layer if it is ready, or None."""
    row = session.db.row(
        "SELECT * FROM layers WHERE chain_id = ? AND id_map = ? AND state = 'ready'", (chain, id_map_key)
    )
    return None if row is None else _layer(row)


def _layer(row: Any) -> Layer:
    return Layer(**{name: row[name] for name in Layer._fields})


def layer_paths(session: Session, names: Sequence[str]) -> list[str]:
    """Return the directories of layers in the same order (overlay: top first)."""
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
    """Return the layer, unpacked from its blob if it is not there. Raises Corrupt if the content is not `diff_id`."""
    del media_type  # what it is, its first bytes say
    from pycman.storage.blobs import open_blob  # unpacking only

    wanted_map = id_map or IdMap()
    chain = chain_of(parent_chain_id, diff_id)
    found = find_layer(session, chain, wanted_map.key())
    if found is not None:
        return found
    with locked(session.paths.lock("layer", layer_name(chain, wanted_map.key())), subject=chain):
        found = find_layer(session, chain, wanted_map.key())
        if found is not None:
            return found
        layer = Layer(
            name=layer_name(chain, wanted_map.key()),
            chain_id=chain,
            diff_id=diff_id,
            parent_chain_id=parent_chain_id,
            blob_digest=blob_digest,
            id_map=wanted_map.key(),
        )
        with open_blob(session, blob_digest) as blob:
            _reserve(session, layer)
            size, found_diff_id = _fill(session, layer.name, blob, wanted_map)
        if found_diff_id != diff_id:
            discard_layer(session, layer.name)
            raise Corrupt(f"its content has digest {found_diff_id} instead of {diff_id}", subject=blob_digest)
        return _finish(session, layer.replace(size_bytes=size))


def unpack_stream(session: Session, source: Readable, *, parent_chain_id: str) -> Layer:
    """Unpack a layer whose diff id is not known yet (import, commit), keeping its plain tar as its blob.

    `source` may be compressed. Raises Corrupt, NoSpace.
    """
    from pycman.storage.archive_io import HashingWriter, open_decompressed  # unpacking only
    from pycman.storage.blobs import adopt_file

    path = f"{session.paths.tmp}/layer-{os.getpid()}-{os.urandom(4).hex()}"
    try:
        with open(path, "xb") as file:
            writer = HashingWriter(file)
            reader = open_decompressed(source)
            while data := reader.read(1 << 18):
                writer.write(data)
        diff_id = writer.digest
        adopt_file(session, path, diff_id, writer.written_bytes, media_type=TAR_MEDIA_TYPE, diff_id=diff_id)
    finally:
        remove_tree(path)
    return ensure_layer(session, diff_id=diff_id, parent_chain_id=parent_chain_id, blob_digest=diff_id)


def _reserve(session: Session, layer: Layer) -> None:
    session.db.change(
        "INSERT OR REPLACE INTO layers (name, chain_id, id_map, parent_chain_id, diff_id, blob_digest, state, owner,"
        " created_at_ns) VALUES (?, ?, ?, ?, ?, ?, 'creating', ?, ?)",
        (
            layer.name, layer.chain_id, layer.id_map, layer.parent_chain_id, layer.diff_id, layer.blob_digest,
            owners.me(), time.time_ns(),
        ),
    )  # fmt: skip
    crash_point("layer:reserved")
    remove_tree(session.paths.layer(layer.name))


def _fill(session: Session, name: str, blob: Readable, id_map: IdMap) -> tuple[int, str]:
    """Unpack into NAME.new and return (bytes of files, diff id)."""
    from pycman.storage.archive_io import HashingReader, open_decompressed  # unpacking only
    from pycman.storage.unpack import OverlayStyle, unpack_tar

    path = session.paths.layer(name) + ".new"
    remove_tree(path)
    make_directory(path, 0o755)
    own_top(path, id_map)
    top = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        reader = HashingReader(open_decompressed(blob))
        done = unpack_tar(
            reader, top, style=OverlayStyle(rootless=session.rootless), id_map=id_map, rootless=session.rootless
        )
        return done.size_bytes, reader.drain()
    except BaseException:
        discard_layer(session, name)
        raise
    finally:
        os.close(top)


def own_top(path: str, id_map: IdMap) -> None:
    """Give a layer's top directory to the container's root."""
    from pycman.spec.id_map import map_id

    if id_map.uids:
        os.chown(path, map_id(id_map.uids, 0) or 0, map_id(id_map.gids, 0) or 0)


def _finish(session: Session, layer: Layer) -> Layer:
    path = session.paths.layer(layer.name)
    crash_point("layer:unpacked")
    top = os.open(path + ".new", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        syncfs(top)
    finally:
        os.close(top)
    os.rename(path + ".new", path)
    sync_directory(session.paths.layers)
    crash_point("layer:renamed")
    session.db.change(
        "UPDATE layers SET state = 'ready', owner = '', size_bytes = ?, verified_at_ns = ? WHERE name = ?",
        (layer.size_bytes, time.time_ns(), layer.name),
    )
    return layer


def discard_layer(session: Session, name: str) -> None:
    """Take away a layer that is not ready: row and directories."""
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
    names: list[str] = []
    parent = ""
    for row in rows:
        name = row["name"]
        if name is None:
            name = ensure_layer(
                session, diff_id=row["diff_id"], parent_chain_id=parent, blob_digest=row["blob_digest"], id_map=id_map
            ).name
        names.append(name)
        parent = row["chain_id"]
    if not rows and session.db.value("SELECT 1 FROM images WHERE id = ?", (image_id,)) is None:
        raise NotFound("no such image", subject=image_id[:12])
    return tuple(reversed(names))
