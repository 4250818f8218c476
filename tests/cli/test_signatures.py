"""Signatures between pycman and skopeo through a real registry, in both directions and both kinds."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess

import pytest
from cryptography.hazmat.primitives import serialization

from tests.support.image_files import OCI_CONFIG, OCI_MANIFEST, descriptor, sha256
from tests.support.signing import GpgHome, cosign_key, new_key, public_pem


@pytest.fixture(scope="module")
def ann():
    with GpgHome("ann", passphrase="gpg secret") as home:
        yield home


def skopeo(pycman, *words: str, env=None) -> subprocess.CompletedProcess[str]:
    argv = ["skopeo", "--registries.d", str(pycman.folder / ".config/containers/registries.d"), *words]
    return subprocess.run(argv, capture_output=True, text=True, check=False, env=env)


class Signing:
    """A user's files: registries.d, policies, keys, passphrases."""

    def __init__(self, pycman, registry, ann, kind: str) -> None:
        self.folder = pycman.folder
        self.name = f"{registry.host}/signed-{kind}/{pycman.user}"
        self.key = new_key()
        config = self.folder / ".config/containers/registries.d"
        config.mkdir(parents=True)
        section = {"lookaside-staging": f"file://{self.folder}/look", "lookaside": f"file://{self.folder}/look"}
        text = json.dumps({"docker": {registry.host: {**section, "use-sigstore-attachments": True}}})
        (config / "here.yaml").write_text(text)
        self.gpg_secret = self.write("gpg-secret", b"gpg secret\n")
        self.cosign_secret = self.write("cosign-secret", b"cosign secret\n")
        self.cosign_key = self.write(
            "cosign.key", cosign_key(self.key, "cosign secret", kind="ENCRYPTED COSIGN PRIVATE KEY")
        )
        gpg = self.write("ann.gpg", ann.public)
        self.cosign_pub = self.write("cosign.pub", public_pem(self.key))
        self.by_gpg = self.policy("gpg", {"type": "signedBy", "keyType": "GPGKeys", "keyPath": gpg})
        self.by_cosign = self.policy("cosign", {"type": "sigstoreSigned", "keyPath": self.cosign_pub})

    def write(self, name: str, content: bytes) -> str:
        path = self.folder / name
        path.write_bytes(content)
        return str(path)

    def policy(self, name: str, requirement) -> str:
        document = {"default": [{"type": "reject"}], "transports": {"docker": {self.name: [requirement]}}}
        return self.write(f"{name}.json", json.dumps(document).encode())


SOURCE, TARGET = "--src-tls-verify=false", "--dest-tls-verify=false"


def test_gpg_what_one_signs_the_other_accepts(root_pycman, registry, ann) -> None:
    signing = Signing(root_pycman, registry, ann, "gpg")
    name, env = signing.name, {"GNUPGHOME": ann.env["GNUPGHOME"]}
    push = ["push", "-q", "--sign-by", ann.user, "--sign-passphrase-file", signing.gpg_secret, "busybox:1"]
    for tag, count in (("ours", 1), ("ours", 1), ("again", 2)):  # not added twice, and another name's is kept
        root_pycman(*push, f"{name}:{tag}", env=env)
        assert len(list((signing.folder / "look").rglob("signature-*"))) == count
    root_pycman("push", "-q", "busybox:1", f"{name}:unsigned")
    root_pycman("push", "-q", "busybox:1", f"{name}/plain:1")
    by_gpg = ["--sign-by", ann.user, "--sign-passphrase-file", signing.gpg_secret]
    theirs = [
        "--insecure-policy",
        "copy",
        "-q",
        SOURCE,
        TARGET,
        f"docker://{name}/plain:1",
        f"docker://{name}/theirs:1",
    ]
    done = skopeo(root_pycman, *theirs, *by_gpg, env=ann.env)
    assert done.returncode == 0, done.stderr
    digest = subprocess.run(
        ["skopeo", "inspect", "--tls-verify=false", "--format", "{{.Digest}}", f"docker://{name}/theirs:1"],
        capture_output=True, text=True, check=True,
    ).stdout.strip()  # fmt: skip
    for image, good in (("ours", True), ("again", True), ("unsigned", False)):
        assert accepts(root_pycman, signing, signing.by_gpg, f"{name}:{image}") == (good, good), image
    for image in (f"{name}/theirs:1", f"{name}/theirs@{digest}"):
        assert accepts(root_pycman, signing, signing.by_gpg, image) == (True, True)
    words = ["run", "--rm", "--pull", "always", "--signature-policy", signing.by_gpg, f"{name}:unsigned", "true"]
    assert "none is accepted" in root_pycman.fails(*words, status=125)
    root_pycman("image", "sign", *by_gpg, f"docker://{name}:unsigned", env=env)
    assert accepts(root_pycman, signing, signing.by_gpg, f"{name}:unsigned") == (True, True)
    elsewhere = signing.folder / "elsewhere"
    root_pycman("image", "sign", *by_gpg, "-d", str(elsewhere), f"{name}:ours", env=env)
    (message,) = elsewhere.rglob("signature-1")
    assert json.loads(ann.gpg("--decrypt", str(message)))["critical"]["identity"]["docker-reference"] == f"{name}:ours"
    assert str(message.parent).endswith(f"/signed-gpg/root@{digest.replace(':', '=')}")


