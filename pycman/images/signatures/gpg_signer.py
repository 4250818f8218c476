"""Signs with a key of the user's GPG keyring; signatures go to the lookaside storage."""

from __future__ import annotations

import time
from urllib.parse import quote

from pycman.config.registries_d import load_registries_d, registries_d_folder
from pycman.digest import digest_bytes
from pycman.errors import PycmanError
from pycman.images.signatures import lookaside
from pycman.images.signatures.blob import GpgMessage, parse_signature
from pycman.images.signatures.gpg import Keyring, SigningKey
from pycman.images.signatures.payload import GPG_TYPE, Payload, format_payload, parse_payload
from pycman.images.signatures.scopes import docker_scopes
from pycman.storage.scratch import scratch_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.registry.client import Client
    from pycman.spec.image_reference import ImageReference
    from pycman.state.session import Session


class GpgSigner:
    """One key; `name` is anything that gpg knows it by. Raises NotFound, InvalidInput (several), Unavailable (no gpg).

    `directory` is where signatures go in place of the lookaside storage of registries.d.
    """

    def __init__(self, name: str, passphrase: str | None, directory: str = "") -> None:
        self._key = SigningKey(name, passphrase)
        self._directory = directory

    def check_place(self, session: Session, target: ImageReference) -> None:
        """Raise InvalidInput (not a file URL) or WrongState (not writable)."""
        lookaside.check_writable(self._folder(session, target, b""))

    def make(self, session: Session, target: ImageReference, manifest: bytes) -> _Message:
        """Sign with gpg, unless there is such a signature."""
        folder = self._folder(session, target, manifest)
        payload = Payload(manifest_digest=digest_bytes(manifest), reference=str(target))
        if self._is_there(session, folder, payload):
            return _Message(folder, b"")
        return _Message(folder, self._key.sign(format_payload(payload, GPG_TYPE, timestamp=int(time.time()))))

    def _folder(self, session: Session, target: ImageReference, manifest: bytes) -> str:
        """Return the directory of the signatures of a manifest that is, or is to be, at `target`."""
        base = f"file://{quote(self._directory)}" if self._directory else ""
        if not base:
            storage = load_registries_d(registries_d_folder(session.user.home))
            base = storage.lookaside(docker_scopes(target), write=True)
        base = base or lookaside.default_base(session.user.home, rootless=session.rootless)
        return lookaside.file_path(lookaside.place_of(base, target.path, digest_bytes(manifest)))

    def _is_there(self, session: Session, folder: str, payload: Payload) -> bool:
        present = lookaside.read_folder(folder)
        if not present:
            return False
        with Keyring(scratch_path(session, "gpg"), [self._key.public_key()]) as keyring:
            return any(_says(keyring, raw, payload) for raw in present)


class _Message:
    """A message for a directory; an empty one is there already."""

    def __init__(self, folder: str, message: bytes) -> None:
        self._folder = folder
        self._message = message

    def store(self, client: Client | None = None) -> None:
        """Add it to the others, which needs no registry."""
        del client
        if self._message:
            lookaside.add_signature(self._folder, self._message)


def _says(keyring: Keyring, raw: bytes, payload: Payload) -> bool:
    try:
        message = parse_signature(raw)
        return isinstance(message, GpgMessage) and parse_payload(keyring.verify(message.raw), GPG_TYPE) == payload
    except PycmanError:
        return False
