"""Where cached steps are kept outside of the store: tags of a repository, or a directory that is an OCI layout.

Both have manifests by tag, and blobs by digest. What they give is a stranger's: `pycman.build.cache.remote` checks it.
"""

from __future__ import annotations

import io
import os

from pycman.digest import digest_bytes
from pycman.errors import NotFound, from_os_error
from pycman.images.manifest import LIMIT_BYTES, OCI_INDEX, OCI_MANIFEST
from pycman.images.transfer.policy import policy_of_reference
from pycman.images.transfer.registry_access import RegistryOptions, clients_of
from pycman.jsontext import format_json, parse_json
from pycman.linux.files import make_directory
from pycman.linux.folder import Folder
from pycman.spec.image_reference import normalize_reference, parse_image_reference

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, BinaryIO

    from pycman.build.options import CachePlace
    from pycman.digest import Readable
    from pycman.state.session import Session

_REFERENCE_NAME = "org.opencontainers.image.ref.name"
_CHUNK = 1 << 20
_READ_RETRIES = 1
"""Fewer than for a pull: a cache that does not answer costs a build time, and nothing else."""


class RegistryPlace:
    """The tags of a repository. With a tag of its own in `target` they begin with it: TAG-KEY."""

    def __init__(self, session: Session, place: CachePlace, registry: Mapping[str, Any], *, writing: bool) -> None:
        """Raises InvalidInput, Denied (blocked), PolicyRefused (policy.json)."""
        full = normalize_reference(place.target)
        options = RegistryOptions(**registry)
        if not writing and options.retry is None:
            options = options.replace(retry=_READ_RETRIES)
        self.wants_signatures = False
        if not writing:
            self.wants_signatures = policy_of_reference(session, full, options.signature_policy).wants_signatures
        self.name = place.target
        self._client = clients_of(session, full, options, pulling=not writing)[-1]
        tag = parse_image_reference(place.target).tag
        self._prefix = f"{tag}-" if tag else ""

    def manifest(self, key: str) -> bytes | None:
        """Return the manifest of a step, None if there is none. Raises what registries raise."""
        try:
            return self._client.manifest(self._prefix + key, (OCI_MANIFEST,))[0]
        except NotFound:
            return None

    def blob(self, digest: str, offset: int = 0) -> Readable:
        """Open a blob for reading from `offset` on."""
        return self._client.blob(digest, offset)

    def put_blob(self, digest: str, size_bytes: int, opened: Callable[[], BinaryIO]) -> None:
        """Write a blob unless it is there."""
        if not self._client.has_blob(digest):
            self._client.upload_blob(digest, size_bytes, opened)

    def put_manifest(self, key: str, raw: bytes) -> None:
        """Write the manifest of a step, after its blobs."""
        self._client.put_manifest(self._prefix + key, raw, OCI_MANIFEST)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


class DirectoryPlace:
    """A directory with an OCI layout, whose index names steps by their keys. Paths in it are opened below it only."""

    def __init__(self, place: CachePlace, *, writing: bool) -> None:
        """Raises NotFound, InvalidInput, and errors of the kernel."""
        if writing:
            make_directory(os.path.abspath(place.target), by_umask=True)
        self.name = place.target
        self.wants_signatures = False
        self._folder = Folder(place.target, make=False)
        self._digests: dict[str, str] = {}
        self._sizes: dict[str, int] = {}
        for entry in self._entries():
            key = (entry.get("annotations") or {}).get(_REFERENCE_NAME)
            if isinstance(key, str) and isinstance(entry.get("digest"), str):
                self._digests[key] = entry["digest"]
                self._sizes[key] = int(entry.get("size") or 0)
        self._changed = False

    def _entries(self) -> list[dict[str, Any]]:
        raw = self._folder.read("index.json", 64 << 20)
        document = parse_json(raw, subject=f"{self.name}/index.json") if raw else {}
        entries = document.get("manifests") if isinstance(document, dict) else None
        return [entry for entry in entries or () if isinstance(entry, dict)]

    def manifest(self, key: str) -> bytes | None:
        """Return the manifest of a step, None if there is none, or if it has another digest than the index says."""
        digest = self._digests.get(key)
        raw = self._folder.read(_blob_name(digest), LIMIT_BYTES) if digest else None
        return raw if raw is not None and digest_bytes(raw) == digest else None

    def blob(self, digest: str, offset: int = 0) -> Readable:
        """Open a blob for reading from `offset` on. Raises NotFound and errors of the kernel."""
        try:
            opened = self._folder.open(_blob_name(digest))
            opened.seek(offset)
            return opened
        except OSError as error:
            raise from_os_error(error, subject=f"{self.name}: {digest}", doing="cannot read the blob") from error

    def put_blob(self, digest: str, size_bytes: int, opened: Callable[[], BinaryIO]) -> None:
        """Write a blob unless it is there."""
        status = self._folder.status(_blob_name(digest))
        if status is not None and status.st_size == size_bytes:
            return
        self._folder.make_file(_blob_name(digest))
        try:
            with opened() as source, self._folder.open(_blob_name(digest), os.O_WRONLY) as file:
                while data := source.read(_CHUNK):
                    file.write(data)
        except OSError as error:
            raise from_os_error(error, subject=f"{self.name}: {digest}", doing="cannot write the blob") from error

    def put_manifest(self, key: str, raw: bytes) -> None:
        """Write the manifest of a step; the index that names it is written by `close`."""
        digest = digest_bytes(raw)
        self.put_blob(digest, len(raw), lambda: io.BytesIO(raw))
        self._digests[key], self._sizes[key] = digest, len(raw)
        self._changed = True

    def close(self) -> None:
        """Write the index, if anything was put."""
        with self._folder:
            if not self._changed:
                return
            entries = [
                {"mediaType": OCI_MANIFEST, "digest": digest, "size": self._sizes[key], "annotations": {_REFERENCE_NAME: key}}
                for key, digest in self._digests.items()
            ]  # fmt: skip
            self._folder.write("oci-layout", b'{"imageLayoutVersion":"1.0.0"}')
            self._folder.write(
                "index.json", format_json({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": entries})
            )


def _blob_name(digest: str) -> str:
    return f"blobs/{digest.replace(':', '/', 1)}"


def open_place(session: Session, place: CachePlace, registry: Mapping[str, Any], *, writing: bool) -> Place:
    """Open a place for reading or writing. Raises InvalidInput, NotFound (directory), PolicyRefused, Denied."""
    if place.kind == "local":
        return DirectoryPlace(place, writing=writing)
    return RegistryPlace(session, place, registry, writing=writing)


if TYPE_CHECKING:
    Place = RegistryPlace | DirectoryPlace