def accepts(pycman, signing: Signing, policy: str, image: str) -> tuple[bool, bool]:
    """Return whether pycman and skopeo accept an image by a policy."""
    ours = pycman.run("pull", "-q", "--signature-policy", policy, image)
    assert ours.returncode == 0 or b"none is accepted" in ours.stderr, ours.stderr
    folder = f"dir:{signing.folder}/copy-{len(list(signing.folder.iterdir()))}"
    theirs = skopeo(pycman, "--policy", policy, "copy", "-q", SOURCE, f"docker://{image}", folder)
    assert theirs.returncode == 0 or "Source image rejected" in theirs.stderr, theirs.stderr
    return ours.returncode == 0, theirs.returncode == 0


def test_sigstore_what_one_signs_the_other_accepts(root_pycman, registry, ann) -> None:
    """Debian's skopeo carries such signatures and does not verify them: openssl does, and signs in its place."""
    signing = Signing(root_pycman, registry, ann, "cosign")
    name = signing.name
    words = ["--sign-by-sigstore-private-key", signing.cosign_key, "--sign-passphrase-file", signing.cosign_secret]
    for tag in ("ours", "ours"):
        root_pycman("push", "-q", *words, "busybox:1", f"{name}:{tag}")
    params = f"privateKeyFile: {signing.cosign_key}\nprivateKeyPassphraseFile: {signing.cosign_secret}\n"
    root_pycman(
        "push", "-q", "--sign-by-sigstore", signing.write("params", params.encode()), "busybox:1", f"{name}:again"
    )
    copy = ["--insecure-policy", "copy", "-q", SOURCE, f"docker://{name}:ours", f"dir:{signing.folder}/copy"]
    done = skopeo(root_pycman, *copy)
    assert done.returncode == 0, done.stderr
    stored = sorted((signing.folder / "copy").glob("signature-*"))
    assert len(stored) == 2, "one for each name"
    for path in stored:
        verify_by_openssl(signing, json.loads(path.read_bytes().partition(b"\n")[2]))
    for tag in ("ours", "again"):
        root_pycman("pull", "-q", "--signature-policy", signing.by_cosign, f"{name}:{tag}")
    pulled = root_pycman("pull", "-q", "-a", "--signature-policy", signing.by_cosign, name)
    assert pulled in (f"{name}:again\n", f"{name}:ours\n"), "signatures are no images of the repository"
    exact = {"type": "sigstoreSigned", "keyPath": signing.cosign_pub}
    exact["signedIdentity"] = {"type": "exactReference", "dockerReference": f"{name}:again"}
    policy = {"default": [{"type": "reject"}], "transports": {"dir": {str(signing.folder): [exact]}}}
    load = ["load", "-q", "-i", f"{signing.folder}/copy", "--signature-policy"]
    root_pycman(*load, signing.write("dir.json", json.dumps(policy).encode()))
    exact["signedIdentity"]["dockerReference"] = f"{name}:other"
    root_pycman.fails(*load, signing.write("dir.json", json.dumps(policy).encode()))
    root_pycman("push", "-q", "--digestfile", f"{signing.folder}/digest", "busybox:1", f"{name}/theirs:1")
    pull = ["pull", "-q", "--signature-policy", signing.by_cosign, f"{name}/theirs:1"]
    assert "sigstoreSigned" in root_pycman.fails(*pull)
    sign_by_openssl(signing, registry.host, (signing.folder / "digest").read_text())
    root_pycman(*pull)


