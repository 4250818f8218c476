"""Blobs by digest, layers by chain id, and the storage drivers that mount layers.

    blob      a compressed layer, config or manifest as received; never changed, found by its digest
    layer     one blob unpacked into a directory, once for each id map; named by chain id, stacked by overlayfs
    driver    how layers and a writable directory become one root file system: overlay, fuse-overlayfs, copies

    bytes ──▶ blobs (verified, durable) ──▶ archive_io (decompressed) ──▶ tar_stream (entries) ──▶ entries (target path)
                                                                                                       │
    driver mounts ◀── layers (synced, renamed, row "ready") ◀── NAME.new ◀── unpack, through tree ◀────┘

The life of a layer: a row "creating", NAME.new filled entry by entry, the digest of the plain bytes checked, sync,
rename, row "ready". A killed unpack leaves a row whose owner is dead; the next command that needs that layer starts over.

    blobs.py, layer_blobs.py          bytes by digest; a new layer packed into a blob (load, import, commit)
    archive_io.py, read_ahead.py      compression and hashing, in a second thread
    tar_headers.py, tar_stream.py     the tar format, read as a stream;  entries.py  whiteouts and target paths
    store_layer.py                    a layer of an archive becomes blob and directory in one pass
    layers.py, unpack.py, tree.py     unpack a layer;  ownership.py  owners through an id map;  skipped.py  entries left out
    driver.py                         choose overlay.py, fuse_overlay.py or copies.py (with copy_tree.py)
    merged_view.py, changes.py        read a stack of layers without mounting it; what a container changed (diff)
    diff.py                           write a directory as a layer tar;  usage.py  disk usage
    gc.py                             remove what no image, container or lease needs;  scratch.py  temporary files
    check.py, verify.py               compare the store with its blobs, and repair it

The room imports linux, state, config and spec. It knows images and containers only as rows that name layers.
"""
