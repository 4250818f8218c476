"""What a start mounts on the host: the root's overlay, volumes, images, /dev/shm.

    steps.py    MountRoot    layers and writable layer as one overlay, at merged/
                MountExtras  the spec's mounts for the runtime; those that must be done on the host are done here
    mounted.py  MountedExtras  how these are undone, which a cleanup imports alone

Each step can be undone with the container's id alone, so that cleanup/ undoes the mounts of a killed command with it.
The mechanisms are in `pycman/storage/` and `pycman/volumes/`; of containers only `users.py` is imported.
"""
