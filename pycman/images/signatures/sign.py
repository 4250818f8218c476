"""The signers that `push` is asked for."""

from __future__ import annotations

from pycman.errors import Denied, InvalidInput, Unavailable
from pycman.images.signatures.passphrase import read_passphrase

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.images.signatures.signer import Signer


def open_signers(gpg_key: str, private_key_file: str, passphrase: str | None, params_file: str = "") -> list[Signer]:
    """Return a signer for each key that is named ("": none); `params_file` names one, and its passphrase.

    Raises NotFound, InvalidInput, Denied, Unsupported, Unavailable.
    """
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
        signers.append(_of_sigstore(private_key_file, passphrase))
    if params_file:
        from pycman.config.signing_params import load_signing_params  # only for this flag

        params = load_signing_params(params_file)
        secret = read_passphrase(params.passphrase_file) if params.passphrase_file else passphrase or ""
        signers.append(_of_sigstore(params.private_key_file, secret))
    return signers


def _of_sigstore(path: str, passphrase: str) -> Signer:
    try:
        from pycman.images.signatures.sigstore_signer import SigstoreSigner  # 100 ms (cryptography, nacl)
    except ImportError as error:
        hint = "install the Python packages cryptography and pynacl"
        raise Unavailable(str(error), subject=path, hint=hint) from error
    return SigstoreSigner(path, passphrase)
