"""Keys that tests sign with: homes of GPG, and key pairs in the forms of openssl and cosign."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from nacl.secret import SecretBox


class GpgHome:
    """`with GpgHome("ann") as ann`: a home directory with one secret key of ann@a.test; ann.public are the key's bytes."""

    def __init__(self, name: str, *, passphrase: str = "", usage: str = "sign", expires: str = "never") -> None:
        self.user = f"{name}@a.test"
        self._passphrase = passphrase
        self._words = ("ed25519", usage, expires)

    def __enter__(self) -> GpgHome:
        self.path = Path(tempfile.mkdtemp(prefix="gpg-"))
        self.env = {"PATH": os.environ["PATH"], "HOME": str(self.path), "GNUPGHOME": str(self.path), "LANG": "C.UTF-8"}
        self.at("20200101", "--passphrase", self._passphrase, "--quick-gen-key", self.user, *self._words)
        rows = self.gpg("--with-colons", "--list-keys", self.user).decode().splitlines()
        self.fingerprint = next(row.split(":")[9] for row in rows if row.startswith("fpr:"))
        self.public = self.gpg("--export", self.user)
        return self

    def gpg(self, *words: str, stdin: bytes = b"") -> bytes:
        argv = ["gpg", "--batch", "--quiet", "--pinentry-mode", "loopback", *words]
        done = subprocess.run(argv, input=stdin, capture_output=True, env=self.env, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    def at(self, day: str, *words: str, stdin: bytes = b"") -> bytes:
        """Run gpg as if it were that day (YYYYMMDD)."""
        return self.gpg("--faked-system-time", f"{day}T000000!", *words, stdin=stdin)

    def sign(self, content: bytes, *words: str) -> bytes:
        return self.gpg("--passphrase", self._passphrase, "--local-user", self.user, *words, "--sign", stdin=content)

    def give_to(self, user: str) -> None:
        """Make it the home of another user."""
        subprocess.run(["gpgconf", "--kill", "all"], env=self.env, check=False)
        subprocess.run(["chown", "-R", f"{user}:", str(self.path)], check=True)

    def __exit__(self, *_error: object) -> None:
        subprocess.run(["gpgconf", "--kill", "all"], env=self.env, check=False)
        shutil.rmtree(self.path, ignore_errors=True)


def public_pem(key) -> bytes:
    return key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def cosign_key(
    key, passphrase: str, *, kind: str = "ENCRYPTED SIGSTORE PRIVATE KEY", cost: int = 1 << 15, **changes
) -> bytes:
    """Return a private key as cosign's key files have it; `changes` replace members of its JSON."""
    der = key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    salt, nonce = os.urandom(32), os.urandom(SecretBox.NONCE_SIZE)
    secret = Scrypt(salt=salt, length=32, n=cost, r=8, p=1).derive(passphrase.encode())
    document = {
        "kdf": {"name": "scrypt", "params": {"N": cost, "r": 8, "p": 1}, "salt": base64.b64encode(salt).decode()},
        "cipher": {"name": "nacl/secretbox", "nonce": base64.b64encode(nonce).decode()},
        "ciphertext": base64.b64encode(SecretBox(secret).encrypt(der, nonce).ciphertext).decode(),
        **changes,
    }
    text = base64.encodebytes(json.dumps(document).encode()).decode()
    return f"-----BEGIN {kind}-----\n{text}-----END {kind}-----\n".encode()


def new_key():
    return ec.generate_private_key(ec.SECP256R1())
