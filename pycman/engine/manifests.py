"""`engine.manifests`: manifest lists in the making. `name` is a list's name or id; one that means none raises NotFound."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from pycman.images.lists.entry import ListEntry, ManifestList
    from pycman.images.lists.publish import Publication
    from pycman.images.lists.push import ListPushOptions
    from pycman.images.lists.sources import SourceOptions
    from pycman.images.transfer.push import PushReport
    from pycman.images.transfer.registry_access import RegistryOptions
    from pycman.spec.image_reference import ImageReference
    from pycman.state.session import Session


class Manifests:
    """Verbs of manifest lists."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def create(
        self,
        name: str,
        images: Sequence[str] = (),
        options: SourceOptions | None = None,
        *,
        annotations: Mapping[str, str] | None = None,
        amend: bool = False,
    ) -> ManifestList:
        """Create a list of images. Raises AlreadyExists unless `amend`, which adds them to the list there is."""
        from pycman.images.lists.catalogue import create_list

        entries = [entry for image in images for entry in self.entries_of(image, options)]
        return create_list(self._session, name, entries, annotations or {}, amend=amend)

    def entries_of(self, image: str, options: SourceOptions | None = None) -> list[ListEntry]:
        """Return the entries that an image of the store or of a registry makes."""
        from pycman.images.lists.sources import SourceOptions, entries_of

        return entries_of(self._session, image, options or SourceOptions())

    def find(self, name: str) -> ManifestList | None:
        """Return the list, or None."""
        from pycman.images.lists.catalogue import find_list

        return find_list(self._session, name)

    def get(self, name: str) -> ManifestList:
        """Return the list."""
        from pycman.images.lists.catalogue import get_list

        return get_list(self._session, name)

    def add(self, name: str, entries: Sequence[ListEntry]) -> ManifestList:
        """Add entries at the end; one with a digest that is there already takes its place."""
        from pycman.images.lists.catalogue import add_entries

        return add_entries(self._session, name, entries)

    def annotate(self, name: str, annotations: Mapping[str, str]) -> ManifestList:
        """Set annotations of the list itself."""
        from pycman.images.lists.catalogue import annotate_list

        return annotate_list(self._session, name, annotations)

    def change(self, name: str, digest: str, changes: Mapping[str, object]) -> ManifestList:
        """Change fields of the entry with a digest (`ListEntry`)."""
        from pycman.images.lists.catalogue import entry_of, get_list, replace_entry

        entry = entry_of(get_list(self._session, name), digest)
        return replace_entry(self._session, name, entry.replace(**changes))

    def fetch(self, name: str, options: Mapping[str, Any]) -> bytes:
        """Return the manifest or index of an image in a registry; `options` are fields of RegistryOptions."""
        from pycman.images.lists.sources import fetch_manifest

        return fetch_manifest(self._session, name, options)

    def published(self, name: str, options: RegistryOptions) -> Publication:
        """Return the manifest or index that a registry has under a name, with its images."""
        from pycman.images.lists.publish import fetch_published

        return fetch_published(self._session, name, options)

    def combine(
        self,
        sources: Sequence[str],
        options: RegistryOptions,
        *,
        append_to: str = "",
        annotations: Sequence[tuple[str, str]] = (),
    ) -> Publication:
        """Return a list of the images that registries have under `sources`; the store is not changed."""
        from pycman.images.lists.publish import combine

        return combine(self._session, sources, options, append_to=append_to, annotations=annotations)

    def publish(self, publication: Publication, target: str, options: RegistryOptions) -> ImageReference:
        """Write it to a registry under a name, with what its repository lacks."""
        from pycman.images.lists.publish import publish

        return publish(self._session, publication, target, options)

    def remove_entry(self, name: str, digest: str) -> ManifestList:
        """Take an entry out of a list."""
        from pycman.images.lists.catalogue import remove_entry

        return remove_entry(self._session, name, digest)

    def remove(self, name: str) -> tuple[ManifestList, tuple[str, ...]]:
        """Remove a list with all its names, which are returned too; its images stay."""
        from pycman.images.lists.catalogue import remove_list

        return remove_list(self._session, name)

    def push(self, name: str, destination: str, options: ListPushOptions) -> PushReport:
        """Push a list and its images; "" is its own name."""
        from pycman.images.lists.push import push_list

        return push_list(self._session, name, destination, options)
