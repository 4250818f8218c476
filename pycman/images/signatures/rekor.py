"""The signed entry timestamp of a transparency log: its word that it knows a signature (Rekor, "SET"; cosign's bundle).

    {"SignedEntryTimestamp": base64, "Payload": {"body": base64, "integratedTime": n, "logIndex": n, "logID": hex}}

The timestamp signs the payload in its canonical form (RFC 8785); the body, a hashedrekord 0.0.1, must be about this
very signature, by this very key, of this very content.
"""

from __future__ import annotations

import base64

from pycman.digest import digest_bytes, hex_of
from pycman.errors import Corrupt, Denied, PycmanError
from pycman.images.signatures.public_keys import check_signature, der_of
from pycman.jsontext import format_json, parse_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from pycman.images.signatures.public_keys import PublicKey


def check_log_entry(text: str, logs: Sequence[PublicKey], key: PublicKey, signature: bytes, content: bytes) -> None:
    """Raise Denied or Corrupt unless a log with one of the keys `logs` knows `signature`, by `key`, of `content`."""
    bundle = _members(_parse(text), "SignedEntryTimestamp", "Payload")
    timestamp, entry = _decode(bundle[0]), bundle[1]
    body, time, index, log_id = _members(entry, "body", "integratedTime", "logIndex", "logID")
    if not isinstance(log_id, str) or not log_id.isalnum() or not log_id.isascii():
        raise _wrong("logID is not hexadecimal")
    if any(
        isinstance(number, bool) or not isinstance(number, int) or not 0 <= number < 1 << 53 for number in (time, index)
    ):
        raise _wrong("its numbers are out of range")
    record = _parse(_decode(body))
    canonical = format_json(entry, sort_keys=True).encode()  # of such members, what RFC 8785 makes of them
    _check_any(logs, timestamp, canonical)
    _check_record(record, key, signature, content)


def _check_any(logs: Sequence[PublicKey], timestamp: bytes, canonical: bytes) -> None:
    for log in logs:
        try:
            return check_signature(log, timestamp, canonical)
        except PycmanError:
            continue
    raise Denied("no transparency log that the policy names has signed its entry", subject="a signature")


def _check_record(record: Any, key: PublicKey, signature: bytes, content: bytes) -> None:
    try:
        spec = record["spec"]
        known = (record["kind"], record["apiVersion"], spec["data"]["hash"]["algorithm"])
        digest = spec["data"]["hash"]["value"]
        logged = _decode(spec["signature"]["content"])
        pem = _decode(spec["signature"]["publicKey"]["content"]).decode().strip().splitlines()
    except (KeyError, TypeError, ValueError) as error:
        raise _wrong("it is not about a signature") from error
    if known != ("hashedrekord", "0.0.1", "sha256"):
        raise _wrong("it is not of the kind hashedrekord 0.0.1 with sha256")
    if not pem or not pem[0].startswith("-----BEGIN ") or not pem[-1].startswith("-----END "):
        raise _wrong("its key is not PEM")
    same = (
        logged == signature and digest == hex_of(digest_bytes(content)) and _decode("".join(pem[1:-1])) == der_of(key)
    )
    if not same:
        raise Denied("the transparency log's entry is about another signature", subject="a signature")


def _parse(raw: str | bytes) -> Any:
    try:
        return parse_json(raw, subject="the entry of the transparency log", strict=True)
    except Corrupt as error:
        raise _wrong(error.problem) from error


def _members(value: Any, *names: str) -> list[Any]:
    if not isinstance(value, dict) or value.keys() != set(names):
        raise _wrong(f"it must have exactly the members {', '.join(names)}")
    return [value[name] for name in names]


def _decode(text: Any) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (TypeError, ValueError) as error:
        raise _wrong("it is not base64") from error


def _wrong(problem: str) -> Corrupt:
    return Corrupt(problem, subject="the entry of the transparency log")
