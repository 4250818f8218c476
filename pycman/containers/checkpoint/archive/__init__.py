"""Archives of checkpoints in podman's format, which `podman container restore --import`, CRI-O and checkpointctl read:

    config.dump  spec.dump         podman's description of the container, and its runtime spec
    checkpoint/  pre-checkpoint/   CRIU's images
    network.status                 the addresses that it had
    rootfs-diff.tar deleted.files  what it changed of its image
    devshm-checkpoint.tar          the content of /dev/shm
    volumes/NAME.tar               the content of its volumes
    dump.log  stats-dump           what CRIU said

write.py, config.py write one; read.py unpacks and checks one, translate.py makes a spec of it, create.py a container, image.py images
that hold one. Whatever is read may be a stranger's: only these names count, only as regular files, and nothing in them is a path that
is opened here.
"""
