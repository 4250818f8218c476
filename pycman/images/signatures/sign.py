"""The signers that `push` is asked for."""

from __future__ import annotations

from pycman.errors import Denied, InvalidInput, Unavailable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.images.signatures.signer import Signer


def open_signers(gpg_key: str, private_key_file: str, passphrase: str | None) -> list[Signer]:
    """Return a signer for each key that is named ("": none). Raises NotFound, InvalidInput, Denied, Unavailable."""
    if gpg_key and private_key_file and passphrase is not None:
        hint = "sign with one key by this push, and with the other by another"
        raise InvalidInput("one passphrase cannot be for both keys", subject="--sign-passphrase-file", hint=hint)
    signers: list[Signer] = []
    if gpg_key:
        from pycman.images.signatures.gpg_signer import GpgSigner  # only to sign with GPG

        signers.append(GpgSigner(gpg_key, passphrase))
    if private_key_file:
        if passphrase is None:
            raise Denied("the key has a passphrase", subject=private_key_file, hint="give it by --sign-passphrase-file")
        try:
            from pycman.images.signatures.sigstore_signer import SigstoreSigner  # 100 ms (cryptography, nacl)
        except ImportError as error:
            hint = "install the Python packages cryptography and pynacl"
            raise Unavailable(str(error), subject=private_key_file, hint=hint) from error
        signers.append(SigstoreSigner(private_key_file, passphrase))
    return signers
