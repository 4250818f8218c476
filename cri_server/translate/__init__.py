"""Translate CRI messages, as JSON-shaped dictionaries, into the engine's specs. Pure: no disk, no database.

    sandbox.py            PodSandboxConfig ──▶ PodSpec, ports and id maps
    container.py          ContainerConfig  ──▶ ContainerSpec, limits and the log's path
    names.py              the names of both that `ps` shows
    runtime_features.py   what each OCI runtime supports

It imports pycman/spec only. Whatever makes no sense raises InvalidInput, whatever the engine cannot do Unsupported.
"""
