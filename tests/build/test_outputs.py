"""What comes of a build: names, files with ids and digests, directories, archives, and what a registry is sent."""

from __future__ import annotations

import json
import subprocess
import tarfile
from pathlib import Path

DOCKERFILE = """
    FROM localhost/busybox:1 AS tools
    RUN echo made > /made && mkdir /d && ln -s ../made /d/link && chmod 4755 /made
    FROM scratch
    COPY --from=tools /made /d /out/
    CMD ["/out/made"]
    """


def test_files_say_what_was_made(builder, context):
    folder = context(DOCKERFILE)
    files = {name: builder.folder / name for name in ("iid", "raw", "meta")}
    words = ("--iidfile", str(files["iid"]), "--iidfile-raw", str(files["raw"]), "--metadata-file", str(files["meta"]))
    flags = ("--label", "a=b", "--annotation", "note=x", "-t", "one", "-t", "two:3", "--env", "ADDED=1")
    output = builder("build", *words, *flags, folder)
    image = output.split()[-1]
    assert output.splitlines()[0] == "[1/2] STEP 1/2: FROM localhost/busybox:1 AS tools"
    assert "COMMIT one\n" in output and "Successfully tagged localhost/two:3\n" in output
    assert files["iid"].read_text() == f"sha256:{image}"
    assert files["raw"].read_text() == image
    found = json.loads(builder("image", "inspect", "two:3"))[0]
    metadata = json.loads(files["meta"].read_text())
    assert metadata["containerimage.config.digest"] == f"sha256:{image}"
    assert metadata["image.name"] == "localhost/one:latest,localhost/two:3"
    assert found["Config"]["Labels"] == {"a": "b"}
    assert "ADDED=1" in found["Config"]["Env"]
    assert builder("build", "-q", folder).startswith("sha256:")


def test_a_directory_and_a_tar_get_the_files(builder, context):
    folder = context(DOCKERFILE)
    target = builder.folder / "files"
    builder("build", "-o", str(target), folder)
    assert (target / "out/made").read_text() == "made\n"
    assert (target / "out/link").readlink() == Path("../made")
    tar = builder.run("build", "-o", "-", folder).stdout
    path = builder.folder / "out.tar"
    path.write_bytes(tar)
    with tarfile.open(path) as archive:
        assert sorted(archive.getnames()) == ["out", "out/link", "out/made"]
    assert "it needs a path" in builder.fails("build", "-o", "type=tar", folder)


def test_archives_bear_the_names_and_leave_no_image(builder, context):
    folder = context(f"{DOCKERFILE}LABEL only=archives\n")
    before = builder("images", "-aq")
    for kind in ("oci", "docker"):
        path = builder.folder / f"{kind}.tar"
        builder("build", "-t", "packed:1", "-o", f"type={kind},dest={path}", folder)
        assert builder("images", "-aq") == before
        assert "packed:1" in builder("load", "-i", str(path))
        builder("rmi", "packed:1")


def test_a_registry_gets_an_image_that_other_tools_read(root_builder, context, registry):
    folder = context(DOCKERFILE)
    for kind in ("oci", "docker"):
        name = f"{registry.host}/built/{kind}:1"
        flags = ("--annotation", "note=x") if kind == "oci" else ()
        words = ("build", "--format", kind, *flags, "-t", name, "--push", "--tls-verify=false", folder)
        assert f"{name}: digest: sha256:" in root_builder(*words)
        done = subprocess.run(
            ["skopeo", "inspect", "--raw", "--tls-verify=false", f"docker://{name}"], capture_output=True, check=True
        )
        manifest = json.loads(done.stdout)
        assert ("vnd.oci.image" if kind == "oci" else "vnd.docker.distribution") in manifest["mediaType"]
        assert manifest.get("annotations") == ({"note": "x"} if kind == "oci" else None)
        inspected = subprocess.run(
            ["skopeo", "inspect", "--config", "--tls-verify=false", f"docker://{name}"], capture_output=True, check=True
        )
        config = json.loads(inspected.stdout)
        assert config["config"]["Cmd"] == ["/out/made"]
        filled = [entry for entry in config["history"] if not entry.get("empty_layer")]
        assert len(filled) == len(config["rootfs"]["diff_ids"]) == len(manifest["layers"])
        root_builder("rmi", name)
        above = context(f"FROM {name}\nLABEL above=yes\n")
        assert f"Trying to pull {name}...\n" in root_builder("build", "--tls-verify=false", above)
        assert "Trying" not in root_builder("build", "--pull=never", above)


def test_several_platforms_make_a_manifest_list(root_builder, context, registry):
    folder = context("FROM scratch\nARG TARGETARCH\nLABEL arch=$TARGETARCH\nCOPY a /a\n", {"a": b"a\n"})
    name = f"{registry.host}/several:1"
    for _ in range(2):  # the second build replaces the list
        flags = ("--platform", "linux/amd64,linux/arm64", "--push", "--tls-verify=false")
        root_builder("build", *flags, "-t", name, folder)
    found = json.loads(root_builder("manifest", "inspect", name))
    assert [entry["platform"]["architecture"] for entry in found["manifests"]] == ["amd64", "arm64"]
    done = subprocess.run(
        ["skopeo", "inspect", "--override-arch", "arm64", "--tls-verify=false", f"docker://{name}"],
        capture_output=True,
        check=True,
    )
    assert json.loads(done.stdout)["Labels"]["arch"] == "arm64"
    assert "need a name" in root_builder.fails("build", "--platform", "linux/amd64,linux/arm64", folder)


def test_attestations_are_refused(root_builder, context):
    folder = context("FROM scratch\n")
    assert "there are no attestations" in root_builder.fails("build", "--provenance", "true", folder)


def test_bake_builds_what_a_file_describes(root_builder, context):
    folder = context("FROM scratch\nARG A\nLABEL a=$A\nCOPY a /a\n", {"a": b"a\n"})
    bake = {
        "target": {
            "default": {"context": folder, "tags": ["baked:1"], "args": {"A": "1"}},
            "inline": {"context": folder, "dockerfile-inline": "FROM scratch\nLABEL inline=yes\n", "tags": ["baked:2"]},
        }
    }
    file = f"{folder}-bake.json"
    Path(file).write_text(json.dumps(bake))
    root_builder("buildx", "bake", "-f", file, "--set", "default.args.A=2", "default", "inline")
    labels = [json.loads(root_builder("image", "inspect", f"baked:{n}"))[0]["Config"]["Labels"] for n in (1, 2)]
    assert labels == [{"a": "2"}, {"inline": "yes"}]
    assert "HCL" in root_builder.fails("bake", "-f", "docker-bake.hcl")
