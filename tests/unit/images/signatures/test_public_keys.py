"""Public keys, and what is signed with them."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, padding, rsa, x25519

from pycman.errors import Corrupt, Denied, InvalidInput
from pycman.images.signatures.private_key import sign
from pycman.images.signatures.public_keys import check_signature, decode_signature, load_public_key
from tests.support.signing import public_pem

KEYS = {
    "P-256": ec.generate_private_key(ec.SECP256R1()),
    "P-384": ec.generate_private_key(ec.SECP384R1()),
    "RSA": rsa.generate_private_key(65537, 2048),
    "Ed25519": ed25519.Ed25519PrivateKey.generate(),
}


@pytest.mark.parametrize("name", KEYS)
def test_a_signature_is_good_for_its_content_and_key_alone(name) -> None:
    key = KEYS[name]
    public = load_public_key(public_pem(key))
    signature = sign(key, b"content")
    check_signature(public, signature, b"content")
    other = load_public_key(public_pem(KEYS["P-384" if name != "P-384" else "P-256"]))
    for wrong in (
        (public, signature, b"Content"),
        (public, b"", b"content"),
        (public, signature + b"\0", b"content"),
        (other, signature, b"content"),
    ):
        with pytest.raises(Denied):
            check_signature(*wrong)


def test_an_rsa_key_may_be_in_its_own_form() -> None:
    pem = KEYS["RSA"].public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.PKCS1)
    check_signature(load_public_key(b"\n" + pem), sign(KEYS["RSA"], b"x"), b"x")


def test_rsa_with_another_hash_or_padding_is_none() -> None:
    public = load_public_key(public_pem(KEYS["RSA"]))
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
    for signature in (
        KEYS["RSA"].sign(b"x", padding.PKCS1v15(), hashes.SHA1()),
        KEYS["RSA"].sign(b"x", pss, hashes.SHA256()),
    ):
        with pytest.raises(Denied):
            check_signature(public, signature, b"x")


GOOD = public_pem(KEYS["P-256"])


@pytest.mark.parametrize(
    "pem",
    [
        b"",
        b"text",
        GOOD[:40],
        GOOD + GOOD,
        GOOD.replace(b"PUBLIC KEY", b"CERTIFICATE"),
        KEYS["P-256"].private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ),
        public_pem(rsa.generate_private_key(65537, 1024)),
        public_pem(ec.generate_private_key(ec.SECP256K1())),
        public_pem(dsa.generate_private_key(1024)),
        public_pem(x25519.X25519PrivateKey.generate()),
    ],
)
def test_what_is_no_key_for_signatures_is_refused(pem) -> None:
    with pytest.raises(InvalidInput):
        load_public_key(pem)


def test_a_signature_is_strict_base64() -> None:
    assert decode_signature("AAA=") == b"\0\0"
    for text in ("AAA", "AA A=", "AAA=\n", "\u00e9AA=", "-AA="):
        with pytest.raises(Corrupt):
            decode_signature(text)
