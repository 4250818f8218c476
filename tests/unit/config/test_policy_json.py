"""policy.json: which images may come in, and what is wrong in it."""

from __future__ import annotations

import json

import pytest

from pycman.config.policy_json import SYSTEM_POLICY, load_policy, policy_file
from pycman.errors import Denied, InvalidInput, PycmanError, Unsupported
from pycman.images.signatures.scopes import docker_scopes
from pycman.images.transfer.policy import ImagePolicy, refuse_early, requirements_of
from pycman.spec.image_reference import parse_image_reference

TAKE, REFUSE = [{"type": "insecureAcceptAnything"}], [{"type": "reject"}]
DIGEST = "sha256:" + "a" * 64


@pytest.fixture
def policy(tmp_path):
    def make(document):
        path = tmp_path / "policy.json"
        path.write_text(document if isinstance(document, str) else json.dumps(document))
        return load_policy(str(path))

    return make


def check_requirements(policy, reference):
    found = requirements_of(policy, "docker", docker_scopes(reference))
    refuse_early(ImagePolicy(path=policy.path, requirements=found), str(reference))


def comes_in(policy, name):
    try:
        check_requirements(policy, parse_image_reference(name))
    except Denied:
        return False
    return True


def test_the_default_holds_where_no_scope_fits(policy) -> None:
    assert comes_in(policy({"default": TAKE}), "a.test/x:1")
    refusing = policy({"default": REFUSE})
    with pytest.raises(Denied) as caught:
        check_requirements(refusing, parse_image_reference("a.test/x:1"))
    assert str(caught.value).startswith(f"a.test/x:1: {refusing.path} rejects it (")


@pytest.mark.parametrize(
    ("scope", "name", "fits"),
    [
        ("a.test", "a.test/x/y:1", True),
        ("a.test/x", "a.test/x/y:1", True),
        ("a.test/x", "a.test/xy:1", False),
        ("a.test/x/y:1", "a.test/x/y:1", True),
        ("a.test/x/y:1", "a.test/x/y:2", False),
        (f"a.test/x@{DIGEST}", f"a.test/x@{DIGEST}", True),
        ("a.test", "a.test:5000/x", False),
        ("a.test:5000", "a.test:5000/x", True),
        ("*.test", "r.a.test/x", True),
        ("*.a.test", "a.test/x", False),
        ("docker.io/library/alpine", "docker.io/alpine:3", True),
        ("docker.io/library/alpine", "docker://docker.io/alpine:3", True),
        ("a.test/x", "A.Test/x:1", True),
        ("A.Test/x", "a.test/x:1", True),
        ("*.Test", "R.a.test/x", True),
        ("*.test", "r.a.test:5000/x", True),
        ("a.test/x:1", f"a.test/x:1@{DIGEST}", False),
        (f"a.test/x@{DIGEST}", f"a.test/x:1@{DIGEST}", True),
        ("", "b.test/x", True),
    ],
)
def test_a_scope_holds_for_what_lies_below_it(policy, scope, name, fits) -> None:
    found = policy({"default": REFUSE, "transports": {"docker": {scope: TAKE}}})
    assert comes_in(found, name) is fits


def test_the_most_specific_scope_holds(policy) -> None:
    scopes = {"a.test": REFUSE, "a.test/x": TAKE, "a.test/x/secret": REFUSE, "": REFUSE}
    found = policy({"default": TAKE, "transports": {"docker": scopes}})
    names = ("a.test/y", "a.test/x/y", "a.test/x/secret:1", "b.test/x")
    assert [comes_in(found, name) for name in names] == [False, True, False, False]


def test_all_requirements_must_hold(policy) -> None:
    assert not comes_in(policy({"default": [*TAKE, *REFUSE]}), "a.test/x")


FULCIO = {"caPath": "/ca", "oidcIssuer": "https://a.test", "subjectEmail": "ann@a.test"}


