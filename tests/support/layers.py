"""Layers for tests of the store: a blob in the store, and what it unpacks to."""

from __future__ import annotations

import gzip
import time

from pycman.digest import digest_bytes
from pycman.storage.blobs import put_bytes
from tests.support.tars import tar_bytes


def put_layer(session, *entries, pack=True):
    """Put a layer's blob into the store; return the words that `ensure_layer` needs."""
    plain = tar_bytes(*entries)
    blob = gzip.compress(plain, 1, mtime=0) if pack else plain
    return {"diff_id": digest_bytes(plain), "blob_digest": put_bytes(session, blob, "x/layer")}


def insert_image(session, image_id, layers):
    """Write the row of an image of layers (as `ensure_layer` gives them), bottom first."""
    session.db.change(
        "INSERT INTO images (id, manifest_digest, media_type, manifest, config, created_at_ns) VALUES (?,?,?,?,?,?)",
        (image_id, "sha256:" + image_id, "x/manifest", "{}", "{}", time.time_ns()),
    )
    for position, layer in enumerate(layers):
        session.db.change(
            "INSERT INTO image_layers (image_id, position, chain_id, diff_id, blob_digest) VALUES (?,?,?,?,?)",
            (image_id, position, layer.chain_id, layer.diff_id, layer.blob_digest),
        )
