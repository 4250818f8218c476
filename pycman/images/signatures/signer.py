"""What a signer is: one key that an image is signed with, and a signature that it made.

`push` checks the place first, has signatures made before it uploads anything, and stores them after the manifest.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from pycman.registry.client import Client
    from pycman.spec.image_reference import ImageReference
    from pycman.state.session import Session

    class Stored(Protocol):
        """A signature that was made."""

        def store(self, client: Client) -> None:
            """Put it where it belongs; one by the same key for the same name is not added again. Raises the place's errors."""

    class Signer(Protocol):
        """One key."""

        def check_place(self, session: Session, target: ImageReference) -> None:
            """Raise an error if a signature for this reference could not be stored."""

        def make(self, session: Session, target: ImageReference, manifest: bytes) -> Stored:
            """Return a new signature. Raises Denied (the key cannot be used)."""
