"""What is signed: JSON that ties the digest of a manifest to a name (containers-signature(5), "JSON data format"). Pure.

GPG messages and cosign's attachments have the same members and differ in `critical.type`. Read it only after its signature
has been verified.
"""

from __future__ import annotations

from pycman.digest import check_digest
from pycman.errors import Corrupt, InvalidInput
from pycman.jsontext import format_json, parse_json
from pycman.record import Record
from pycman.version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

GPG_TYPE = "atomic container signature"
SIGSTORE_TYPE = "cosign container image signature"
MAX_BYTES = 64 << 10


class Payload(Record):
    """The digest of a manifest, and the name that its signer gives to the image."""

    manifest_digest: str
    reference: str


def parse_payload(raw: bytes, kind: str) -> Payload:
    """Parse a verified payload of `kind` (GPG_TYPE, SIGSTORE_TYPE). Raises Corrupt for anything unexpected in it."""
    if len(raw) > MAX_BYTES:
        raise _wrong(f"it has more than {MAX_BYTES} bytes")
    try:
        document = parse_json(raw, subject="the payload of the signature", strict=True)
    except Corrupt as error:
        raise _wrong(error.problem) from error
    critical, optional = _members(document, "critical", "optional")
    if not (optional is None and kind == SIGSTORE_TYPE):  # cosign writes null
        _check_optional(optional)
    type_, image, identity = _members(critical, "type", "image", "identity")
    if type_ != kind:
        raise _wrong(f"its type is {str(type_)[:60]!r} instead of {kind!r}")
    (digest,) = _members(image, "docker-manifest-digest")
    (reference,) = _members(identity, "docker-reference")
    if not isinstance(digest, str) or not isinstance(reference, str) or not reference:
        raise _wrong("digest and reference must be strings")
    try:
        return Payload(manifest_digest=check_digest(digest), reference=reference)
    except InvalidInput as error:
        raise _wrong(f"{digest[:80]!r} is not a digest") from error


def format_payload(payload: Payload, kind: str, *, timestamp: int) -> bytes:
    """Return the bytes to sign; `timestamp` is in seconds since 1970."""
    document = {
        "critical": {
            "identity": {"docker-reference": payload.reference},
            "image": {"docker-manifest-digest": payload.manifest_digest},
            "type": kind,
        },
        "optional": {"creator": f"pycman {__version__}", "timestamp": timestamp},
    }
    return format_json(document).encode()


def _members(value: Any, *names: str) -> list[Any]:
    """Return the members of an object that has exactly these."""
    if not isinstance(value, dict) or value.keys() != set(names):
        raise _wrong(f"an object must have exactly the members {', '.join(names)}")
    return [value[name] for name in names]


def _check_optional(optional: Any) -> None:
    if not isinstance(optional, dict):
        raise _wrong("optional must be an object")
    if not isinstance(optional.get("creator", ""), str):
        raise _wrong("optional.creator must be a string")
    timestamp = optional.get("timestamp", 0)
    whole = isinstance(timestamp, int) or (isinstance(timestamp, float) and timestamp.is_integer())
    if isinstance(timestamp, bool) or not whole or abs(timestamp) >= 1 << 63:
        raise _wrong("optional.timestamp must be a whole number of 64 bits")


def _wrong(problem: str) -> Corrupt:
    return Corrupt(problem, subject="the payload of the signature")
