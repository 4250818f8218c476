"""Who can say which signatures an image has: the registry it comes from, the directory it lies in, or nobody.

A source is asked only for what a requirement needs, and once.
"""

from __future__ import annotations

import functools

from pycman.config.registries_d import load_registries_d, registries_d_folder
from pycman.errors import Corrupt
from pycman.images.archive.members import read_member
from pycman.images.signatures import attachments, lookaside
from pycman.images.signatures.blob import MAX_BYTES, MAX_COUNT
from pycman.images.signatures.scopes import docker_scopes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from pycman.images.archive.members import Members
    from pycman.images.signatures.blob import SigstoreSignature
    from pycman.registry.client import Client
    from pycman.registry.transport import ClientOptions
    from pycman.spec.image_reference import ImageReference
    from pycman.state.session import Session

    class SignatureSource(Protocol):
        """The signatures of one manifest, none of them verified."""

        def stored(self) -> list[bytes]:
            """Return the stored signatures, in the form that `blob.parse_signature` reads."""

        def attached(self) -> list[SigstoreSignature]:
            """Return the signatures of sigstore in the registry."""

        def missing(self, *, sigstore: bool) -> str:
            """Return where was looked in vain, for a message."""


class RegistrySignatures:
    """Signatures of a manifest in a registry or its mirror; registries.d goes by the place that it is fetched from."""

    def __init__(
        self, session: Session, client: Client, place: ImageReference, digest: str, options: ClientOptions
    ) -> None:
        """`place` is the full reference at the place of `client`, which a mirror's is not the image's own."""
        self._client = client
        self._digest = digest
        self._options = options
        names = docker_scopes(place)
        storage = load_registries_d(registries_d_folder(session.user.home))
        base = storage.lookaside(names, write=False) or lookaside.default_base(
            session.user.home, rootless=session.rootless
        )
        self._lookaside = lookaside.place_of(base, place.path, digest)
        self._has_attachments = storage.has_attachments(names)

    @functools.cached_property
    def _stored(self) -> list[bytes]:
        return lookaside.read_signatures(self._lookaside, self._options)

    @functools.cached_property
    def _attached(self) -> list[SigstoreSignature]:
        return attachments.read_attachments(self._client, self._digest) if self._has_attachments else []

    def stored(self) -> list[bytes]:
        """Return those of the lookaside storage."""
        return self._stored

    def attached(self) -> list[SigstoreSignature]:
        """Return those beside the image, if registries.d says that there are any."""
        return self._attached

    def missing(self, *, sigstore: bool) -> str:
        """Return where was looked."""
        if not sigstore:
            return f"there is none at {self._lookaside}"
        if not self._has_attachments:
            return "registries.d does not say use-sigstore-attachments: true for it"
        return f"the registry has no {attachments.tag_of(self._digest)}"


class DirectorySignatures:
    """Signatures in the files signature-1, signature-2 and so on of a docker-dir."""

    def __init__(self, members: Members) -> None:
        self._members = members

    def stored(self) -> list[bytes]:
        """Return the files' contents."""
        found: list[bytes] = []
        while self._members.has(name := f"signature-{len(found) + 1}"):
            if len(found) == MAX_COUNT:
                raise Corrupt(f"there are more than {MAX_COUNT} signatures", subject="the directory")
            found.append(read_member(self._members, name, MAX_BYTES))
        return found

    def attached(self) -> list[SigstoreSignature]:
        """Return none: a directory keeps them among the others."""
        return []

    def missing(self, *, sigstore: bool) -> str:
        """Return where was looked."""
        del sigstore
        return "there is no file signature-1 beside its manifest"


class NoSignatures:
    """An archive of a kind that has no place for signatures."""

    def __init__(self, transport: str) -> None:
        self._transport = transport

    def stored(self) -> list[bytes]:
        """Return none."""
        return []

    def attached(self) -> list[SigstoreSignature]:
        """Return none."""
        return []

    def missing(self, *, sigstore: bool) -> str:
        """Return why there is none."""
        del sigstore
        return f"the format {self._transport} has no place for one"
