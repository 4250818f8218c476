"""Create a container: every choice is made and validated here, so that a start only carries out what the row says.

    ContainerSpec ──▶ ../check_spec.py, conf_defaults.py, image_defaults.py (pure)
                                       │
                                       ▼
                      resolve_mounts.py, user_namespace.py, networks/resolve.py: what -v, --userns, --network come to
                                       │
                                       ▼
    run.py: start it  ◀── create.py: row "creating", directories, volumes, layers, row "ready"

fill_volumes.py copies the image's files into the new volumes of a container that is not started at once. generated_names.py makes ids and names. It may import everything of the room but files/.
"""
