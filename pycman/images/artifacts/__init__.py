"""Artifacts: files in a registry's form that are no container images (image-spec v1.1, manifest.md, "Guidelines for Artifact Usage").

    artifact     a manifest as a value, and new manifests; pure
    catalogue    rows: find, list, put, remove
    add          files of the host become blobs and a manifest
    transfer     pull and push
    extract      blobs become files

An artifact is a row with its manifest, byte for byte, under one name. Its blobs are blobs of the store that are never unpacked; the garbage
collection keeps them while a row names them.
"""
