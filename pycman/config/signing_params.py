"""What `push --sign-by-sigstore` names: a key of sigstore and its passphrase (containers-sigstore-signing-params.yaml(5))."""

from __future__ import annotations

from pycman.config.yaml_file import load_yaml
from pycman.errors import InvalidInput, Unsupported
from pycman.record import Record

_FILES = ("privateKeyFile", "privateKeyPassphraseFile")
_OTHERS = {
    "fulcio": "signing with certificates of Fulcio is not supported",
    "rekorURL": "uploading to a transparency log is not supported",
}


class SigningParams(Record):
    """The paths of a key file, and of the file with its passphrase ("": it has none)."""

    private_key_file: str
    passphrase_file: str = ""


def load_signing_params(path: str) -> SigningParams:
    """Return the parameters in a file. Raises InvalidInput, Unsupported (Fulcio, Rekor), NotFound, Denied."""
    document = load_yaml(path, depth=2)
    for key in document:
        if key in _OTHERS:
            raise Unsupported(_OTHERS[key], subject=f"{path}: {key}", hint="sign with a key of your own")
        if key not in _FILES:
            raise InvalidInput(f"unknown key {key}", subject=path, hint="correct the file")
    files = [document.get(key, "") for key in _FILES]
    if not all(isinstance(file, str) for file in files) or not files[0]:
        raise InvalidInput("privateKeyFile must name a key file", subject=path, hint="correct the file")
    return SigningParams(private_key_file=files[0], passphrase_file=files[1])