def verify_by_openssl(signing: Signing, document) -> None:
    signature = base64.b64decode(document["annotations"]["dev.cosignproject.cosign/signature"])
    verify = [
        "openssl",
        "dgst",
        "-sha256",
        "-verify",
        signing.cosign_pub,
        "-signature",
        signing.write("sig", signature),
    ]
    payload = base64.b64decode(document["payload"])
    subprocess.run([*verify, signing.write("payload", payload)], check=True, capture_output=True)
    critical = json.loads(payload)["critical"]
    assert critical["type"] == "cosign container image signature"
    assert critical["identity"]["docker-reference"] in (f"{signing.name}:ours", f"{signing.name}:again")


def sign_by_openssl(signing: Signing, host: str, digest: str) -> None:
    """Sign NAME/theirs:1 by openssl, and put the signature into the registry by hand."""
    plain = signing.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    identity = {"docker-reference": f"{signing.name}/theirs:1"}
    critical = {
        "identity": identity,
        "image": {"docker-manifest-digest": digest},
        "type": "cosign container image signature",
    }
    payload = json.dumps({"critical": critical, "optional": None}).encode()
    sign = ["openssl", "dgst", "-sha256", "-sign", signing.write("plain.key", plain), signing.write("payload", payload)]
    signature = base64.b64encode(subprocess.run(sign, check=True, capture_output=True).stdout).decode()
    folder = signing.folder / "attachment"
    folder.mkdir()
    layer = {"annotations": {"dev.cosignproject.cosign/signature": signature}}
    config = b"{}"
    manifest = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": descriptor(config, OCI_CONFIG),
        "layers": [descriptor(payload, "application/vnd.dev.cosign.simplesigning.v1+json", **layer)],
    }
    for blob in (config, payload):
        (folder / sha256(blob).partition(":")[2]).write_bytes(blob)
    (folder / "manifest.json").write_bytes(json.dumps(manifest).encode())
    (folder / "version").write_text("Directory Transport Version: 1.1\n")
    path = f"{signing.name}/theirs".partition("/")[2]
    target = f"docker://{host}/{path}:{digest.replace(':', '-')}.sig"
    subprocess.run(["skopeo", "--insecure-policy", "copy", "-q", TARGET, f"dir:{folder}", target], check=True)


def test_a_user_signs_with_a_keyring_of_ones_own_and_verifies(pycman, registry) -> None:
    with GpgHome("bob", passphrase="gpg secret") as bob:
        bob.give_to(pycman.user)
        signing = Signing(pycman, registry, bob, "own")
        for path in (signing.folder, *signing.folder.rglob("*")):
            if not str(path).startswith((f"{signing.folder}/root", f"{signing.folder}/run")):
                shutil.chown(path, pycman.user, pycman.user)
        home = {"GNUPGHOME": bob.env["GNUPGHOME"]}
        words = ["push", "-q", "busybox:1", f"{signing.name}:1", "--sign-by", bob.fingerprint, "--sign-passphrase-file"]
        wrong = pycman.run(*words, signing.cosign_secret, env=home)
        assert wrong.returncode == 1
        assert b"gpg does not sign with it" in wrong.stderr
        assert "not found" in pycman.fails("pull", "-q", "--signature-policy", signing.by_gpg, f"{signing.name}:1")
        pycman(*words, signing.gpg_secret, env=home)
        pycman("rmi", "-f", "busybox:1")
        pycman("run", "--rm", "--signature-policy", signing.by_gpg, f"{signing.name}:1", "true")
        its_own = ["--policypath", f"{signing.folder}/trust.json"]  # without it, root's is the machine's
        file = [] if pycman.rootless else its_own
        pycman("image", "trust", "set", *file, "-t", "reject", "default")
        pycman("image", "trust", "set", *file, "-f", f"{signing.folder}/ann.gpg", signing.name)
        rows = [line.split() for line in pycman("image", "trust", "show", "-n", *file).splitlines()]
        assert rows == [
            ["all", "default", "reject"],
            ["repository", signing.name, "signed", bob.user, f"file://{signing.folder}/look"],
        ]
        if pycman.rootless:
            pycman("pull", "-q", f"{signing.name}:1")
            assert "rejects it" in pycman.fails("pull", "-q", f"{registry.host}/other:1")
