"""`engine.artifacts`. `name` is a name, a digest or a unique start of a digest; one that matches no artifact raises NotFound."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from pycman.images.artifacts.add import AddOptions
    from pycman.images.artifacts.artifact import Artifact
    from pycman.images.transfer.pull import PullOptions
    from pycman.images.transfer.registry_access import Progress, RegistryOptions
    from pycman.state.session import Session


class Artifacts:
    """Verbs of artifacts."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, name: str, paths: Sequence[str], options: AddOptions | None = None) -> str:
        """Make an artifact of files (full paths) and return its digest. Raises AlreadyExists."""
        import time

        from pycman.images.artifacts.add import AddOptions, add_files

        return add_files(self._session, name, paths, options or AddOptions(), now_ns=time.time_ns())

    def find(self, name: str) -> Artifact | None:
        """Return the artifact, or None."""
        from pycman.images.artifacts.catalogue import find_artifact

        return find_artifact(self._session, name)

    def inspect(self, name: str) -> dict[str, Any]:
        """Return all details under podman's names."""
        from pycman.images.artifacts.catalogue import get_artifact

        return get_artifact(self._session, name).inspected()

    def pull(self, name: str, options: PullOptions | None = None, *, progress: Progress | None = None) -> str:
        """Pull an artifact and return its digest."""
        from pycman.images.artifacts.transfer import pull_artifact
        from pycman.images.transfer.pull import PullOptions

        return pull_artifact(self._session, name, options or PullOptions(), progress=progress)

    def push(
        self,
        name: str,
        destination: str = "",
        options: RegistryOptions | None = None,
        *,
        progress: Progress | None = None,
    ) -> str:
        """Push an artifact to its name or another, and return its digest."""
        from pycman.images.artifacts.transfer import push_artifact
        from pycman.images.transfer.registry_access import RegistryOptions

        return push_artifact(self._session, name, destination, options or RegistryOptions(), progress=progress)

    def extract(self, name: str, target: str, *, title: str = "", digest: str = "") -> list[str]:
        """Write its files below or to `target` (a full path) and return their paths. Raises InvalidInput."""
        from pycman.images.artifacts.extract import extract_files

        return extract_files(self._session, name, target, title=title, digest=digest)

    def remove(self, name: str) -> str:
        """Remove an artifact and return its digest."""
        from pycman.images.artifacts.catalogue import remove_artifact

        return remove_artifact(self._session, name)

    # `list` is defined last: below it, annotations could not use the built-in type.
    def list(self) -> list[Artifact]:
        """Return artifacts, sorted by name."""
        from pycman.images.artifacts.catalogue import list_artifacts

        return list_artifacts(self._session)
