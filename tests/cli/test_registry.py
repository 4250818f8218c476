"""Images to and from a real registry, and between pycman and skopeo."""

from __future__ import annotations

import subprocess

import pytest

from tests.support.registry import Registry


def test_push_and_pull_keep_the_digest(pycman, registry) -> None:
    name = f"{registry.host}/life/{pycman.user}:1"
    pycman("tag", "busybox:1", name)
    pycman("push", "-q", "--digestfile", str(pycman.folder / "digest"), name)
    digest = (pycman.folder / "digest").read_text()
    image_id = pycman("images", "--no-trunc", "-q")
    pycman("rmi", "busybox:1", name)
    lines = pycman("pull", name).splitlines()
    assert lines[-3:] == [f"Digest: {digest}", f"Status: Downloaded newer image for {name}", name]
    assert pycman("pull", name).splitlines()[-2] == f"Status: Image is up to date for {name}"
    assert pycman("pull", "-q", name) == f"{name}\n"
    assert pycman("images", "--no-trunc", "-q") == image_id
    assert pycman("images", "--digests", "--format", "{{.Digest}}") == digest + "\n"
    assert pycman("run", "--rm", f"{registry.host}/life/{pycman.user}@{digest}", "echo", "by digest") == "by digest\n"


def test_skopeo_reads_what_was_pushed_and_the_other_way_round(root_pycman, registry, tmp_path) -> None:
    name = f"{registry.host}/peers/a:1"
    root_pycman("push", "-q", "busybox:1", name)
    copy = ["skopeo", "copy", "-q", "--src-tls-verify=false", "--dest-tls-verify=false"]
    subprocess.run([*copy, f"docker://{name}", f"oci-archive:{tmp_path}/a.tar:peer:1"], check=True)
    assert root_pycman("load", "-i", f"{tmp_path}/a.tar").startswith("Loaded image: ")
    subprocess.run([*copy, f"oci-archive:{tmp_path}/a.tar:peer:1", f"docker://{registry.host}/peers/b:1"], check=True)
    root_pycman("pull", "-q", f"{registry.host}/peers/b:1")
    assert root_pycman("run", "--rm", f"{registry.host}/peers/b:1", "echo", "ok") == "ok\n"


def test_a_registry_with_a_password_requires_a_login(root_pycman, tmp_path) -> None:
    with Registry(tmp_path, user="u", password="p") as private:
        name = f"{private.host}/x:1"
        assert "run pycman login" in root_pycman.fails("push", "busybox:1", name)
        assert "refused" in root_pycman.fails("login", "-u", "u", "--password-stdin", private.host, stdin="wrong")
        assert root_pycman("login", "-u", "u", "--password-stdin", private.host, stdin="p") == "Login Succeeded\n"
        root_pycman("push", "-q", "busybox:1", name)
        root_pycman("pull", "-q", name)
        root_pycman("logout", private.host)
        root_pycman.fails("pull", "-q", name)


def test_missing_images_are_reported(root_pycman, registry) -> None:
    assert "not found in the registry" in root_pycman.fails("pull", f"{registry.host}/no/such")


@pytest.mark.parametrize("kind", ["docker-archive", "oci-archive"])
def test_saved_images_can_be_loaded(pycman, kind: str) -> None:
    image_id = pycman("images", "-q", "--no-trunc")
    path = str(pycman.folder / "saved.tar")
    pycman("save", "--format", kind, "-o", path, "busybox:1")
    pycman("rmi", "busybox:1")
    assert pycman("load", "-i", path) == "Loaded image: busybox:1\n"
    assert pycman("images", "-q", "--no-trunc") == image_id
