"""Volumes: directories with a name, which outlive containers.

A volume's life: `create_volume` writes the row "creating", makes volumes/NAME/_data and says "ready". Its driver is
always "local"; with options type, device and o something is mounted at _data while anybody uses it. Who uses it is
never counted: it is read off the containers that name it (container_volumes) and run in this boot. Only `volume mount`
by a user is counted, with the boot it belongs to. The first container that uses an empty volume fills it with what its
image has at that place (`copy_up`). `remove_volume` writes "removing", unmounts, deletes, and drops the row; a command
killed between is finished by the next that meets the name, or by `recover_volumes`.

All changes hold the volume's lock (after a container's, never before).
"""
