"""Stored signatures: which kind they are."""

from __future__ import annotations

import base64
import json

import pytest

from pycman.errors import Corrupt
from pycman.images.signatures.blob import MAX_BYTES, SIGSTORE_MEDIA_TYPE, GpgMessage, SigstoreSignature, parse_signature

SIGSTORE = {
    "mimeType": SIGSTORE_MEDIA_TYPE,
    "payload": base64.b64encode(b"{}").decode(),
    "annotations": {"a": "b"},
}


def of_sigstore(**changes) -> bytes:
    return b"\0sigstore-json\n" + json.dumps({**SIGSTORE, **changes}).encode()


@pytest.mark.parametrize("first", [0x90, 0xA3, 0x88, 0xC2, 0xC4, 0xC8])
def test_a_message_of_openpgp_is_stored_as_it_is(first) -> None:
    raw = bytes([first, 1, 2])
    assert parse_signature(raw) == GpgMessage(raw=raw)
    assert parse_signature(b"\0simple-signing\n" + raw) == GpgMessage(raw=raw)


def test_one_of_sigstore() -> None:
    expected = SigstoreSignature(media_type=SIGSTORE_MEDIA_TYPE, payload=b"{}", annotations={"a": "b"})
    assert parse_signature(of_sigstore()) == expected


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\0",
        b"\0simple-signing",
        b"\0simple-signing\n",
        b"\0simple-signing\n\0simple-signing\n\x90",
        b"\0other\nx",
        b"-----BEGIN PGP SIGNED MESSAGE-----\n",
        b"-----BEGIN PGP MESSAGE-----\n",
        b"{}",
        b"\x3d\x00",
        bytes([0xCB, 1]),  # a literal packet, signed by nobody
        bytes([0xAC, 1]),
        bytes([0xD2, 1]),  # encrypted
        b"\x90" * (MAX_BYTES + 1),
        b"\0sigstore-json\n[]",
        b"\0sigstore-json\n{",
        of_sigstore(payload="%"),
        of_sigstore(payload=5),
        of_sigstore(mimeType=None),
        of_sigstore(annotations=["a"]),
        of_sigstore(annotations={"a": 5}),
        of_sigstore(more=1),
        of_sigstore().replace(b'"payload"', b'"payload": "", "payload"'),
    ],
)
def test_what_is_none_is_refused(raw) -> None:
    with pytest.raises(Corrupt):
        parse_signature(raw)
