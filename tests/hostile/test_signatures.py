"""Signatures that were not meant for this image, are by nobody the policy names, or are made to confuse who reads them.

Whatever is refused must leave nothing in the store, and nothing but the manifest may have been fetched.
"""

from __future__ import annotations

import base64
import json
import os

import pytest

from cri_server.work.images import pull as cri_pull
from pycman.errors import Corrupt, Denied, InvalidInput, NotFound, PolicyRefused, PycmanError
from pycman.images.archive.load import load_images
from pycman.images.catalogue import find_image, list_images
from pycman.images.signatures.blob import MAX_BYTES, MAX_COUNT, SIGSTORE_MEDIA_TYPE
from pycman.images.signatures.payload import GPG_TYPE, SIGSTORE_TYPE, Payload, format_payload
from pycman.images.signatures.private_key import sign
from pycman.images.transfer.ensure_image import ensure_image
from pycman.images.transfer.pull import PullOptions, pull_image
from pycman.images.transfer.push import PushOptions, push_image
from tests.support.image_files import OCI_CONFIG, OCI_INDEX, OCI_MANIFEST, descriptor, oci_archive, oci_image, sha256
from tests.support.scripted_registry import ScriptedRegistry, answer, endless, small_layer
from tests.support.sessions import open_session
from tests.support.signing import GpgHome, cosign_key, new_key, public_pem

FAST = {"retry": 0, "timeout_s": 5.0}
COSIGN, THIEF = new_key(), new_key()


@pytest.fixture(scope="module")
def ann():
    with GpgHome("ann") as home:
        yield home


@pytest.fixture(scope="module")
def mallory():
    with GpgHome("mallory") as home:
        yield home


@pytest.fixture
def registry():
    with ScriptedRegistry() as running:
        running.digest = running.add_image("team/app", "1", small_layer("app"))[0]
        running.name = f"{running.host}/team/app:1"
        yield running


@pytest.fixture
def session(tmp_path, monkeypatch):
    for name in ("REGISTRY_AUTH_FILE", "DOCKER_CONFIG", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "runtime"))
    (tmp_path / "registries.conf").touch()
    monkeypatch.setenv("CONTAINERS_REGISTRIES_CONF", str(tmp_path / "registries.conf"))
    storage = tmp_path / ".config/containers/registries.d/all.yaml"
    storage.parent.mkdir(parents=True)
    storage.write_text(f"default-docker:\n  lookaside: file://{tmp_path}/look\n  use-sigstore-attachments: true\n")
    with open_session(tmp_path) as opened:
        opened.folder = tmp_path
        yield opened


def write_policy(session, **scopes) -> None:
    """Reject everything but these scopes of docker:; `default` is a requirement for all of it."""
    default = scopes.pop("default", None)
    docker = {"": [default]} if default else {}
    document = {"default": [{"type": "reject"}], "transports": {"docker": {**docker, **scopes.pop("scopes", {})}}}
    document["transports"] |= scopes
    (session.folder / ".config/containers/policy.json").write_text(json.dumps(document))


def by_gpg(home, **more):
    return {"type": "signedBy", "keyType": "GPGKeys", "keyData": base64.b64encode(home.public).decode(), **more}


def by_cosign(key, **more):
    return {"type": "sigstoreSigned", "keyData": base64.b64encode(public_pem(key)).decode(), **more}


def payload(digest, reference, kind=GPG_TYPE) -> bytes:
    return format_payload(Payload(manifest_digest=digest, reference=reference), kind, timestamp=1_800_000_000)


def store(session, digest, *blobs, path="team/app"):
    folder = session.folder / "look" / f"{path}@{digest.replace(':', '=')}"
    folder.mkdir(parents=True, exist_ok=True)
    for number, blob in enumerate(blobs, 1):
        (folder / f"signature-{number}").write_bytes(blob)
    return folder


def attach(registry, digest, *signatures, path="team/app", media_type=SIGSTORE_MEDIA_TYPE):
    """Put (payload, annotations) into the registry as cosign does."""
    layers = []
    for content, signed in signatures:
        registry.blobs[sha256(content)] = content
        layers.append(descriptor(content, media_type, annotations=signed))
    config = b"{}"
    registry.blobs[sha256(config)] = config
    manifest = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": descriptor(config, OCI_CONFIG),
        "layers": layers,
    }
    raw = json.dumps(manifest).encode()
    registry.manifests[f"{path}:{digest.replace(':', '-')}.sig"] = (raw, OCI_MANIFEST)
    return manifest


