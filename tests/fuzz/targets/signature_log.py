"""What gpg says of a signature (first byte g), and what a transparency log says of one (l)."""

from __future__ import annotations

import base64
import json

from pycman.images.signatures.attachments import LOG_ENTRY, SIGNATURE
from pycman.images.signatures.blob import SIGSTORE_MEDIA_TYPE, SigstoreSignature
from pycman.images.signatures.gpg import check_status
from pycman.images.signatures.private_key import sign
from pycman.images.signatures.sigstore import SigstoreKeys
from tests.fuzz.target import Target
from tests.support.signing import new_key, public_pem

_KEY = new_key()
_KEYS = SigstoreKeys([("key", public_pem(_KEY))], [("log", public_pem(_KEY))])
_SIGNED = base64.b64encode(sign(_KEY, b"content")).decode()


def run(data: bytes) -> None:
    kind, rest = data[:1], data[1:]
    if kind == b"g":
        check_status(rest, 0)
        return
    annotations = {SIGNATURE: _SIGNED, LOG_ENTRY: rest.decode("utf-8", "surrogateescape")}
    _KEYS.check(SigstoreSignature(media_type=SIGSTORE_MEDIA_TYPE, payload=b"content", annotations=annotations))


_HASH = {"algorithm": "sha256", "value": "aa"}
_RECORD = {"kind": "hashedrekord", "apiVersion": "0.0.1", "spec": {"data": {"hash": _HASH}}}
_BODY = base64.b64encode(json.dumps(_RECORD).encode()).decode()
_ENTRY = {
    "SignedEntryTimestamp": _SIGNED,
    "Payload": {"body": _BODY, "integratedTime": 1, "logIndex": 2, "logID": "c0"},
}
_STATUS = b"NEWSIG", b"PLAINTEXT 62 1 a", b"GOODSIG A Ann", b"VALIDSIG A 2026-11-29 1 0 4 0 1 10 00 A"
TARGET = Target(
    run=run,
    seeds=(
        b"g" + b"".join(b"[GNUPG:] " + line + b"\n" for line in _STATUS),
        b"l" + json.dumps(_ENTRY).encode(),
    ),
    words=(
        *(f'"{name}"'.encode() for name in ("Payload", "body", "logID", "logIndex", "integratedTime", "SignedEntryTimestamp")),
        b"null", b"NaN", b"1e999", b"[]", b"{}", b"[GNUPG:] ", b"VALIDSIG", b"BADSIG", b"\\ud800",
    ),
)  # fmt: skip
