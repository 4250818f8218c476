"""Bytes and directories: blobs by digest, layers by chain id, and the drivers that mount them.

    blob      a compressed layer, config or manifest as received; never changed, found by its digest
    layer     one blob unpacked into a directory, once for each id map; named by chain id, stacked by overlayfs
    driver    how layers and a writable directory become one root file system: overlay, fuse-overlayfs, copies

    bytes ──▶ blobs (verified, durable) ──▶ archive_io (plain again) ──▶ tar_stream (entries) ──▶ entries (where?)
                                                                                                     │
    driver mounts ◀── layers (synced, renamed, row "ready") ◀── NAME.new ◀── unpack, through tree ◀──┘

The life of a layer: a row "creating", NAME.new filled entry by entry, the digest of the plain bytes checked, sync,
rename, row "ready". A killed unpack leaves a row whose owner is dead; whoever wants that layer next begins again. gc.py
removes what no image, container or lease reaches; check.py looks whether all is as it was, and fixes.
"""
