"""Signatures of strangers, what is signed in them, and the policy that is held against them; the first byte says which."""

from __future__ import annotations

import base64
import json

from pycman.config.policy_json import check_policy
from pycman.images.signatures.attachments import LOG_ENTRY, SIGNATURE
from pycman.images.signatures.blob import SIGSTORE_MEDIA_TYPE, SigstoreSignature, parse_signature
from pycman.images.signatures.gpg import check_status
from pycman.images.signatures.payload import GPG_TYPE, SIGSTORE_TYPE, Payload, format_payload, parse_payload
from pycman.images.signatures.private_key import sign
from pycman.images.signatures.sigstore import SigstoreKeys
from tests.fuzz.target import Target
from tests.support.signing import new_key, public_pem

_KEY = new_key()
_KEYS = SigstoreKeys([("key", public_pem(_KEY))], [("log", public_pem(_KEY))])
_SIGNED = base64.b64encode(sign(_KEY, b"content")).decode()


def run(data: bytes) -> None:
    kind, rest = data[:1], data[1:]
    if kind == b"p":
        parse_payload(rest, GPG_TYPE)
    elif kind == b"s":
        parse_payload(rest, SIGSTORE_TYPE)
    elif kind == b"b":
        parse_signature(rest)
    elif kind == b"g":
        check_status(rest, 0)
    elif kind == b"l":
        annotations = {SIGNATURE: _SIGNED, LOG_ENTRY: rest.decode("utf-8", "surrogateescape")}
        _KEYS.check(SigstoreSignature(media_type=SIGSTORE_MEDIA_TYPE, payload=b"content", annotations=annotations))
    else:
        check_policy(rest, "policy.json")


_PAYLOAD = Payload(manifest_digest="sha256:" + "a" * 64, reference="a.test/x:1")
_SIGSTORE = {"mimeType": SIGSTORE_MEDIA_TYPE, "payload": "e30=", "annotations": {"a": "b"}}
_RECORD = {
    "kind": "hashedrekord",
    "apiVersion": "0.0.1",
    "spec": {"data": {"hash": {"algorithm": "sha256", "value": "aa"}}},
}
_ENTRY = {
    "SignedEntryTimestamp": _SIGNED,
    "Payload": {
        "body": base64.b64encode(json.dumps(_RECORD).encode()).decode(),
        "integratedTime": 1,
        "logIndex": 2,
        "logID": "c0",
    },
}
_REQUIREMENTS = [
    {"type": "signedBy", "keyType": "GPGKeys", "keyPath": "/a", "signedIdentity": {"type": "matchExact"}},
    {"type": "sigstoreSigned", "keyData": "YQ==", "rekorPublicKeyPath": "/b"},
]
_POLICY = {"default": [{"type": "reject"}], "transports": {"docker": {"a.test/x": _REQUIREMENTS}}}
_STATUS = b"[GNUPG:] NEWSIG\n[GNUPG:] PLAINTEXT 62 1 a\n[GNUPG:] GOODSIG A Ann\n[GNUPG:] VALIDSIG A 2026-11-29 1 0 4 0 1 10 00 A\n"
TARGET = Target(
    run=run,
    seeds=(
        b"p" + format_payload(_PAYLOAD, GPG_TYPE, timestamp=1),
        b"s" + format_payload(_PAYLOAD, SIGSTORE_TYPE, timestamp=1),
        b"b\0sigstore-json\n" + json.dumps(_SIGSTORE).encode(),
        b"b\0simple-signing\n\x90",
        b"g" + _STATUS,
        b"l" + json.dumps(_ENTRY).encode(),
        b"j" + json.dumps(_POLICY).encode(),
    ),
    words=(
        *(f'"{name}"'.encode() for name in ("critical", "optional", "type", "identity", "image", "docker-reference", "creator",
            "timestamp", "default", "transports", "docker", "dir", "keyPaths", "keyDatas", "fulcio", "signedIdentity",
            "remapIdentity", "prefix", "signedPrefix", "exactReference", "dockerReference", "Payload", "body", "logID", "spec")),
        b"null", b"NaN", b"1e999", b"[]", b"{}", b"[GNUPG:] ", b"VALIDSIG", b"\\ud800", b"*.", b"docker://", b"sha256:",
    ),
)  # fmt: skip