def signed_by(key, content) -> tuple[bytes, dict[str, str]]:
    return content, {"dev.cosignproject.cosign/signature": base64.b64encode(sign(key, content)).decode()}


def pull(session, name, **options) -> None:
    pull_image(session, name, PullOptions(**FAST, **options))


def refused(session, registry, name, kind=PolicyRefused) -> str:
    """Check that a pull fails with one line, and that nothing came of it: no image, no blob."""
    with pytest.raises(PycmanError) as caught:
        pull(session, name)
    assert type(caught.value) is kind, repr(caught.value)
    assert "\n" not in str(caught.value)
    assert list_images(session) == []
    config = json.loads(registry.manifests[f"team/app:{registry.digest}"][0])["config"]["digest"]
    assert not [path for path in registry.paths("GET", "/blobs/") if path.endswith(config)]
    assert not [name for name in os.listdir(session.paths.tmp) if name.startswith("gpg")]
    return str(caught.value)


# -- GPG --------------------------------------------------------------------------------------------------------------


def test_a_good_signature_lets_it_in_and_one_among_bad_ones_is_enough(session, registry, ann, mallory) -> None:
    write_policy(session, default=by_gpg(ann))
    content = payload(registry.digest, registry.name)
    store(session, registry.digest, b"junk", mallory.sign(content), ann.sign(b"no payload"), ann.sign(content))
    pull(session, registry.name)
    assert find_image(session, registry.name) is not None


def confusing_messages(ann, mallory, good: bytes, evil: bytes):
    """Give (what it is, bytes) for messages that say `evil` or `good` and must not count as ann's word."""
    literal = mallory.gpg("--store", stdin=good)
    signature = ann.gpg("--local-user", ann.user, "--detach-sign", stdin=good)
    yield "by another key", mallory.sign(good)
    yield "by two keys", _by_both(ann, mallory, good)
    yield "signed by nobody", literal
    yield "signed by nobody, before ann's other message", literal + ann.sign(b"other")
    yield "signed by nobody, behind ann's other message", ann.sign(b"other") + literal
    plain = ann.sign(good, "--compress-algo", "none")
    yield "ann's message with a literal behind it", plain + literal
    yield "ann's message with junk behind it", plain + b"junk"
    yield "two messages of ann's", plain + plain
    yield "ann's message behind mallory's", mallory.sign(evil) + ann.sign(good)
    yield "a signature without its text", signature
    yield "a signature before a literal", signature + literal
    yield "text signed in the clear", ann.gpg("--local-user", ann.user, "--clear-sign", stdin=good)
    yield "with armor", ann.sign(good, "--armor")
    yield "a text document", ann.sign(good, "--textmode")
    yield "by a weak hash", ann.sign(good, "--digest-algo", "SHA1", "--allow-weak-digest-algos")
    yield "expired", ann.at("20200102", "--local-user", ann.user, "--default-sig-expire", "1d", "--sign", stdin=good)
    yield "encrypted", mallory.gpg("--passphrase", "x", "--symmetric", stdin=ann.sign(good))
    yield "a key", ann.public
    yield "cut off", plain[:-20]
    yield "changed", _changed(plain)
    yield "a bomb", ann.sign(bytes(64 << 20), "--compress-algo", "zlib", "-z", "9")
    yield "nested", mallory.gpg("--store", stdin=ann.sign(good))


def _by_both(ann, mallory, content: bytes) -> bytes:
    ann.gpg("--import", stdin=mallory.gpg("--export-secret-keys", mallory.user))
    try:
        return ann.gpg("--local-user", ann.user, "--local-user", mallory.user, "--sign", stdin=content)
    finally:
        ann.gpg("--yes", "--delete-secret-and-public-key", mallory.fingerprint)


def _changed(message: bytes) -> bytes:
    assert b"app:1" in message
    return message.replace(b"app:1", b"app:2")


def test_no_confusing_message_is_taken_for_one(session, registry, ann, mallory) -> None:
    write_policy(session, default=by_gpg(ann))
    good = payload(registry.digest, registry.name)
    evil = payload("sha256:" + "0" * 64, registry.name)
    for what, message in confusing_messages(ann, mallory, good, evil):
        store(session, registry.digest, message)
        assert refused(session, registry, registry.name), what


