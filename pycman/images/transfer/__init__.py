"""Images between registries and the store.

    pull.py            reference ─▶ registries to try ─▶ manifest ─▶ signatures ─▶ config ─▶ layers ─▶ names
      short_names.py     the full references a short name may mean (registries.conf)
      policy.py          whether policy.json allows the image, which pycman/images/signatures may have to say
      registry_access.py the clients for a reference: mirrors first, then the registry itself
      fetch_layers.py    layers into the store, several at a time (also used by archive/load.py)
      parallel.py        the thread pool for it
      discard_unnamed.py what a failed operation stored is removed at once
    push.py            blobs the registry lacks, then the manifest that push_manifest.py chooses or makes
    ensure_image.py    the image for a container, by pull policy
    sign.py            a signature for an image that is in a registry already
    search.py          what registries offer

May import registry, storage and the files of pycman/images above it.
"""
