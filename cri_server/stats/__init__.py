"""What containers and pods use, as CRI messages.

    sampler.py     what is kept between two calls: where cgroups are, the CPU time before, sizes of writable layers
    layers.py      those sizes, measured beside the calls that ask for them
    interfaces.py  the network counters of pods
    messages.py    ContainerStats and PodSandboxStats

All that is kept are samples: a server that is started again takes new ones.
"""