def test_what_is_signed_must_be_about_this_image(session, registry, ann) -> None:
    write_policy(session, default=by_gpg(ann))
    other = registry.add_image("team/other", "1", small_layer("other"))[0]
    good = payload(registry.digest, registry.name)
    contents = {
        "another image": payload(other, registry.name),
        "another tag": payload(registry.digest, registry.name[:-1] + "2"),
        "no tag": payload(registry.digest, registry.name[:-2]),
        "another repository": payload(registry.digest, f"{registry.host}/team/app2:1"),
        "another host": payload(registry.digest, "registry.test/team/app:1"),
        "cosign's type": payload(registry.digest, registry.name, SIGSTORE_TYPE),
        "NaN": good.replace(b'"timestamp":1800000000', b'"timestamp":NaN'),
        "a name twice": good.replace(b'"type"', b'"type":"x","type"'),
        "a prefix": payload(registry.digest, f"docker://{registry.name}"),
        "too long": good.replace(b'"creator":"', b'"creator":"' + b"x" * (65 << 10)),
        "a digest in upper case": good.replace(registry.digest.encode(), registry.digest.upper().encode()),
    }
    for content in contents.values():
        store(session, registry.digest, ann.sign(content))
        refused(session, registry, registry.name)


def test_keys_that_have_expired_or_are_revoked_sign_no_more(session, registry) -> None:
    content = payload(registry.digest, registry.name)
    with GpgHome("old") as old:
        old.at("20200101", "--passphrase", "", "--quick-gen-key", "older@a.test", "ed25519", "sign", "2d")
        message = old.at("20200102", "--local-user", "older@a.test", "--sign", stdin=content)
        old.public = old.gpg("--export", "older@a.test")
        write_policy(session, default=by_gpg(old))
        store(session, registry.digest, message)
        assert "has expired" in refused(session, registry, registry.name)
        message = old.sign(content)
        certificate = (old.path / "openpgp-revocs.d" / f"{old.fingerprint}.rev").read_text()
        old.gpg("--import", stdin=certificate.replace("\n:---", "\n---").encode())
        old.public = old.gpg("--export", old.user)
        write_policy(session, default=by_gpg(old))
        store(session, registry.digest, message)
        assert "is revoked" in refused(session, registry, registry.name)


def test_of_several_subkeys_only_the_one_that_signed_counts(session, registry) -> None:
    content = payload(registry.digest, registry.name)
    with GpgHome("subs") as subs:
        add = ("--passphrase", "", "--quick-add-key", subs.fingerprint)
        subs.at("20200102", *add, "ed25519", "sign", "2d")
        message = subs.at("20200103", "--local-user", subs.user, "--sign", stdin=content)
        subs.public = subs.gpg("--export", subs.user)
        write_policy(session, default=by_gpg(subs))
        store(session, registry.digest, message)
        assert "has expired" in refused(session, registry, registry.name)
        subs.gpg(*add, "ed25519", "sign", "never")
        subs.public = subs.gpg("--export", subs.user)
        write_policy(session, default=by_gpg(subs))
        store(session, registry.digest, subs.sign(content))
        pull(session, registry.name)


def test_too_many_too_large_and_strange_files_are_refused(session, registry, ann) -> None:
    write_policy(session, default=by_gpg(ann))
    good = ann.sign(payload(registry.digest, registry.name))
    folder = store(session, registry.digest, *[b"junk"] * MAX_COUNT, good)
    refused(session, registry, registry.name, Corrupt)
    for path in folder.iterdir():
        path.unlink()
    store(session, registry.digest, good + bytes(MAX_BYTES))
    refused(session, registry, registry.name, Corrupt)
    (folder / "signature-1").unlink()
    os.mkfifo(folder / "signature-1")
    refused(session, registry, registry.name, Corrupt)
    (folder / "signature-1").unlink()
    (folder / "signature-1").mkdir()
    refused(session, registry, registry.name, Corrupt)


