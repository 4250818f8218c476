"""One stored signature, as it lies in a lookaside storage or beside the manifest of a docker-dir. Pure.

A GPG message lies there as it is. Other kinds begin with a zero byte, the kind's name and a line end (containers/image,
`internal/signature`).
"""

from __future__ import annotations

import base64

from pycman.errors import Corrupt
from pycman.jsontext import parse_json
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

SIGSTORE_MEDIA_TYPE = "application/vnd.dev.cosign.simplesigning.v1+json"
MAX_BYTES = 256 << 10
MAX_COUNT = 128
"""An image with more signatures is refused: each costs a request and a verification."""
_MESSAGE_TAGS = (2, 4, 8)
"""OpenPGP packets that a signed message may begin with: signature, one-pass signature, compressed data (RFC 4880, 4.3)."""


class GpgMessage(Record):
    """A message signed by a GPG key, not verified."""

    raw: bytes


class SigstoreSignature(Record):
    """A payload with the annotations that sign it, not verified."""

    media_type: str
    payload: bytes
    annotations: Mapping[str, str]


def parse_signature(raw: bytes) -> GpgMessage | SigstoreSignature:
    """Return what a stored signature is. Raises Corrupt for text, for a clear-signed message, and for unknown kinds."""
    if len(raw) > MAX_BYTES:
        raise _wrong(f"it has more than {MAX_BYTES} bytes")
    if raw[:1] == b"\0":
        name, line_end, rest = raw[1:].partition(b"\n")
        if line_end and name == b"simple-signing":
            return _message(rest)
        if line_end and name == b"sigstore-json":
            return _sigstore(rest)
        raise _wrong(f"its kind {name[:40]!r} is not known")
    return _message(raw)


def _message(raw: bytes) -> GpgMessage:
    first = raw[0] if raw else 0
    tag = first & 0x3F if first & 0x40 else (first & 0x3F) >> 2
    if not first & 0x80 or tag not in _MESSAGE_TAGS:
        raise _wrong("it is no signed message of OpenPGP")
    return GpgMessage(raw=raw)


def _sigstore(raw: bytes) -> SigstoreSignature:
    try:
        document = parse_json(raw, subject="a signature", strict=True)
    except Corrupt as error:
        raise _wrong(error.problem) from error
    if not isinstance(document, dict) or document.keys() != {"mimeType", "payload", "annotations"}:
        raise _wrong("it must have mimeType, payload and annotations")
    media_type, payload = document["mimeType"], document["payload"]
    if not isinstance(media_type, str) or not isinstance(payload, str):
        raise _wrong("mimeType and payload must be strings")
    try:
        decoded = base64.b64decode(payload, validate=True)
    except ValueError as error:
        raise _wrong("its payload is not base64") from error
    return SigstoreSignature(
        media_type=media_type, payload=decoded, annotations=check_annotations(document["annotations"])
    )


def check_annotations(value: Any) -> Mapping[str, str]:
    """Return annotations if they are an object of strings. Raises Corrupt."""
    if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
        raise _wrong("annotations must be an object of strings")
    return value


def _wrong(problem: str) -> Corrupt:
    return Corrupt(problem, subject="a signature")
