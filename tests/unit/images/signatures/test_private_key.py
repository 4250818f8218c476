"""cosign's private keys."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa, x25519

from pycman.errors import Denied, InvalidInput
from pycman.images.signatures.private_key import load_private_key, sign
from pycman.images.signatures.public_keys import check_signature
from tests.support.signing import cosign_key, new_key

KEY = new_key()


@pytest.mark.parametrize("key", [KEY, rsa.generate_private_key(65537, 2048), ed25519.Ed25519PrivateKey.generate()])
@pytest.mark.parametrize("kind", ["ENCRYPTED SIGSTORE PRIVATE KEY", "ENCRYPTED COSIGN PRIVATE KEY"])
def test_a_key_file_signs(key, kind) -> None:
    loaded = load_private_key(cosign_key(key, "secret", kind=kind), "secret")
    check_signature(key.public_key(), sign(loaded, b"content"), b"content")


def test_the_passphrase_may_be_empty_and_must_be_right() -> None:
    load_private_key(cosign_key(KEY, ""), "")
    for wrong in ("", "Secret", "secret\n"):
        with pytest.raises(Denied, match="passphrase is wrong"):
            load_private_key(cosign_key(KEY, "secret"), wrong)


PLAIN = KEY.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


@pytest.mark.parametrize(
    "pem",
    [
        b"",
        b"\xff",
        PLAIN,
        cosign_key(KEY, "x", kind="PRIVATE KEY"),
        cosign_key(KEY, "x")[:-10],
        cosign_key(KEY, "x").replace(b"\n", b"\n%", 1),
        cosign_key(KEY, "x", kdf={"name": "scrypt", "params": {"N": 1 << 30, "r": 8, "p": 1}, "salt": ""}),
        cosign_key(KEY, "x", kdf={"name": "scrypt", "params": {"N": 1 << 15, "r": 1 << 20, "p": 1}, "salt": ""}),
        cosign_key(KEY, "x", kdf={"name": "none", "params": {"N": 1 << 15, "r": 8, "p": 1}, "salt": ""}),
        cosign_key(KEY, "x", kdf=None),
        cosign_key(KEY, "x", cipher={"name": "none", "nonce": ""}),
        cosign_key(KEY, "x", cipher={"name": "nacl/secretbox", "nonce": "%"}),
        cosign_key(KEY, "x", ciphertext=5),
        cosign_key(x25519.X25519PrivateKey.generate(), "x"),
    ],
)
def test_what_is_no_such_file_is_refused(pem) -> None:
    with pytest.raises(InvalidInput):
        load_private_key(pem, "x")


def test_a_nonce_of_another_length_is_a_wrong_key() -> None:
    with pytest.raises(Denied):
        load_private_key(cosign_key(KEY, "x", cipher={"name": "nacl/secretbox", "nonce": "AAAA"}), "x")