def test_a_web_server_of_signatures_may_lie_hang_and_send_without_end(session, registry, ann) -> None:
    write_policy(session, default=by_gpg(ann))
    config = session.folder / ".config/containers/registries.d/all.yaml"
    good = ann.sign(payload(registry.digest, registry.name))
    where = f"/look/team/app@{registry.digest.replace(':', '=')}/signature-"
    with ScriptedRegistry() as web:
        config.write_text(f"default-docker:\n  lookaside: {web.url}/look/\n")
        web.always("GET", "signature-2", answer(404))
        for step, kind in (
            (endless, Corrupt),
            (answer(403), Denied),
            (answer(302, Location="/look"), PolicyRefused),
            (answer(200), PolicyRefused),
        ):
            web.next("GET", f"{where}1", step)
            refused(session, registry, registry.name, kind)
        web.always("GET", f"{where}1", answer(200, good))
        pull(session, registry.name)


def test_many_signatures_of_a_server_come_to_an_end(session, registry, ann) -> None:
    write_policy(session, default=by_gpg(ann))
    config = session.folder / ".config/containers/registries.d/all.yaml"
    with ScriptedRegistry() as web:
        config.write_text(f"default-docker:\n  lookaside: {web.url}\n")
        web.always("GET", "signature-", answer(200, b"junk"))
        refused(session, registry, registry.name, Corrupt)
        assert len(web.asked) == MAX_COUNT + 1


def test_broken_keys_are_an_error_and_let_nothing_in(session, registry, ann) -> None:
    store(session, registry.digest, ann.sign(payload(registry.digest, registry.name)))
    empty = session.folder / "empty"
    empty.write_bytes(b"")
    for fields, kind in (
        ({"keyData": base64.b64encode(b"junk").decode()}, InvalidInput),
        ({"keyPath": str(empty)}, InvalidInput),
        ({"keyPath": str(session.folder / "missing")}, NotFound),
        ({"keyPath": str(session.folder)}, PycmanError),
    ):
        write_policy(session, default={"type": "signedBy", "keyType": "GPGKeys", **fields})
        with pytest.raises(kind):
            pull(session, registry.name)
        assert list_images(session) == []


# -- sigstore ---------------------------------------------------------------------------------------------------------


def test_only_attachments_signed_for_this_image_count(session, registry) -> None:
    write_policy(session, default=by_cosign(COSIGN))
    other = registry.add_image("team/other", "1", small_layer("other"))[0]
    good = payload(registry.digest, registry.name, SIGSTORE_TYPE)
    content, annotations = signed_by(COSIGN, good)
    for signature in (
        signed_by(THIEF, good),
        (good, {}),
        (good, {"dev.cosignproject.cosign/signature": "%"}),
        (good, {"dev.cosignproject.cosign/signature": "\ud800"}),
        (good.replace(b"1800000000", b"1800000001"), annotations),
        signed_by(COSIGN, payload(other, registry.name, SIGSTORE_TYPE)),
        signed_by(COSIGN, payload(registry.digest, registry.name[:-1] + "2", SIGSTORE_TYPE)),
        signed_by(COSIGN, payload(registry.digest, registry.name[:-2], SIGSTORE_TYPE)),
        signed_by(COSIGN, payload(registry.digest, registry.name)),
        signed_by(COSIGN, good.replace(b'"type"', b'"type":"x","type"')),
        signed_by(COSIGN, good + b" {}"),
    ):
        attach(registry, registry.digest, signature)
        refused(session, registry, registry.name)
    attach(registry, registry.digest, (content, annotations), media_type="application/vnd.dsse.envelope.v1+json")
    refused(session, registry, registry.name)
    attach(registry, other, (content, annotations), path="team/app")
    del registry.manifests[f"team/app:{registry.digest.replace(':', '-')}.sig"]
    refused(session, registry, registry.name)
    attach(registry, registry.digest, signed_by(THIEF, good), (content, annotations))
    pull(session, registry.name)


def test_strange_manifests_of_attachments_are_refused(session, registry) -> None:
    write_policy(session, default=by_cosign(COSIGN))
    good = signed_by(COSIGN, payload(registry.digest, registry.name, SIGSTORE_TYPE))
    tag = f"team/app:{registry.digest.replace(':', '-')}.sig"
    document = attach(registry, registry.digest, *[good] * (MAX_COUNT + 1))
    refused(session, registry, registry.name, Corrupt)
    document["layers"] = document["layers"][:1]
    index = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": document["layers"]}
    for changed in (
        {**document, "layers": [{**document["layers"][0], "size": MAX_BYTES + 1}]},
        {**document, "layers": [{**document["layers"][0], "size": 5}]},
        {**document, "layers": [{**document["layers"][0], "annotations": [1]}]},
        {**document, "layers": [{**document["layers"][0], "annotations": {"a": 1}}]},
        {**document, "layers": 5},
    ):
        registry.manifests[tag] = (json.dumps(changed).encode(), OCI_MANIFEST)
        refused(session, registry, registry.name, Corrupt)
    registry.manifests[tag] = (json.dumps(index).encode(), OCI_INDEX)
    refused(session, registry, registry.name, Corrupt)
    registry.manifests[tag] = (json.dumps(document).encode(), OCI_MANIFEST)
    registry.blobs[sha256(good[0])] = b"other" + good[0][5:]
    refused(session, registry, registry.name, Corrupt)


