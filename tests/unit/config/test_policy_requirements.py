"""Requirements of policy.json as values, and what is wrong in them."""

from __future__ import annotations

import base64

import pytest

from pycman.config.policy_requirements import Keys, Requirement, SignedIdentity, parse_requirement
from pycman.errors import InvalidInput

DATA = base64.b64encode(b"a key").decode()
GPG = {"type": "signedBy", "keyType": "GPGKeys"}
SIGSTORE = {"type": "sigstoreSigned"}


@pytest.mark.parametrize(
    ("fields", "keys"),
    [
        ({"keyPath": "/a"}, Keys(field="keyPath", paths=("/a",))),
        ({"keyPaths": ["/a", "/b"]}, Keys(field="keyPaths", paths=("/a", "/b"))),
        ({"keyData": DATA}, Keys(field="keyData", data=(b"a key",))),
    ],
)
@pytest.mark.parametrize("base", [GPG, SIGSTORE])
def test_keys_are_files_or_their_content(base, fields, keys) -> None:
    found = parse_requirement({**base, **fields})
    assert found == Requirement(kind=base["type"], keys=keys)
    assert found.identity == SignedIdentity(kind="matchRepoDigestOrExact")


def test_sigstore_may_have_many_keys_and_keys_of_a_log() -> None:
    found = parse_requirement({**SIGSTORE, "keyDatas": [DATA, DATA], "rekorPublicKeyPath": "/log"})
    assert found.keys == Keys(field="keyDatas", data=(b"a key", b"a key"))
    assert found.rekor == Keys(field="rekorPublicKeyPath", paths=("/log",))


@pytest.mark.parametrize(
    ("value", "identity"),
    [
        ({"type": "matchExact"}, SignedIdentity(kind="matchExact")),
        ({"type": "matchRepository"}, SignedIdentity(kind="matchRepository")),
        (
            {"type": "exactReference", "dockerReference": "a.test/x:1"},
            SignedIdentity(kind="exactReference", reference="a.test/x:1"),
        ),
        (
            {"type": "exactRepository", "dockerRepository": "a.test/x"},
            SignedIdentity(kind="exactRepository", reference="a.test/x"),
        ),
        (
            {"type": "remapIdentity", "prefix": "b.test:5000", "signedPrefix": "docker.io/library"},
            SignedIdentity(kind="remapIdentity", prefix="b.test:5000", signed_prefix="docker.io/library"),
        ),
    ],
)
def test_identities(value, identity) -> None:
    assert parse_requirement({**GPG, "keyPath": "/a", "signedIdentity": value}).identity == identity


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"keyPath": "/a", "keyData": DATA},
        {"keyPath": ""},
        {"keyPath": "a.gpg"},
        {"keyPath": 5},
        {"keyPath": ["/a"]},
        {"keyPaths": []},
        {"keyPaths": "/a"},
        {"keyPaths": ["/a", 5]},
        {"keyData": "%%%"},
        {"keyPath": "/a", "keypath": "/b"},
        {"keyPath": "/a", "signedIdentity": None},
        {"keyPath": "/a", "signedIdentity": {}},
        {"keyPath": "/a", "signedIdentity": {"type": "matchAnything"}},
        {"keyPath": "/a", "signedIdentity": {"type": ["matchExact"]}},
        {"keyPath": "/a", "signedIdentity": {"type": "matchExact", "dockerReference": "a.test/x:1"}},
        {"keyPath": "/a", "signedIdentity": {"type": "exactReference"}},
        {"keyPath": "/a", "signedIdentity": {"type": "exactReference", "dockerReference": "a.test/x"}},
        {"keyPath": "/a", "signedIdentity": {"type": "exactReference", "dockerReference": "docker://a.test/x:1"}},
        {"keyPath": "/a", "signedIdentity": {"type": "exactRepository", "dockerRepository": "A/B"}},
        {"keyPath": "/a", "signedIdentity": {"type": "remapIdentity", "prefix": "a.test"}},
        {"keyPath": "/a", "signedIdentity": {"type": "remapIdentity", "prefix": "", "signedPrefix": "a.test"}},
        {
            "keyPath": "/a",
            "signedIdentity": {"type": "remapIdentity", "prefix": "a.test/x:1", "signedPrefix": "b.test"},
        },
        {"keyPath": "/a", "signedIdentity": {"type": "remapIdentity", "prefix": "busybox", "signedPrefix": "b.test"}},
    ],
)
@pytest.mark.parametrize("base", [GPG, SIGSTORE])
def test_what_is_not_exactly_as_documented_is_refused(base, fields) -> None:
    with pytest.raises(InvalidInput):
        parse_requirement({**base, **fields})


@pytest.mark.parametrize(
    "value",
    [
        {"type": "signedBy", "keyPath": "/a"},
        {"type": "signedBy", "keyType": "gpgkeys", "keyPath": "/a"},
        {"type": "signedBy", "keyType": "GPGKeys", "keyDatas": [DATA]},
        {"type": "sigstoreSigned", "keyType": "GPGKeys", "keyPath": "/a"},
        {"type": "sigstoreSigned", "keyPath": "/a", "fulcio": {}},
        {"type": "sigstoreSigned", "fulcio": {}, "pki": {}},
        {"type": "sigstoreSigned", "fulcio": None},
        {"type": "sigstoreSigned", "keyPath": "/a", "rekorPublicKeyPath": "/b", "rekorPublicKeyData": DATA},
        {"type": "signedBaseLayer"},
        {"type": "REJECT"},
        {"type": None},
        {},
        "reject",
        None,
    ],
)
def test_wrong_requirements_are_refused(value) -> None:
    with pytest.raises(InvalidInput):
        parse_requirement(value)
