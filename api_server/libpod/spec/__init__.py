"""podman's specs as the engine's: the bodies of POST /libpod/containers/create, /pods/create and /networks/create. Pure.

    container.py   SpecGenerator: names, command, environment, life   pod.py       PodSpecGenerator
    storage.py     mounts, volumes, secrets, devices                  network.py   networks, ports, names; network create
    security.py    namespaces, capabilities, ids                      resources.py limits (runtime-spec's LinuxResources)
    health.py      health checks                                      known.py     the names that podman knows

A name that podman does not know is ignored, as its decoder does; one that it knows and the engine cannot do is refused.
"""