def test_a_registry_whose_attachments_are_not_asked_for_has_none(session, registry) -> None:
    write_policy(session, default=by_cosign(COSIGN))
    attach(registry, registry.digest, signed_by(COSIGN, payload(registry.digest, registry.name, SIGSTORE_TYPE)))
    (session.folder / ".config/containers/registries.d/all.yaml").write_text("")
    assert "use-sigstore-attachments" in refused(session, registry, registry.name)


def test_certificates_are_refused_and_not_passed_over(session, registry) -> None:
    fulcio = {"caPath": "/ca", "oidcIssuer": "https://a.test", "subjectEmail": "ann@a.test"}
    requirement = {"type": "sigstoreSigned", "fulcio": fulcio, "rekorPublicKeyPath": "/log"}
    write_policy(session, default=requirement)
    with pytest.raises(PycmanError, match="certificates"):
        pull(session, registry.name)
    assert registry.asked == []


# -- ways around the policy --------------------------------------------------------------------------------------------


def test_every_requirement_must_be_met(session, registry, ann) -> None:
    write_policy(session, scopes={registry.host: [by_gpg(ann), by_cosign(COSIGN)]})
    store(session, registry.digest, ann.sign(payload(registry.digest, registry.name)))
    assert "sigstoreSigned" in refused(session, registry, registry.name)
    attach(registry, registry.digest, signed_by(COSIGN, payload(registry.digest, registry.name, SIGSTORE_TYPE)))
    pull(session, registry.name)


def test_other_ways_of_writing_a_name_lead_to_the_same_requirement(session, registry, ann) -> None:
    accept = [{"type": "insecureAcceptAnything"}]
    write_policy(session, scopes={f"{registry.host}/team": [by_gpg(ann)], registry.name: accept, "": accept})
    named = registry.name.removesuffix(":1")
    registry.add_image("team/app", "2", small_layer("app"))
    for name in (
        f"docker://{named}:2",
        f"{named}@{registry.digest}",
        f"{named}:1@{registry.digest}",
        f"{named}:latest@{registry.digest}",
    ):
        assert "signedBy" in refused(session, registry, name)
    pull(session, registry.name)


def test_a_mirror_is_asked_for_the_image_whose_name_the_policy_knows(session, registry, ann) -> None:
    accept = [{"type": "insecureAcceptAnything"}]
    write_policy(session, scopes={"registry.test": [by_gpg(ann)], registry.host: accept})
    (session.folder / "registries.conf").write_text(
        '[[registry]]\nprefix = "registry.test"\nlocation = "127.0.0.1:1"\ninsecure = true\n'
        f'[[registry.mirror]]\nlocation = "{registry.host}"\ninsecure = true\n'
    )
    session.settings.clear()
    store(session, registry.digest, ann.sign(payload(registry.digest, registry.name)))
    with pytest.raises(PycmanError):
        pull(session, "registry.test/team/app:1")
    assert list_images(session) == []
    assert [path for path in registry.paths("GET") if "manifests" in path]
    store(session, registry.digest, ann.sign(payload(registry.digest, "registry.test/team/app:1")))
    pull(session, "registry.test/team/app:1")


def test_a_short_name_is_completed_before_the_policy_is_asked(session, registry, ann) -> None:
    (session.folder / "registries.conf").write_text(f'unqualified-search-registries = ["{registry.host}"]\n')
    write_policy(
        session, scopes={f"{registry.host}/team/app": [by_gpg(ann)]}, default={"type": "insecureAcceptAnything"}
    )
    session.settings.clear()
    assert "signedBy" in refused(session, registry, "team/app:1")