@pytest.mark.parametrize(
    "requirement",
    [
        {"type": "signedBy", "keyType": "X509Certificates", "keyPath": "/key"},
        {"type": "sigstoreSigned", "fulcio": FULCIO, "rekorPublicKeyPath": "/key"},
        {"type": "sigstoreSigned", "pki": {"caRootsPath": "/ca", "subjectEmail": "ann@a.test"}},
        {"type": "signedBaseLayer", "baseLayerIdentity": {"type": "matchRepository"}},
    ],
)
def test_signatures_that_cannot_be_checked_keep_an_image_out(policy, requirement) -> None:
    with pytest.raises(Unsupported, match="which cannot be checked"):
        check_requirements(policy({"default": [requirement]}), parse_image_reference("a.test/x"))


@pytest.mark.parametrize("kind", ["acceptAnything", 5, None, ["reject"]])
def test_an_unknown_requirement_keeps_an_image_out(policy, kind) -> None:
    with pytest.raises(InvalidInput, match="unknown requirement"):
        check_requirements(policy({"default": [{"type": kind}]}), parse_image_reference("a.test/x"))


@pytest.mark.parametrize(
    "document",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"default": []}',
        '{"default": {}}',
        '{"default": [{}]}',
        '{"default": ["reject"]}',
        '{"default": [{"type": "reject"}], "transports": []}',
        '{"default": [{"type": "reject"}], "transports": {"docker": []}}',
        '{"default": [{"type": "reject"}], "transports": {"docker": {"a": []}}}',
        '{"default": [{"type": "reject"}], "transports": null}',
        '{"default": [{"type": "insecureAcceptAnything"}], "default": []}',
        '{"default": [{"type": "reject"}], "default": [{"type": "insecureAcceptAnything"}]}',
        '{"default": [{"type": "reject", "type": "insecureAcceptAnything"}]}',
        '{"default": [{"type": "reject", "comment": ""}]}',
        '{"default": [{"type": "reject"}], "comment": ""}',
        '{"default": [{"type": "reject"}], "transports": {"docker": {"*": [{"type": "reject"}]}}}',
        '{"default": [{"type": "reject"}], "transports": {"docker": {"docker://a.test": [{"type": "reject"}]}}}',
        '{"default": [{"type": "reject"}], "transports": {"docker": {"a.Test": [{"type": "reject"}], "a.test": []}}}',
        '{"default": [{"type": "reject"}], "transports": {"dir": {"/": [{"type": "reject"}]}}}',
        '{"default": [{"type": "reject"}], "transports": {"oci": {"/a/../b": [{"type": "reject"}]}}}',
        '{"default": [{"type": "reject"}], "transports": {"oci-archive": {"a.tar": [{"type": "reject"}]}}}',
        '{"default": [{"type": "reject"}], "transports": {"docker-archive": {"/a.tar": [{"type": "reject"}]}}}',
        "\udcff",
    ],
)
def test_a_broken_policy_lets_nothing_in_and_is_named(tmp_path, document) -> None:
    path = tmp_path / "policy.json"
    path.write_bytes(document.encode("utf-8", "surrogateescape"))
    with pytest.raises(InvalidInput) as caught:
        load_policy(str(path))
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_policy_that_cannot_be_reached_is_not_passed_over(tmp_path) -> None:
    """Whatever stands in the way, the answer is never that there is no policy."""
    folder = tmp_path / ".config/containers"
    folder.mkdir(parents=True)
    (folder / "policy.json").symlink_to("policy.json")
    path = policy_file(str(tmp_path))
    assert path == str(folder / "policy.json")
    with pytest.raises(PycmanError):
        load_policy(path)


def test_the_users_policy_replaces_the_systems(tmp_path) -> None:
    own = tmp_path / ".config/containers/policy.json"
    assert policy_file(str(tmp_path)) in ("", SYSTEM_POLICY)
    own.parent.mkdir(parents=True)
    own.write_text("{}")
    assert policy_file(str(tmp_path)) == str(own)
