"""Bytes and directories: blobs by digest, layers by chain id, and the drivers that mount them.

    blob      a compressed layer, config or manifest as received; never changed, found by its digest
    layer     one blob unpacked into a directory, once for each id map; named by chain id, stacked by overlayfs
    driver    how layers and a writable directory become one root file system: overlay, fuse-overlayfs, copies

The life of a layer: a row "creating", NAME.new filled entry by entry (entries.py says where each may land), the digest of
the uncompressed bytes checked, fsync, rename, row "ready". A killed unpack leaves a row whose owner is dead; whoever wants
that layer next begins again. gc.py removes what no image, container or lease reaches.
"""
