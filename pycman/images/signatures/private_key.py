"""cosign's private keys: PKCS #8, encrypted by scrypt and NaCl's secretbox, as JSON in a PEM block (cosign, `pkg/cosign/keys.go`)."""

from __future__ import annotations

import base64

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

from pycman.errors import Corrupt, Denied, InvalidInput
from pycman.jsontext import parse_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey

_KINDS = ("ENCRYPTED COSIGN PRIVATE KEY", "ENCRYPTED SIGSTORE PRIVATE KEY")
_COSTS = (1 << 15, 1 << 16, 1 << 17)
"""The values of scrypt's N that writers use; it takes a KiB of memory for each."""
_KEY_BYTES = 32


def load_private_key(pem: bytes, passphrase: str) -> PrivateKey:
    """Return the key of a key file. Raises InvalidInput (not such a file), Denied (wrong passphrase)."""
    document = _document(pem)
    try:
        kdf, cipher = document["kdf"], document["cipher"]
        params = kdf["params"]
        known = kdf["name"] == "scrypt" and cipher["name"] == "nacl/secretbox"
        cost = (params["N"], params["r"], params["p"])
        salt, nonce, box = (
            base64.b64decode(text, validate=True) for text in (kdf["salt"], cipher["nonce"], document["ciphertext"])
        )
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidInput(f"it is not an encrypted private key of cosign: {error}") from error
    if not known or cost[0] not in _COSTS or cost[1:] != (8, 1):
        raise InvalidInput("it is encrypted in a way that cosign does not use")
    return _load(_decrypt(passphrase, cost[0], salt, nonce, box))


def sign(key: PrivateKey, content: bytes) -> bytes:
    """Return the signature of `content` as cosign makes it: by SHA-256, or Ed25519."""
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(content, ec.ECDSA(hashes.SHA256()))
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(content, padding.PKCS1v15(), hashes.SHA256())
    return key.sign(content)


def _document(pem: bytes) -> dict[str, Any]:
    lines = [line.strip() for line in pem.decode("utf-8", "replace").strip().splitlines()]
    kind = lines[0].removeprefix("-----BEGIN ").removesuffix("-----") if lines else ""
    if kind not in _KINDS or lines[-1] != f"-----END {kind}-----":
        raise InvalidInput(f"it is not one PEM block {_KINDS[0]}")
    try:
        document = parse_json(base64.b64decode("".join(lines[1:-1]), validate=True), strict=True)
    except (ValueError, Corrupt) as error:
        raise InvalidInput(f"it is not an encrypted private key of cosign: {error}") from error
    if not isinstance(document, dict):
        raise InvalidInput("it is not an encrypted private key of cosign")
    return document


def _decrypt(passphrase: str, cost: int, salt: bytes, nonce: bytes, box: bytes) -> bytes:
    secret = Scrypt(salt=salt, length=_KEY_BYTES, n=cost, r=8, p=1).derive(passphrase.encode())
    try:
        return SecretBox(secret).decrypt(box, nonce)
    except (CryptoError, ValueError) as error:
        raise Denied("the passphrase is wrong", hint="give it by --sign-passphrase-file") from error


def _load(der: bytes) -> PrivateKey:
    try:
        key = serialization.load_der_private_key(der, None)
    except Exception as error:  # ValueError, UnsupportedAlgorithm and others of OpenSSL
        raise InvalidInput(f"it holds no private key: {error}") from error
    if isinstance(key, (ec.EllipticCurvePrivateKey, rsa.RSAPrivateKey, ed25519.Ed25519PrivateKey)):
        return key
    raise InvalidInput("its key is neither ECDSA nor RSA nor Ed25519")
