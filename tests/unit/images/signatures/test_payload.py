"""What is signed, and everything that it may not be."""

from __future__ import annotations

import json

import pytest

from pycman.errors import Corrupt
from pycman.images.signatures.payload import GPG_TYPE, MAX_BYTES, SIGSTORE_TYPE, Payload, format_payload, parse_payload

DIGEST = "sha256:" + "a" * 64
PAYLOAD = Payload(manifest_digest=DIGEST, reference="a.test/x:1")


@pytest.mark.parametrize("kind", [GPG_TYPE, SIGSTORE_TYPE])
def test_what_is_written_is_read(kind) -> None:
    raw = format_payload(PAYLOAD, kind, timestamp=1_800_000_000)
    assert parse_payload(raw, kind) == PAYLOAD
    assert json.loads(raw)["optional"]["timestamp"] == 1_800_000_000


def document(**changes):
    """Return a payload's bytes with members changed; "image.x" is a member of critical.image, None removes one."""
    value = {
        "critical": {
            "type": GPG_TYPE,
            "image": {"docker-manifest-digest": DIGEST},
            "identity": {"docker-reference": "a.test/x:1"},
        },
        "optional": {},
    }
    for path, content in changes.pop("at", {}).items():
        *above, name = path.split("/")
        place = value
        for part in above:
            place = place[part]
        if content is KeyError:
            del place[name]
        else:
            place[name] = content
    return json.dumps(value).encode()


@pytest.mark.parametrize("optional", [{}, {"creator": "x", "timestamp": 5}, {"timestamp": 1e9, "other": [1]}])
def test_optional_members_may_be_anything_known_or_not(optional) -> None:
    assert parse_payload(document(at={"optional": optional}), GPG_TYPE) == PAYLOAD


def test_cosign_writes_null_for_nothing_optional() -> None:
    raw = document(at={"critical/type": SIGSTORE_TYPE, "optional": None})
    assert parse_payload(raw, SIGSTORE_TYPE) == PAYLOAD


@pytest.mark.parametrize(
    "changes",
    [
        {"critical/type": SIGSTORE_TYPE},
        {"critical/type": "Atomic Container Signature"},
        {"critical/type": None},
        {"critical/type": KeyError},
        {"critical/image/docker-manifest-digest": "a" * 64},
        {"critical/image/docker-manifest-digest": "sha256:" + "A" * 64},
        {"critical/image/docker-manifest-digest": "md5:" + "a" * 32},
        {"critical/image/docker-manifest-digest": [DIGEST]},
        {"critical/image/other": ""},
        {"critical/image": DIGEST},
        {"critical/identity/docker-reference": ""},
        {"critical/identity/docker-reference": None},
        {"critical/identity/docker-reference": ["a.test/x:1"]},
        {"critical/identity": KeyError},
        {"critical/more": {}},
        {"critical": []},
        {"optional": KeyError},
        {"optional": None},
        {"optional": []},
        {"optional/creator": 5},
        {"optional/timestamp": "5"},
        {"optional/timestamp": 1.5},
        {"optional/timestamp": True},
        {"optional/timestamp": 1 << 63},
        {"more": {}},
    ],
)
def test_anything_unexpected_is_refused(changes) -> None:
    with pytest.raises(Corrupt):
        parse_payload(document(at=changes), GPG_TYPE)


GOOD = document().decode()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"null",
        b"\xff",
        GOOD[:-1].encode(),
        (GOOD + GOOD).encode(),
        (GOOD + "\0").encode(),
        GOOD.replace('"optional": {}', '"optional": {"x": NaN}').encode(),
        GOOD.replace('"optional": {}', '"optional": {"timestamp": Infinity}').encode(),
        GOOD.replace('"optional": {}', '"optional": {"timestamp": 1e999}').encode(),
        GOOD.replace('"optional": {}', '"optional": {}, "optional": {}').encode(),
        GOOD.replace('"type"', f'"type": "{GPG_TYPE}", "type"').encode(),
        GOOD.replace('"docker-reference"', '"docker-reference": "b.test/y:1", "docker-reference"').encode(),
        GOOD.replace(
            '"docker-manifest-digest"', f'"docker-manifest-digest": "{DIGEST}", "docker-manifest-digest"'
        ).encode(),
        GOOD.replace('"optional": {}', '"optional": {"x": ' + "[" * 9000 + "]" * 9000 + "}").encode(),
        GOOD.replace('"optional": {}', '"optional": {"x": ' + "9" * 5000 + "}").encode(),
        GOOD.replace('"optional": {}', '"optional": {"x": "' + "y" * MAX_BYTES + '"}').encode(),
        GOOD.encode("utf-16"),
        b"\xef\xbb\xbf" + GOOD.encode(),
    ],
)
def test_what_programs_could_read_in_two_ways_is_refused(raw) -> None:
    with pytest.raises(Corrupt):
        parse_payload(raw, GPG_TYPE)
