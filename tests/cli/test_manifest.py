"""Manifest lists: made of images of the store and of registries, pushed, and read by skopeo and by pull."""

from __future__ import annotations

import json
import subprocess

from tests.support.registry import Registry

TLS = "--tls-verify=false"


def test_images_for_two_platforms_are_pushed_under_one_name(root_pycman, registry, tmp_path) -> None:
    name = f"{registry.host}/lists/web:1"
    host = json.loads(root_pycman("image", "inspect", "busybox:1"))[0]["Architecture"]
    root_pycman("import", "-c", "CMD /x", "--platform", "linux/s390x", _tar(tmp_path), "other:1")
    list_id = root_pycman("manifest", "create", "--annotation", "a=b", name, "busybox:1").strip()
    assert root_pycman("manifest", "add", "--annotation", "c=d", "--variant", "v9", name, "other:1").strip() == list_id
    assert "use --amend" in root_pycman.fails("manifest", "create", name)
    root_pycman("manifest", "exists", name)
    shown = json.loads(root_pycman("manifest", "inspect", name))
    assert [each["platform"]["architecture"] for each in shown["manifests"]] == [host, "s390x"]
    assert (shown["annotations"], shown["manifests"][1]["annotations"]) == ({"a": "b"}, {"c": "d"})

    root_pycman("manifest", "push", "-q", "--digestfile", str(tmp_path / "digest"), name)
    digest = (tmp_path / "digest").read_text()
    seen = _skopeo("inspect", "--raw", f"docker://{registry.host}/lists/web@{digest}")
    assert [each["platform"] for each in seen["manifests"]] == [
        {"architecture": host, "os": "linux"},
        {"architecture": "s390x", "os": "linux", "variant": "v9"},
    ]
    assert (
        _skopeo("inspect", "--config", f"docker://{registry.host}/lists/web@{seen['manifests'][1]['digest']}")[
            "architecture"
        ]
        == "s390x"
    )
    assert json.loads(root_pycman("manifest", "inspect", f"{registry.host}/lists/web@{digest}")) == seen

    assert list_id[:12] in root_pycman("images", "-q", "--filter", "manifest=true")
    assert root_pycman("run", "--rm", name, "echo", "hello") == "hello\n"
    root_pycman("tag", name, f"{registry.host}/lists/tagged:1")
    root_pycman("push", "-q", f"{registry.host}/lists/tagged:1")
    assert _skopeo("inspect", "--raw", f"docker://{registry.host}/lists/tagged:1") == seen
    root_pycman("save", "-q", "--format", "oci-archive", "-o", str(tmp_path / "list.tar"), name)
    archived = _skopeo("inspect", "--raw", f"oci-archive:{tmp_path / 'list.tar'}")
    assert [each["platform"] for each in archived["manifests"]] == [each["platform"] for each in seen["manifests"]]
    assert root_pycman("rmi", f"{registry.host}/lists/tagged:1") == f"Untagged: {registry.host}/lists/tagged:1\n"
    again = f"{registry.host}/lists/compressed:1"
    root_pycman("manifest", "push", "-q", "--add-compression", "zstd", name, again)
    compressed = _skopeo("inspect", "--raw", f"docker://{again}")["manifests"]
    assert [(each["platform"]["architecture"], "zstd" in str(each.get("annotations"))) for each in compressed] == [
        (host, False), ("s390x", False), (host, True), ("s390x", True),
    ]  # fmt: skip
    layers = _skopeo("inspect", "--raw", f"docker://{again.removesuffix(':1')}@{compressed[3]['digest']}")["layers"]
    assert [layer["mediaType"].rpartition("+")[2] for layer in layers] == ["zstd"]

    moved = f"{registry.host}/elsewhere/web:2"
    made = root_pycman("buildx", "imagetools", "create", "-t", moved, TLS, name)
    assert made == f"{moved}@{digest}\n", "one source is copied as it is"
    assert f"Name:      {moved}@{seen['manifests'][1]['digest']}" in root_pycman(
        "buildx", "imagetools", "inspect", TLS, moved
    )
    root_pycman("buildx", "imagetools", "create", "--append", "-t", moved, TLS, again)
    assert len(json.loads(root_pycman("buildx", "imagetools", "inspect", "--raw", TLS, moved))["manifests"]) == 4

    root_pycman("pull", "-q", "--platform", "linux/s390x/v9", again)
    copied = f"{registry.host}/lists/copy:2"
    root_pycman("manifest", "create", "--all", "copy", f"docker://{name}")
    root_pycman("manifest", "annotate", "--os-version", "7", "copy", seen["manifests"][0]["digest"])
    root_pycman("manifest", "push", "-q", "--purge", "copy", copied)
    assert root_pycman.run("manifest", "exists", "copy").returncode == 1
    again = _skopeo("inspect", "--raw", f"docker://{copied}")
    assert [each["digest"] for each in again["manifests"]] == [each["digest"] for each in seen["manifests"]]
    assert again["manifests"][0]["platform"]["os.version"] == "7"
    with Registry(tmp_path) as second:
        root_pycman("manifest", "create", "far", f"docker://{name}")
        root_pycman("manifest", "push", "-q", "far", f"{second.host}/far:1")
        assert _skopeo("inspect", f"docker://{second.host}/far:1")["Architecture"] == host

    assert root_pycman("manifest", "remove", name, seen["manifests"][1]["digest"]).strip() == list_id
    assert root_pycman("manifest", "rm", name, "far").splitlines()[:2] == [f"Untagged: {name}", f"Deleted: {list_id}"]
    assert "no such manifest list" in root_pycman.fails("manifest", "push", name)


def _tar(folder) -> str:
    (folder / "x").write_text("x")
    subprocess.run(["tar", "-C", folder, "-cf", folder / "x.tar", "x"], check=True)
    return str(folder / "x.tar")


def _skopeo(verb: str, *words: str) -> dict:
    done = subprocess.run(["skopeo", verb, TLS, *words], check=True, capture_output=True, text=True)
    return json.loads(done.stdout)
