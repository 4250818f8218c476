"""Signs with a private key of cosign's; signatures go to the registry, beside the image."""

from __future__ import annotations

import base64
import time

from pycman.config.registries_d import load_registries_d, registries_d_folder
from pycman.digest import digest_bytes
from pycman.errors import InvalidInput, PycmanError, from_os_error
from pycman.images.signatures.attachments import add_attachment, read_attachments
from pycman.images.signatures.payload import SIGSTORE_TYPE, Payload, format_payload, parse_payload
from pycman.images.signatures.private_key import load_private_key, sign
from pycman.images.signatures.scopes import docker_scopes
from pycman.images.signatures.sigstore import check_sigstore

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.images.signatures.private_key import PrivateKey
    from pycman.images.signatures.signer import Stored
    from pycman.registry.client import Client
    from pycman.spec.image_reference import ImageReference
    from pycman.state.session import Session

_MAX_KEY_BYTES = 1 << 20


class SigstoreSigner:
    """The key in one file. Raises NotFound, InvalidInput (not such a file), Denied (wrong passphrase)."""

    def __init__(self, path: str, passphrase: str) -> None:
        try:
            with open(path, "rb") as file:
                self._key: PrivateKey = load_private_key(file.read(_MAX_KEY_BYTES), passphrase)
        except OSError as error:
            raise from_os_error(error, subject=path, doing="cannot read the private key") from error
        except PycmanError as error:
            raise type(error)(error.problem, subject=path, hint=error.hint) from error

    def check_place(self, session: Session, target: ImageReference) -> None:
        """Raise InvalidInput unless registries.d wants signatures beside the image."""
        storage = load_registries_d(registries_d_folder(session.user.home))
        if not storage.has_attachments(docker_scopes(target)):
            raise InvalidInput(
                "signatures beside the image are not enabled for it",
                subject=str(target),
                hint=f"say use-sigstore-attachments: true in {storage.folder}",
            )

    def make(self, session: Session, target: ImageReference, manifest: bytes) -> Stored:
        """Sign the payload."""
        del session
        return _Attachment(self._key, Payload(manifest_digest=digest_bytes(manifest), reference=str(target)))


class _Attachment:
    def __init__(self, key: PrivateKey, payload: Payload) -> None:
        self._key = key
        self._payload = payload
        self._raw = format_payload(payload, SIGSTORE_TYPE, timestamp=int(time.time()))
        self._signature = base64.b64encode(sign(key, self._raw)).decode()

    def store(self, client: Client) -> None:
        """Add it to the others, unless there is such a signature."""
        if not self._is_there(client):
            add_attachment(client, self._payload.manifest_digest, self._raw, self._signature)

    def _is_there(self, client: Client) -> bool:
        for present in read_attachments(client, self._payload.manifest_digest):
            try:
                check_sigstore(present, [self._key.public_key()], None)
                if parse_payload(present.payload, SIGSTORE_TYPE) == self._payload:
                    return True
            except PycmanError:
                continue
        return False
