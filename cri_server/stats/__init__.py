"""The resource usage of containers and pods, as CRI messages.

    sampler.py     state between two calls: paths of cgroups, the last CPU time, sizes of writable layers
    layers.py      these sizes, measured in a thread of their own
    interfaces.py  the network counters of pods
    messages.py    ContainerStats and PodSandboxStats

The state is samples only: a restarted server takes new ones.
"""
