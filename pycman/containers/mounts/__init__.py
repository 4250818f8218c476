"""What a start mounts on the host's side, as steps that can be undone: root file system, volumes, images, tmpfs, /dev/shm."""
