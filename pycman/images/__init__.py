"""Images: pull and load bring them into the store, commit and import make them, push and save write them elsewhere.

    registry ── transfer/pull ──┐                                        ┌── transfer/push ──▶ registry
    archive  ── archive/load  ──┼─▶ blobs and layers ─▶ rows and names ──┼── archive/save  ──▶ archive
    container ─ make/commit   ──┘   (storage, leased)    (catalogue)     └── mount, inspect, tree, diff, remove

An image is a row with its manifest and config, byte for byte, its layers in order (chain ids), and the names that point
to it. Its id is the hex digest of its config. A name belongs to one image: giving it to another takes it from the
first, which is dangling once it has none. Blobs and layers are stored first, under a lease, and the image's rows last,
in one transaction: a killed pull or load leaves no name of an incomplete image.

In reading order: `image`, `manifest` and `platform` (values, pure), `lookup` (what a user's reference means),
`catalogue`, `filters`, `inspect`, `tree`, `diff`, `mount`, `remove`; then transfer/ (registries), make/ (new images),
archive/ (tar archives and directories), lists/ (manifest lists in the making) and artifacts/ (what is no container image). May import storage, registry, state, linux, config and the value modules.
"""