def test_of_an_index_the_chosen_image_must_be_signed(session, registry, ann) -> None:
    write_policy(session, default=by_gpg(ann, signedIdentity={"type": "matchRepository"}))
    raw = registry.manifests[f"team/app:{registry.digest}"][0]
    entry = descriptor(raw, OCI_MANIFEST, platform={"os": "linux", "architecture": "amd64"})
    index = json.dumps({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [entry]}).encode()
    registry.manifests["team/app:all"] = registry.manifests[f"team/app:{sha256(index)}"] = (index, OCI_INDEX)
    named = registry.name.removesuffix(":1")
    store(session, sha256(index), ann.sign(payload(sha256(index), f"{named}:all")))
    for name in (f"{named}:all", f"{named}@{sha256(index)}"):
        refused(session, registry, name)
        store(session, registry.digest, ann.sign(payload(sha256(index), f"{named}:all")))
        refused(session, registry, name)
        store(session, registry.digest, ann.sign(payload(registry.digest, f"{named}:all")))
        pull(session, name)
        for image in list_images(session):
            session.db.change("DELETE FROM images WHERE id = ?", (image.id,))
        registry.asked.clear()
        store(session, registry.digest, b"junk")


def test_a_registry_that_changes_its_mind_gives_what_was_verified(session, registry, ann) -> None:
    """The bytes that are verified are those whose layers are fetched, though the tag means something else a moment later."""
    write_policy(session, default=by_gpg(ann))
    store(session, registry.digest, ann.sign(payload(registry.digest, registry.name)))
    signed = registry.manifests["team/app:1"]
    evil = registry.add_image("team/app", "1", small_layer("evil"))[0]
    registry.next("GET", "/manifests/1", answer(200, signed[0], Content_Type=signed[1]))
    pull(session, registry.name)
    image = find_image(session, registry.name)
    assert image.manifest_digest == registry.digest != evil
    with pytest.raises(Denied):
        pull(session, registry.name)
    assert find_image(session, registry.name).manifest_digest == registry.digest


def test_a_kubelet_and_run_get_no_other_answer(session, registry, ann) -> None:
    write_policy(session, default=by_gpg(ann))
    with pytest.raises(Denied):
        cri_pull(session, registry.name, {})
    for policy in ("missing", "always", "newer"):
        with pytest.raises(Denied):
            ensure_image(session, registry.name, policy=policy, platform="")
    refused(session, registry, registry.name)


def test_a_policy_for_one_command_is_obeyed_or_refused(session, registry, ann) -> None:
    write_policy(session, default={"type": "insecureAcceptAnything"})
    strict = session.folder / "strict.json"
    strict.write_text(json.dumps({"default": [by_gpg(ann)]}))
    broken = session.folder / "broken.json"
    broken.write_text('{"default": [{"type": "signedBy"}]}')
    with pytest.raises(Denied):
        pull(session, registry.name, signature_policy=str(strict))
    pull(session, registry.name)
    for file, kind in ((broken, InvalidInput), (session.folder / "missing", NotFound)):
        for act in (
            lambda file=file: pull(session, registry.name, signature_policy=str(file)),
            lambda file=file: pull(session, registry.name, policy="missing", signature_policy=str(file)),
            lambda file=file: push_image(session, registry.name, "", PushOptions(**FAST, signature_policy=str(file))),
            lambda file=file: ensure_image(
                session, registry.name, policy="missing", platform="", access={"signature_policy": str(file)}
            ),
            lambda file=file: load_images(session, "/nonexistent", signature_policy=str(file)),
        ):
            registry.asked.clear()
            with pytest.raises((kind, NotFound)):
                act()
            assert registry.asked == []


# -- archives and directories -------------------------------------------------------------------------------------------


def test_archives_have_no_place_for_signatures(session, ann) -> None:
    path = session.folder / "a.tar"
    path.write_bytes(oci_archive([("a:1", oci_image([small_layer("a")]))]))
    exact = by_gpg(ann, signedIdentity={"type": "exactRepository", "dockerRepository": "a.test/a"})
    write_policy(session, **{"oci-archive": {str(session.folder): [exact]}})
    with pytest.raises(Denied, match="no place"):
        load_images(session, str(path))
    assert list_images(session) == []


def test_the_scope_of_a_file_is_where_it_really_lies(session) -> None:
    trusted = session.folder / "trusted"
    trusted.mkdir()
    path = session.folder / "a.tar"
    path.write_bytes(oci_archive([("a:1", oci_image([small_layer("a")]))]))
    (trusted / "link.tar").symlink_to(path)
    write_policy(session, **{"oci-archive": {str(trusted): [{"type": "insecureAcceptAnything"}]}})
    with pytest.raises(Denied):
        load_images(session, str(trusted / "link.tar"))
    os.chdir(trusted)
    try:
        with open(path, "rb") as stream, pytest.raises(Denied):
            load_images(session, stream)
    finally:
        os.chdir("/")
    assert list_images(session) == []


