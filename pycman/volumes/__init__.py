"""Volumes: directories with a name, which outlive containers.

    create_volume ─▶ row "creating" ─▶ volumes/NAME/_data ─▶ row "ready"
    use_volume    ─▶ mount at _data what the options type, device and o ask for ─▶ copy_up, once ─▶ release_volume
    remove_volume ─▶ row "removing" ─▶ unmount, delete ─▶ no row

The driver is always "local". The users of a volume are not counted: they are the containers that name it
(container_volumes) and run in this boot. Only `volume mount` of a user is counted, for the boot it was done in. The
first container that mounts an empty volume fills it with the files its image has at the mount point (`copy_up`). The
row of a killed command is finished by the next command that uses the name, or by `recover_volumes`.

All changes hold the volume's lock (taken after a container's, never before).

In reading order: `volume` and `options` (values), `catalogue` (create and find), `filters`, `inspect`, `use` (mount,
fill, change the owner), `transfer` (export and import), `remove`. May import storage, state, linux and the value
modules.
"""
