"""`engine.volumes`. `name` is a volume's name; one that no volume has raises NotFound."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, BinaryIO

    from pycman.state.session import Session
    from pycman.volumes.volume import Volume, VolumeSpec


class Volumes:
    """Verbs of volumes."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def create(self, spec: VolumeSpec, *, ignore: bool = False) -> str:
        """Create a volume and return its name. Raises AlreadyExists unless `ignore`."""
        from pycman.volumes.catalogue import create_volume

        return create_volume(self._session, spec, ignore=ignore)

    def get(self, name: str) -> Volume:
        """Return the volume (name or unique prefix). Raises NotFound."""
        from pycman.volumes.catalogue import get_volume

        return get_volume(self._session, name)

    def find(self, name: str) -> Volume | None:
        """Return the volume of exactly this name, or None."""
        from pycman.volumes.catalogue import find_volume

        return find_volume(self._session, name)

    def inspect(self, name: str) -> dict[str, Any]:
        """Return all details, under the names of docker's and podman's inspect."""
        from pycman.volumes.inspect import inspect_volume

        return inspect_volume(self._session, name)

    def remove(
        self, name: str, *, force: bool = False, timeout_s: int | None = None, keep_containers: bool = False
    ) -> str:
        """Remove a volume and return its name. Raises InUse.

        `force` unmounts it, and unless `keep_containers` removes the containers that use it first, which have `timeout_s` to stop.
        """
        from pycman.system.remove_volume import remove_volume_and_users

        return remove_volume_and_users(
            self._session, name, force=force, timeout_s=timeout_s, keep_containers=keep_containers
        )

    def prune(self, filters: Sequence[tuple[str, str]] = (), *, all: bool = True) -> tuple[list[str], int]:
        """Remove unused volumes (`all` False: only anonymous ones); return names and bytes freed."""
        from pycman.volumes.remove import prune_volumes

        return prune_volumes(self._session, filters, all=all)

    def export(self, name: str, output: BinaryIO) -> None:
        """Write a volume's content as a tar."""
        from pycman.volumes.transfer import export_volume

        export_volume(self._session, name, output)

    def import_tar(self, name: str, source: BinaryIO) -> None:
        """Unpack a tar into a volume."""
        from pycman.volumes.transfer import import_volume

        import_volume(self._session, name, source)

    def mount(self, name: str) -> str:
        """Mount a volume and return the path."""
        from pycman.volumes.use import mount_volume

        return mount_volume(self._session, name)

    def unmount(self, name: str) -> None:
        """Undo one `mount`."""
        from pycman.volumes.use import unmount_volume

        unmount_volume(self._session, name)

    # `list` is defined last: below it, annotations could not use the built-in type.
    def list(self, filters: Sequence[tuple[str, str]] = ()) -> list[Volume]:
        """Return volumes, sorted by name. Raises InvalidInput for an unknown filter."""
        from pycman.volumes.catalogue import list_volumes

        return list_volumes(self._session, filters)
