"""Plays that pull images from a registry with a password and a TLS certificate that the host does not trust."""

from __future__ import annotations

import base64
import json

import pytest

from tests.kube.test_play import nothing_is_left, write
from tests.support.registry import Registry
from tests.support.scripted_registry import Certificate

POD = """
    apiVersion: v1
    kind: Pod
    metadata: {name: p}
    spec:
      terminationGracePeriodSeconds: 0
      imagePullSecrets: [SECRETS]
      containers:
      - {name: c, image: "IMAGE", imagePullPolicy: Always, command: [sleep, "1000"], volumeMounts: [{name: v, mountPath: /v}]}
      volumes: [{name: v, image: {reference: "IMAGE", pullPolicy: Always}}]
    """


@pytest.fixture
def private(tmp_path):
    """A registry with login u:p and TLS; `.folder/certs` has its certificate."""
    (tmp_path / "certs").mkdir()
    certificate = Certificate(tmp_path / "certs", "ca")
    with Registry(tmp_path, user="u", password="p", certificate=certificate) as running:
        yield running


def certificates(pycman, private) -> str:
    """Return a --cert-dir that the user may read."""
    folder = pycman.folder / "certs"
    folder.mkdir()
    (folder / "ca.crt").write_bytes((private.folder / "certs/ca.crt").read_bytes())
    folder.chmod(0o755)
    return str(folder)


def secret(host: str, password: str) -> str:
    login = base64.b64encode(f"u:{password}".encode()).decode()
    text = json.dumps({"auths": {host: {"auth": login}}})
    return f"""
    ---
    apiVersion: v1
    kind: Secret
    metadata: {{name: login}}
    type: kubernetes.io/dockerconfigjson
    stringData: {{.dockerconfigjson: '{text}'}}
    """


def test_flags_of_kube_play_reach_the_pulls(pycman, private) -> None:
    folder = certificates(pycman, private)
    name = f"{private.host}/x:1"
    pycman("push", "-q", "--creds", "u:p", "--cert-dir", folder, "busybox:1", name)
    path = write(pycman, POD.replace("IMAGE", name).replace("SECRETS", ""))
    assert "is not trusted" in pycman.fails("kube", "play", "-q", path, status=125)
    assert "login" in pycman.fails("kube", "play", "-q", "--tls-verify=false", path, status=125)
    assert "refused" in pycman.fails("kube", "play", "-q", "--cert-dir", folder, "--creds", "u:q", path, status=125)
    assert nothing_is_left(pycman)
    pycman("kube", "play", "-q", "--tls-verify=false", "--creds", "u:p", path)
    assert "busybox" in pycman("exec", "p-c", "ls", "/v/bin")
    pycman("kube", "down", path)
    authfile = pycman.folder / "auth.json"
    authfile.write_text(json.dumps({"auths": {private.host: {"auth": base64.b64encode(b"u:p").decode()}}}))
    authfile.chmod(0o644)
    pycman("kube", "play", "-q", "--cert-dir", folder, "--authfile", str(authfile), path)
    pycman("kube", "down", path)
    assert nothing_is_left(pycman)


def test_image_pull_secrets_are_for_their_registry_and_this_pull_only(pycman, private) -> None:
    folder = certificates(pycman, private)
    name = f"{private.host}/x:1"
    pycman("push", "-q", "--creds", "u:p", "--cert-dir", folder, "busybox:1", name)
    plain = POD.replace("IMAGE", name).replace("SECRETS", "{name: login}")
    play = ("kube", "play", "-q", "--cert-dir", folder)
    assert "refused" in pycman.fails(*play, write(pycman, plain + secret(private.host, "wrong")), status=125)
    assert "login" in pycman.fails(*play, write(pycman, plain + secret("other.example", "p")), status=125)
    assert nothing_is_left(pycman)
    path = write(pycman, plain + secret(private.host, "p"))
    pycman(*play, path)
    assert pycman("inspect", "-f", "{{.ImageName}}", "p-c") == f"{name}\n"
    assert "login" in pycman.fails("pull", "-q", "--cert-dir", folder, name)
    pycman("kube", "down", path)
    assert nothing_is_left(pycman)
