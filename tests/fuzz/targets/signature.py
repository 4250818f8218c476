"""Signatures of images beside their manifests, what they say once verified, and policies."""

from __future__ import annotations

import json

from pycman.config.policy_json import check_policy
from pycman.errors import PycmanError
from pycman.images.signatures.blob import parse_signature
from pycman.images.signatures.payload import GPG_TYPE, SIGSTORE_TYPE, parse_payload
from tests.fuzz.target import Target


def run(data: bytes) -> None:
    for read in (
        lambda: parse_signature(data),
        lambda: parse_payload(data, GPG_TYPE),
        lambda: parse_payload(data, SIGSTORE_TYPE),
    ):
        try:
            read()
        except PycmanError:
            continue
    check_policy(data, "policy.json")


_CRITICAL = {
    "type": GPG_TYPE,
    "image": {"docker-manifest-digest": "sha256:" + "0" * 64},
    "identity": {"docker-reference": "a/b:c"},
}
_KEYS = {
    "type": "signedBy",
    "keyType": "GPGKeys",
    "keyPath": "/k",
    "signedIdentity": {"type": "remapIdentity", "prefix": "a", "signedPrefix": "b"},
}
_SIGSTORE = {
    "type": "sigstoreSigned",
    "keyData": "AAAA",
    "rekorPublicKeyPath": "/r",
    "signedIdentity": {"type": "matchRepository"},
}

TARGET = Target(
    run=run,
    seeds=(
        b"\x90\x0d\x03\x00\x02\x08",
        b'\0sigstore-json\n{"mimeType": "a/b", "payload": "AAAA", "annotations": {"a": "b"}}',
        json.dumps({"critical": _CRITICAL, "optional": {"creator": "x", "timestamp": 5}}).encode(),
        json.dumps({"critical": {**_CRITICAL, "type": SIGSTORE_TYPE}, "optional": None}).encode(),
        json.dumps({"default": [{"type": "reject"}], "transports": {"docker": {"a/b": [_KEYS, _SIGSTORE], "*.c": [{"type": "insecureAcceptAnything"}]}}}).encode(),
    ),
    words=(b"null", b"[]", b"{}", b"5", b"-1", b"1e999", b'"x"', b'"optional"', b'"timestamp"', b'"keyPaths"', b'"keyDatas"', b'"exactReference"', b'"dockerRepository"', b"\0simple-signing\n", b"\\u0000"),
    longest=4000,
)  # fmt: skip