def test_signatures_beside_a_manifest_count_for_the_name_that_the_policy_says(session, ann, mallory) -> None:
    folder = session.folder / "dir"
    folder.mkdir()
    manifest, blobs = oci_image([small_layer("a")])
    for name, data in blobs.items():
        (folder / name.rpartition("/")[2]).write_bytes(data)
    (folder / "manifest.json").write_bytes(manifest)
    digest = sha256(manifest)
    good = ann.sign(payload(digest, "a.test/a:1"))
    named = {"type": "exactReference", "dockerReference": "a.test/a:1"}
    for requirement, signature in (
        (by_gpg(ann, signedIdentity=named), b""),
        (by_gpg(ann, signedIdentity=named), mallory.sign(payload(digest, "a.test/a:1"))),
        (by_gpg(ann, signedIdentity=named), ann.sign(payload("sha256:" + "0" * 64, "a.test/a:1"))),
        (by_gpg(ann, signedIdentity=named), ann.sign(payload(digest, "a.test/a:2"))),
        (by_gpg(ann), good),
        (by_gpg(mallory, signedIdentity=named), good),
    ):
        write_policy(session, dir={"": [requirement]})
        (folder / "signature-1").write_bytes(signature)
        with pytest.raises(Denied):
            load_images(session, str(folder))
        assert list_images(session) == []
    write_policy(session, dir={"": [by_gpg(ann, signedIdentity=named)]})
    load_images(session, str(folder))
    assert len(list_images(session)) == 1


# -- signing ------------------------------------------------------------------------------------------------------------


def test_what_cannot_be_signed_is_not_pushed(session, registry, ann, monkeypatch) -> None:
    write_policy(session, default={"type": "insecureAcceptAnything"})
    pull(session, registry.name)
    registry.asked.clear()
    monkeypatch.setenv("GNUPGHOME", str(ann.path))
    monkeypatch.setenv("HOME", str(ann.path))
    key = session.folder / "cosign.key"
    key.write_bytes(cosign_key(COSIGN, "secret"))
    missing = str(session.folder / "missing")
    config = session.folder / ".config/containers/registries.d/all.yaml"
    file = session.folder / "file"
    file.touch()
    fields = (
        {"sign_by": "nobody@a.test"},
        {"sign_by": "--help"},
        {"sign_by_sigstore_private_key": missing, "sign_passphrase": "x"},
        {"sign_by_sigstore_private_key": str(key), "sign_passphrase": "wrong"},
        {"sign_by_sigstore_private_key": str(key)},
        {"sign_by_sigstore_private_key": str(file), "sign_passphrase": "x"},
        {"sign_by": ann.user, "sign_by_sigstore_private_key": str(key), "sign_passphrase": "secret"},
        {"sign_by_sigstore": missing},
        {"sign_by_sigstore": str(file)},
        {"sign_by_sigstore": str(key)},
    )
    for options in fields:
        with pytest.raises(PycmanError):
            push_image(session, registry.name, "", PushOptions(**FAST, **options))
    for text in (
        "default-docker:\n  lookaside: https://signatures.test\n",
        f"default-docker:\n  lookaside: file://{file}\n",
    ):
        config.write_text(text)
        for options in ({"sign_by": ann.user}, {"sign_by_sigstore_private_key": str(key), "sign_passphrase": "secret"}):
            with pytest.raises(PycmanError):
                push_image(session, registry.name, "", PushOptions(**FAST, **options))
    assert registry.asked == []


def test_a_signature_that_cannot_be_stored_is_an_error(session, registry) -> None:
    write_policy(session, default={"type": "insecureAcceptAnything"})
    pull(session, registry.name)
    key = session.folder / "cosign.key"
    key.write_bytes(cosign_key(COSIGN, "secret"))
    registry.always("PUT", ".sig", answer(403))
    options = PushOptions(**FAST, sign_by_sigstore_private_key=str(key), sign_passphrase="secret")
    with pytest.raises(Denied, match="its signature is not stored"):
        push_image(session, registry.name, "", options)
