"""Signatures of sigstore by public keys: ECDSA and RSA (PKCS #1 v1.5) over SHA-256, and Ed25519, as cosign makes them."""

from __future__ import annotations

import base64

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from pycman.errors import Corrupt, Denied, InvalidInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey | ed25519.Ed25519PublicKey

_MIN_RSA_BITS = 2048
_CURVES = ("secp256r1", "secp384r1", "secp521r1")
_BEGINNINGS = (b"-----BEGIN PUBLIC KEY-----", b"-----BEGIN RSA PUBLIC KEY-----")


def load_public_key(pem: bytes) -> PublicKey:
    """Return the key in a PEM block (PUBLIC KEY or RSA PUBLIC KEY). Raises InvalidInput."""
    text = pem.strip()
    if not text.startswith(_BEGINNINGS) or text.count(b"-----BEGIN") != 1:
        raise InvalidInput("it is not one PEM block PUBLIC KEY")
    try:
        key = serialization.load_pem_public_key(text)
    except Exception as error:  # ValueError, UnsupportedAlgorithm and others of OpenSSL
        raise InvalidInput(f"it holds no public key: {error}") from error
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in _CURVES:
        return key
    if isinstance(key, rsa.RSAPublicKey) and key.key_size >= _MIN_RSA_BITS:
        return key
    if isinstance(key, ed25519.Ed25519PublicKey):
        return key
    raise InvalidInput(f"its key is not ECDSA (P-256, P-384, P-521), RSA of {_MIN_RSA_BITS} bits or more, or Ed25519")


def check_signature(key: PublicKey, signature: bytes, content: bytes) -> None:
    """Raise Denied unless `signature` is one of `content` by this key."""
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, content, ec.ECDSA(hashes.SHA256()))
        elif isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, content, padding.PKCS1v15(), hashes.SHA256())
        else:
            key.verify(signature, content)
    except InvalidSignature:
        raise Denied("it is not signed by a key that the policy names", subject="a signature") from None


def decode_signature(text: str) -> bytes:
    """Return the bytes of a signature's base64. Raises Corrupt."""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise Corrupt("it is not base64", subject="a signature") from error


def der_of(key: PublicKey) -> bytes:
    """Return a key's SubjectPublicKeyInfo (RFC 5280)."""
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
