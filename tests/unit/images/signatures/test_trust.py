"""policy.json changed by commands."""

from __future__ import annotations

import json

import pytest

from pycman.errors import InvalidInput, NotFound
from pycman.images.signatures.trust import TrustEntry, list_trust, raw_policy, set_trust
from tests.support.sessions import open_session

REJECT, ACCEPT = [{"type": "reject"}], [{"type": "insecureAcceptAnything"}]


@pytest.fixture
def session(tmp_path):
    with open_session(tmp_path) as opened:
        opened.policy = tmp_path / ".config/containers/policy.json"
        opened.policy.parent.mkdir(parents=True)
        opened.policy.write_text(json.dumps({"default": ACCEPT}))
        yield opened


def written(session):
    return json.loads(session.policy.read_text())


def test_a_scope_is_set_and_the_rest_is_kept(session, tmp_path) -> None:
    session.policy.write_text(json.dumps({"default": ACCEPT, "transports": {"oci": {"": REJECT}}}))
    session.policy.chmod(0o640)
    key = tmp_path / "key.pub"
    key.touch()
    assert set_trust(session, "default", "reject") == str(session.policy)
    set_trust(session, "A.test/x", "accept")
    set_trust(session, "a.test/x", "sigstoreSigned", [str(key), str(key)])
    set_trust(session, "*.b.test", "reject")
    signed = {"type": "sigstoreSigned", "keyPath": str(key)}
    assert written(session) == {
        "default": REJECT,
        "transports": {"oci": {"": REJECT}, "docker": {"A.test/x": [signed, signed], "*.b.test": REJECT}},
    }
    assert session.policy.stat().st_mode & 0o777 == 0o640
    assert raw_policy(session) == session.policy.read_text()
    assert list_trust(session) == [
        TrustEntry(transport="all", scope="default", kind="reject"),
        TrustEntry(transport="oci", scope="", kind="reject"),
        TrustEntry(transport="repository", scope="a.test/x", kind="sigstoreSigned"),
        TrustEntry(transport="repository", scope="a.test/x", kind="sigstoreSigned"),
        TrustEntry(transport="repository", scope="*.b.test", kind="reject"),
    ]
    assert [path.name for path in session.policy.parent.iterdir()] == ["policy.json"]


def test_a_link_to_a_policy_stays_one(session, tmp_path) -> None:
    there = tmp_path / "there.json"
    session.policy.rename(there)
    session.policy.symlink_to(there)
    set_trust(session, "default", "reject")
    assert session.policy.is_symlink()
    assert json.loads(there.read_text())["default"] == REJECT


def test_a_new_file_begins_with_its_default(session, tmp_path) -> None:
    file = str(tmp_path / "new/policy.json")
    with pytest.raises(NotFound, match="no default"):
        set_trust(session, "a.test", "reject", file=file)
    set_trust(session, "default", "reject", file=file)
    set_trust(session, "a.test:5000", "accept", file=file)
    assert json.loads(raw_policy(session, file))["transports"] == {"docker": {"a.test:5000": ACCEPT}}
    assert written(session) == {"default": ACCEPT}


@pytest.mark.parametrize(
    ("scope", "kind", "keys"),
    [
        ("default", "bogus", ()),
        ("default", "reject", ("/etc/passwd",)),
        ("a.test", "signedBy", ()),
        ("a.test", "signedBy", ("/nonexistent",)),
        ("a.test", "signedBy", ("/etc",)),
        ("busybox", "reject", ()),
        ("", "reject", ()),
        ("docker://a.test", "reject", ()),
        ("a.test/X", "reject", ()),
        ("a b.test", "reject", ()),
        ("*", "reject", ()),
        ("a.*.test", "reject", ()),
    ],
)
def test_what_makes_no_sense_changes_nothing(session, scope, kind, keys) -> None:
    before = session.policy.read_text()
    with pytest.raises((InvalidInput, NotFound)) as caught:
        set_trust(session, scope, kind, keys)
    assert "\n" not in str(caught.value)
    assert session.policy.read_text() == before


@pytest.mark.parametrize(
    "text", ["{", '{"default": []}', '{"default": [{"type": "reject"}], "x": 1}', '{"transports": {}}']
)
def test_a_broken_policy_is_not_overwritten(session, text) -> None:
    session.policy.write_text(text)
    with pytest.raises(InvalidInput):
        set_trust(session, "a.test", "reject")
    assert session.policy.read_text() == text
