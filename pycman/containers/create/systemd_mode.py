"""What a container is given whose first process is systemd (podman-run(1), --systemd; systemd's "The Container Interface"). Pure."""

from __future__ import annotations

from pycman.spec.mount import Mount

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.spec.container import ContainerSpec

_IN_MEMORY = {"/run": "0755", "/run/lock": "1777", "/tmp": "1777", "/var/log/journal": "0755"}
"""Paths that systemd expects to be file systems in memory, and their modes."""


def with_systemd(spec: ContainerSpec) -> ContainerSpec:
    """Return the spec with file systems in memory for systemd, but where the user mounts something."""
    taken = {mount.target.rstrip("/") for mount in spec.mounts if not mount.from_image}
    size = () if spec.systemd_size_bytes is None else (f"size={spec.systemd_size_bytes}",)
    mounts = tuple(
        Mount(kind="tmpfs", target=path, options=("exec", f"mode={mode}", *size))
        for path, mode in _IN_MEMORY.items()
        if path not in taken
    )
    kept = tuple(mount for mount in spec.mounts if mount.target.rstrip("/") not in {each.target for each in mounts})
    return spec.replace(systemd="always", mounts=kept + mounts)
