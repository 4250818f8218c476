"""Flag values into the engine's specs, one topic a file. Errors (InvalidInput, Unsupported) name the flag.

    container.py       ContainerSpec of run and create; pod_member.py  the same in a pod; refused.py  flags that cannot be obeyed
    pod.py             PodSpec of pod create, and what pod clone changes
    network_object.py  NetworkSpec of network create
    play.py            PlayOptions of kube play; yaml_files.py  the YAML it reads
    mounts.py  networks.py  namespaces.py  resources.py  registry.py    groups of flags that these share
    pairs.py  sizes.py                                                  single values: KEY=VALUE, sizes, numbers, times

Functions are pure, except those that read a file or the environment because the flag says so. They import values of
`pycman/spec`; only pod_member.py calls a verb.
"""
