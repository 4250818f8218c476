"""`engine.images`. `name` is a reference, an id or a prefix of an id; one that matches no image raises NotFound."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, BinaryIO

    from pycman.build.cache.usage import CacheEntry
    from pycman.build.options import BuildOptions, BuildResult
    from pycman.build.outcome import Report
    from pycman.images.archive.load import LoadReport
    from pycman.images.archive.save import SaveOptions
    from pycman.images.image import Image, RemoveReport
    from pycman.images.make.commit import ImportOptions
    from pycman.images.make.history import HistoryEntry
    from pycman.images.signatures.trust import TrustEntry
    from pycman.images.transfer.pull import PullOptions
    from pycman.images.transfer.push import PushOptions, PushReport
    from pycman.images.transfer.registry_access import Progress
    from pycman.images.transfer.search import SearchOptions, SearchResult
    from pycman.images.transfer.sign import SignOptions
    from pycman.registry.credentials import LoginOptions
    from pycman.state.session import Session
    from pycman.storage.diff import Change


class Images:
    """Verbs of images."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def pull(self, name: str, options: PullOptions, *, progress: Progress | None = None) -> list[str]:
        """Pull an image, or with `options.all_tags` a whole repository, and return the image ids (hex)."""
        from pycman.images.transfer.pull import pull_image

        return pull_image(self._session, name, options, progress=progress)

    def push(
        self, name: str, destination: str, options: PushOptions, *, progress: Progress | None = None
    ) -> PushReport:
        """Push an image or a manifest list with its images to `destination`; "" stands for its own name."""
        from pycman.images.lists.push_named import push_named

        return push_named(self._session, name, destination, options, progress=progress)

    def sign(self, name: str, options: SignOptions) -> None:
        """Sign an image that is in a registry with a key of GPG; the image is not pulled."""
        from pycman.images.transfer.sign import sign_image

        sign_image(self._session, name, options)

    def trust(self, file: str = "") -> list[TrustEntry]:
        """Return the requirements of policy.json, or of another `file`."""
        from pycman.images.signatures.trust import list_trust

        return list_trust(self._session, file)

    def trust_text(self, file: str = "") -> str:
        """Return the text of policy.json, or of another `file`."""
        from pycman.images.signatures.trust import raw_policy

        return raw_policy(self._session, file)

    def set_trust(self, scope: str, kind: str, key_files: Sequence[str] = (), *, file: str = "") -> str:
        """Set the requirements of a scope ("default" is that of policy.json); return the file that was written."""
        from pycman.images.signatures.trust import set_trust

        return set_trust(self._session, scope, kind, key_files, file)

    def search(self, term: str, options: SearchOptions) -> list[SearchResult]:
        """Search registries for `term`; `options.limit` holds for each registry."""
        from pycman.images.transfer.search import search

        return search(self._session, term, options)

    def login(self, registry: str, options: LoginOptions) -> str:
        """Check credentials and store them; return the file or helper they were stored in. Raises Unauthenticated."""
        from pycman.registry.login import login

        return login(self._session, registry, options)

    def logout(self, registry: str, options: LoginOptions) -> list[str]:
        """Remove stored credentials of a registry, or with "" and `options.all` of all; return the registries' names."""
        from pycman.registry.login import logout

        return logout(self._session, registry, options)

    def find(self, name: str) -> Image | None:
        """Return the image, of a manifest list that for this machine, or None."""
        from pycman.images.catalogue import find_image

        return find_image(self._session, name)

    def exists(self, name: str) -> bool:
        """Say whether there is an image or a manifest list of this name or id."""
        from pycman.images.catalogue import find_named

        return find_named(self._session, name) is not None

    def get(self, name: str) -> Image:
        """Return the image, of a manifest list that for this machine. Raises NotFound, or InvalidInput if a short id fits several."""
        from pycman.images.catalogue import get_image

        return get_image(self._session, name)

    def inspect(self, name: str) -> dict[str, Any]:
        """Return all details, under the names of docker's and podman's inspect."""
        from pycman.images.inspect import inspect_image

        return inspect_image(self._session, name)

    def former_names(self, image_id: str) -> list[str]:
        """Return the names that an image had once and has no more, the latest first."""
        from pycman.images.former_names import former_names

        return former_names(self._session, image_id)

    def history(self, name: str) -> list[HistoryEntry]:
        """Return the steps an image was built in, newest first."""
        from pycman.images.make.history import image_history

        return image_history(self._session, name)

    def tree(self, name: str, *, what_requires: bool = False) -> str:
        """Return a drawing of an image's layers as a tree, or with `what_requires` of the images built on it."""
        from pycman.images.tree import image_tree

        return image_tree(self._session, name, what_requires=what_requires)

    def diff(self, name: str, other: str = "") -> list[Change]:
        """Return what an image's top layer changed, or how it differs from `other`."""
        from pycman.images.diff import diff_image

        return diff_image(self._session, name, other)

    def tag(self, name: str, new_names: Sequence[str]) -> None:
        """Add names to an image."""
        from pycman.images.catalogue import tag_image

        tag_image(self._session, name, new_names)

    def untag(self, name: str, names: Sequence[str] = ()) -> None:
        """Remove `names`, or all names, from an image; the image is kept."""
        from pycman.images.catalogue import untag_image

        untag_image(self._session, name, names)

    def remove(
        self, name: str, *, force: bool = False, prune: bool = True, keep_containers: bool = False
    ) -> RemoveReport:
        """Remove a name, or with the last name the image. Raises InUse.

        `force` removes its containers first, or to `keep_containers` takes only the names of an image that has some.
        """
        from pycman.system.remove_image import remove_image_and_users, remove_image_keeping_users

        if force and keep_containers:
            return remove_image_keeping_users(self._session, name, prune=prune)
        return remove_image_and_users(self._session, name, force=force, prune=prune)

    def prune(self, filters: Sequence[tuple[str, str]] = (), *, all: bool = False) -> tuple[list[str], int]:
        """Remove dangling (`all`: all unused) images; return the ids and names removed, and the bytes freed."""
        from pycman.images.remove import prune_images

        return prune_images(self._session, filters, all=all)

    def save(self, names: Sequence[str], output: BinaryIO | str, options: SaveOptions) -> None:
        """Write images as an archive to a stream, or as a directory at a path."""
        from pycman.images.archive.save import save_images

        save_images(self._session, names, output, options)

    def load(
        self, source: BinaryIO | str, *, progress: Progress | None = None, signature_policy: str = ""
    ) -> LoadReport:
        """Load images from an archive (any kind, compressed or not) or an OCI layout directory.

        `signature_policy` is a file that holds in place of policy.json.
        """
        from pycman.images.archive.load import load_images

        return load_images(self._session, source, progress=progress, signature_policy=signature_policy)

    def import_tar(self, source: BinaryIO, options: ImportOptions) -> str:
        """Make an image of one layer from a file system tar; return its id."""
        from pycman.images.make.commit import import_tar

        if not options.changes:
            return import_tar(self._session, source, options)
        from pycman.build.plan.config_changes import apply_changes  # 20 ms: only with --change

        return import_tar(self._session, source, options, apply_changes)

    def mount(self, name: str) -> str:
        """Mount an image read-only and return the path."""
        from pycman.images.mount import mount_image

        return mount_image(self._session, name)

    def unmount(self, name: str, *, force: bool = False) -> str:
        """Undo one `mount`."""
        from pycman.images.mount import unmount_image

        return unmount_image(self._session, name, force=force)

    def entries(self, name: str, path: str) -> dict[str, bool] | None:
        """Return the names in a directory of an image, and which are directories; None if `path` is no directory."""
        from pycman.linux.open_below import entries_below

        root = self.mount(name)
        try:
            return entries_below(root, path)
        finally:
            self.unmount(name)

    def mounted(self) -> list[tuple[str, str]]:
        """Return (id, path) of each image that is mounted."""
        from pycman.images.mount import list_mounted

        return list_mounted(self._session)

    def build(self, options: BuildOptions, *, report: Report | None = None) -> BuildResult:
        """Build an image of a Dockerfile and a context; `report` gets a BuildEvent for each thing that happens."""
        from pycman.build.execute.build import build_image

        return build_image(self._session, options, report=report)

    def prune_builds(
        self, filters: Sequence[tuple[str, str]] = (), *, all: bool = False, keep_bytes: int = 0
    ) -> tuple[list[str], int]:
        """Remove cached steps of builds that no image has (`all`: all of them, and cache mounts); return ids and bytes freed."""
        from pycman.build.cache.prune import prune_builds

        return prune_builds(self._session, filters, all=all, keep_bytes=keep_bytes)

    def build_cache(self) -> list[CacheEntry]:
        """Return what the cache of builds holds, the last used first."""
        from pycman.build.cache.usage import cache_entries

        return cache_entries(self._session)

    # `list` is defined last: below it, annotations could not use the built-in type.
    def list(self, filters: Sequence[tuple[str, str]] = (), *, all: bool = False, name: str = "") -> list[Image]:
        """Return images, newest first; `name` limits them to a repository or reference, `all` adds intermediate ones."""
        from pycman.images.catalogue import list_images

        return list_images(self._session, filters, all=all, name=name)
