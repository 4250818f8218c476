"""One signature of sigstore against the keys of a requirement, and those of a transparency log if it names one."""

from __future__ import annotations

from pycman.errors import Denied, InvalidInput, PycmanError
from pycman.images.signatures.attachments import LOG_ENTRY, SIGNATURE
from pycman.images.signatures.public_keys import check_signature, decode_signature, load_public_key
from pycman.images.signatures.rekor import check_log_entry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pycman.images.signatures.blob import SigstoreSignature
    from pycman.images.signatures.public_keys import PublicKey


class SigstoreKeys:
    """The keys of a requirement, and those of its transparency logs (None: it names none), each a name for messages and a PEM.

    Raises InvalidInput naming a key that is none.
    """

    def __init__(self, keys: Sequence[tuple[str, bytes]], logs: Sequence[tuple[str, bytes]] | None) -> None:
        self._keys = [_load(*key) for key in keys]
        self._logs = None if logs is None else [_load(*key) for key in logs]

    def check(self, signature: SigstoreSignature) -> None:
        """Raise Denied or Corrupt unless the signature is good."""
        check_sigstore(signature, self._keys, self._logs)


def _load(name: str, pem: bytes) -> PublicKey:
    try:
        return load_public_key(pem)
    except InvalidInput as error:
        raise InvalidInput(error.problem, subject=name, hint="correct policy.json") from error


def check_sigstore(signature: SigstoreSignature, keys: Sequence[PublicKey], logs: Sequence[PublicKey] | None) -> None:
    """Raise Denied or Corrupt unless the payload is signed by one of `keys`, and a log of `logs` (None: not asked) knows it."""
    text = signature.annotations.get(SIGNATURE)
    if text is None:
        raise Denied(f"it has no annotation {SIGNATURE}", subject="a signature")
    raw = decode_signature(text)
    key = _signer(keys, raw, signature.payload)
    if logs is None:
        return
    entry = signature.annotations.get(LOG_ENTRY)
    if entry is None:
        raise Denied("no transparency log knows it", subject="a signature")
    check_log_entry(entry, logs, key, raw, signature.payload)


def _signer(keys: Sequence[PublicKey], signature: bytes, content: bytes) -> PublicKey:
    """Return the key that made a signature. Raises Denied if none of `keys` did."""
    failure: PycmanError = Denied("the policy names no key", subject="a signature")
    for key in keys:
        try:
            check_signature(key, signature, content)
        except PycmanError as error:
            failure = error
        else:
            return key
    raise failure
