"""What a start has mounted on the host, as it is taken away again: by the container's id alone, whoever mounted it.

`steps.py` mounts it. Apart from that, because a cleanup imports this alone: the other half takes longer than what it undoes.
"""

from __future__ import annotations

from pycman.linux.mounts import unmount_below

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.spec.container import ContainerSpec
    from pycman.state.session import Session


class MountedExtras:
    """Volumes, images, overlay binds and /dev/shm."""

    def __init__(self, session: Session, row: Mapping[str, Any], spec: ContainerSpec) -> None:
        self._session = session
        self._row = row
        self._spec = spec
        self._bundle = session.paths.bundle(row["id"])

    def describe(self) -> str:
        """Return a description of the mounts."""
        targets = ", ".join(mount.target for mount in self._spec.mounts)
        return f"prepare mounts {targets}" if targets else "prepare /dev/shm"

    def undo(self) -> None:
        """Unmount everything below the bundle and release the volumes."""
        self._unmount()

    def undo_with_root(self) -> None:
        """Do that, and what `MountRoot.undo` does, with one look at the table of mounts."""
        self._unmount(self._session.paths.merged(self._row["id"]))

    def _unmount(self, *others: str) -> None:
        unmount_below(*others, self._bundle, f"{self._session.paths.container(self._row['id'])}/extra")
        for mount in self._spec.mounts:
            if mount.kind == "volume":
                from pycman.volumes.use import release_volume  # 1 ms, only for containers with volumes

                release_volume(self._session, mount.source, self._row["id"])
