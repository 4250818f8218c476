"""The transparency log's word about a signature."""

from __future__ import annotations

import base64
import hashlib
import json

import pytest

from pycman.errors import Corrupt, Denied, PycmanError
from pycman.images.signatures.attachments import LOG_ENTRY, SIGNATURE
from pycman.images.signatures.blob import SIGSTORE_MEDIA_TYPE, SigstoreSignature
from pycman.images.signatures.private_key import sign
from pycman.images.signatures.sigstore import SigstoreKeys
from tests.support.signing import new_key, public_pem

KEY, LOG, OTHER = new_key(), new_key(), new_key()
CONTENT = b'{"content": "x"}'
SIGNED = sign(KEY, CONTENT)


def encoded(value) -> str:
    return base64.b64encode(value if isinstance(value, bytes) else json.dumps(value).encode()).decode()


def record(*, key=KEY, content=CONTENT, signature=SIGNED, kind="hashedrekord", version="0.0.1", algorithm="sha256"):
    return {
        "apiVersion": version,
        "kind": kind,
        "spec": {
            "data": {"hash": {"algorithm": algorithm, "value": hashlib.sha256(content).hexdigest()}},
            "signature": {"content": encoded(signature), "publicKey": {"content": encoded(public_pem(key))}},
        },
    }


def bundle(body=None, *, log=LOG, payload=None, text=None) -> str:
    entry = payload or {
        "body": encoded(record() if body is None else body),
        "integratedTime": 1_800_000_000,
        "logIndex": 5,
        "logID": "c0ffee",
    }
    canonical = json.dumps(entry, sort_keys=True, separators=(",", ":")).encode()
    found = {"SignedEntryTimestamp": encoded(sign(log, canonical)), "Payload": entry}
    return json.dumps(found) if text is None else text(json.dumps(found))


def check(entry: str | None, *, signature=SIGNED, content=CONTENT) -> None:
    keys = SigstoreKeys([("other", public_pem(OTHER)), ("key", public_pem(KEY))], [("log", public_pem(LOG))])
    annotations = {SIGNATURE: encoded(signature)} | ({} if entry is None else {LOG_ENTRY: entry})
    keys.check(SigstoreSignature(media_type=SIGSTORE_MEDIA_TYPE, payload=content, annotations=annotations))


def test_a_log_that_knows_the_signature() -> None:
    check(bundle())
    check(bundle(text=lambda text: text.replace(", ", " ,\n")))


def test_without_its_word_a_signature_is_not_enough() -> None:
    with pytest.raises(Denied, match="no transparency log knows it"):
        check(None)


@pytest.mark.parametrize(
    "body",
    [
        record(key=OTHER),
        record(content=b"other"),
        record(signature=sign(KEY, CONTENT)),
        record(kind="rekord"),
        record(version="0.0.2"),
        record(algorithm="sha512"),
        {},
        [],
        {"spec": None, "kind": "hashedrekord", "apiVersion": "0.0.1"},
    ],
)
def test_an_entry_about_something_else_is_refused(body) -> None:
    with pytest.raises(PycmanError):
        check(bundle(body))


def test_another_logs_word_is_refused() -> None:
    with pytest.raises(Denied, match="no transparency log that the policy names"):
        check(bundle(log=OTHER))


ENTRY = {"body": encoded(record()), "integratedTime": 1, "logIndex": 5, "logID": "c0ffee"}


@pytest.mark.parametrize(
    "entry",
    [
        bundle(payload={**ENTRY, "logIndex": True}),
        bundle(payload={**ENTRY, "logIndex": 1.5}),
        bundle(payload={**ENTRY, "logIndex": 1 << 60}),
        bundle(payload={**ENTRY, "logIndex": -1}),
        bundle(payload={**ENTRY, "logID": "\u00e9"}),
        bundle(payload={**ENTRY, "logID": 5}),
        bundle(payload={**ENTRY, "more": 5}),
        bundle(payload={**ENTRY, "body": "%"}),
        bundle(payload={**ENTRY, "body": None}),
        bundle(payload={**ENTRY, "body": encoded(b"{")}),
        bundle(text=lambda text: text[:-1] + ', "more": 1}'),
        bundle(text=lambda text: text.replace('"logIndex"', '"logIndex": 6, "logIndex"')),
        "",
        "\ud800",
        '{"SignedEntryTimestamp": "\ud800", "Payload": {}}',
        "[]",
        "{}",
    ],
)
def test_a_malformed_entry_is_refused(entry) -> None:
    with pytest.raises(Corrupt):
        check(entry)


@pytest.mark.parametrize(
    "signature", [sign(OTHER, CONTENT + b" "), b"", b"x" * 5000], ids=["of something else", "empty", "too long"]
)
def test_a_log_does_not_replace_the_signature(signature) -> None:
    with pytest.raises(Denied, match="not signed by a key"):
        check(bundle(), signature=signature)
