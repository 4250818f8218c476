"""Specs: what a caller asks for, as frozen values. The command line, YAML and CRI fill them; the engine turns them into
OCI documents.

    command line ┐                   ┌ runtime-spec config.json   (pycman/runtime/spec_builder.py)
    YAML         ┼─▶ spec (this) ─▶ ─┼ rows of the database       (as `Record.to_dict`: field names are stored)
    CRI          ┘                   └ network, volume, layers

In reading order: `image_reference` (what a user names) and `id_map`; `mount`, `port`, `network_attachment`,
`resources`, `health` and `probe` are parts of a `container`, and `pod` is what containers share; `network` is what
containers are connected to, and `service` a name and a virtual address in front of pods. All of it is pure: nothing
here touches a disk. It may import `errors`, `record` and `digest` only.
"""
