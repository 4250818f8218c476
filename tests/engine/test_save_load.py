"""Save and load archives: every format, several images, streams and files, and exchange with skopeo and podman."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import json
import lzma
import os
import shutil
import subprocess
import tarfile
import tempfile
import threading

import pytest
import zstandard

from pycman.errors import AlreadyExists, Corrupt, InvalidInput, NotFound
from pycman.images.archive.load import load_images
from pycman.images.archive.save import SaveOptions, save_images
from pycman.images.catalogue import find_image, get_image, list_images, read_documents, tag_image
from pycman.images.mount import mount_image, unmount_image
from pycman.images.transfer.ensure_image import ensure_image
from pycman.images.transfer.pull import PullOptions, pull_image
from tests.support.image_files import (
    OCI_INDEX,
    OCI_MANIFEST,
    blob_name,
    busybox_layer,
    config_of,
    descriptor,
    docker_archive,
    oci_archive,
    oci_image,
    sha256,
    tar_of,
)
from tests.support.sessions import open_session

BOTTOM = tar_of({"etc/a": b"a" * 5000}, directories=["etc"])
TOP = tar_of({"etc/b": b"b" * 5000})
FORMATS = ["docker-archive", "oci-archive", "oci-dir", "docker-dir"]


@pytest.fixture
def session(tmp_path):
    with open_session(tmp_path / "one") as opened:
        yield opened


@pytest.fixture
def other(tmp_path):
    with open_session(tmp_path / "two") as opened:
        yield opened


def load_bytes(session, data):
    return load_images(session, io.BytesIO(data))


def save(session, path, kind, *names, **options):
    """Save to a file or directory and return its path."""
    path = str(path)
    if kind.endswith("-dir"):
        save_images(session, names, path, SaveOptions(format=kind, **options))
    else:
        with open(path, "wb") as file:
            save_images(session, names, file, SaveOptions(format=kind, **options))
    return path


def manifest_digest(session, name):
    return get_image(session, name).manifest_digest


@pytest.mark.parametrize("kind", FORMATS)
def test_what_is_saved_is_loaded_as_the_same_image(session, other, tmp_path, kind):
    load_bytes(session, docker_archive([BOTTOM, TOP]))
    image = get_image(session, "a:1")
    report = load_images(other, save(session, tmp_path / "out", kind, "a:1"))
    loaded = list_images(other)[0]
    assert (loaded.id, loaded.manifest_digest) == (image.id, image.manifest_digest)
    if kind == "docker-dir":
        assert report.ids == (image.id,)
    else:
        assert report.names == loaded.names == ("localhost/a:1",)
    path = mount_image(other, loaded.id)
    assert os.listdir(f"{path}/etc") == ["a", "b"]
    unmount_image(other, loaded.id)


@pytest.mark.parametrize("kind", FORMATS[:3])
def test_the_same_image_gives_the_same_bytes(session, tmp_path, kind):
    load_bytes(session, docker_archive([BOTTOM, TOP]))
    paths = [save(session, tmp_path / str(n), kind, "a:1") for n in range(2)]
    if kind == "oci-dir":
        assert not subprocess.run(["/usr/bin/diff", "-r", *paths], check=False).returncode
    else:
        assert not subprocess.run(["/usr/bin/cmp", *paths], check=False).returncode


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress, zstandard.compress, bytes])
def test_an_archive_may_be_compressed_in_any_way(session, compress):
    report = load_bytes(session, compress(docker_archive([BOTTOM, TOP])))
    assert report.names == ("localhost/a:1",)


@pytest.mark.parametrize("compress", [gzip.compress, zstandard.compress])
def test_layers_may_be_compressed_and_their_manifest_stays_as_received(session, compress):
    suffix = "+gzip" if compress is gzip.compress else "+zstd"
    manifest, files = oci_image([BOTTOM], blobs=[compress(BOTTOM)], suffix=suffix)
    load_bytes(session, oci_archive([("localhost/a:1", (manifest, files))]))
    assert read_documents(session, get_image(session, "a:1").id)[0] == manifest


def test_a_compressed_layer_goes_into_a_docker_archive_as_plain_tar(session, tmp_path):
    image = oci_image([BOTTOM], blobs=[gzip.compress(BOTTOM)], suffix="+gzip")
    load_bytes(session, oci_archive([("localhost/a:1", image)]))
    with tarfile.open(save(session, tmp_path / "x.tar", "docker-archive", "a:1")) as archive:
        entry = json.load(archive.extractfile("manifest.json"))[0]
        layer = archive.extractfile(entry["Layers"][0]).read()
    assert layer == BOTTOM
    assert os.listdir(session.paths.tmp) == []


def test_a_layer_of_a_docker_archive_may_be_compressed(session):
    load_bytes(session, docker_archive([BOTTOM], blobs=[gzip.compress(BOTTOM)]))
    manifest = json.loads(read_documents(session, get_image(session, "a:1").id)[0])
    assert manifest["layers"][0]["mediaType"].endswith(".tar.gzip")


def test_several_images_share_one_archive(session, other, tmp_path):
    load_bytes(session, docker_archive([BOTTOM], tags=["localhost/a:1"]))
    load_bytes(session, docker_archive([BOTTOM, TOP], tags=["localhost/b:1", "localhost/b:2"]))
    for kind in FORMATS[:3]:
        path = save(session, tmp_path / kind, kind, "a:1", "b:1", "b:2")
        if kind == "docker-archive":
            with tarfile.open(path) as archive:
                assert sum(name.endswith(".tar") for name in archive.getnames()) == 2
        report = load_images(other, path)
        assert report.names == ("localhost/a:1", "localhost/b:1", "localhost/b:2")
        for name in ("a:1", "b:1"):
            assert get_image(other, name).id == get_image(session, name).id


def test_an_image_saved_by_id_comes_back_without_a_name(session, other, tmp_path):
    load_bytes(session, docker_archive([BOTTOM]))
    image_id = get_image(session, "a:1").id
    for kind in FORMATS:
        report = load_images(other, save(session, tmp_path / kind, kind, image_id[:12]))
        assert (report.names, report.ids) == ((), (image_id,))


def test_a_load_from_a_pipe_needs_no_seek(session):
    reading, writing = os.pipe()
    data = docker_archive([os.urandom(200_000)[:0] + BOTTOM, TOP])

    def feed():
        with open(writing, "wb") as file:
            file.write(data)

    feeder = threading.Thread(target=feed)
    feeder.start()
    with open(reading, "rb") as file:
        report = load_images(session, file)
    feeder.join()
    assert report.names == ("localhost/a:1",)
    assert os.listdir(session.paths.tmp) == []


def test_a_save_to_a_pipe_needs_no_seek(session, other):
    load_bytes(session, docker_archive([BOTTOM, TOP]))
    reading, writing = os.pipe()
    found = []

    def drain():
        with open(reading, "rb") as file:
            found.append(file.read())

    reader = threading.Thread(target=drain)
    reader.start()
    with open(writing, "wb") as file:
        save_images(session, ["a:1"], file, SaveOptions())
    reader.join()
    assert load_bytes(other, found[0]).names == ("localhost/a:1",)


def test_compress_makes_gzip_layers_and_keeps_the_id(session, other, tmp_path):
    load_bytes(session, docker_archive([BOTTOM, TOP]))
    for kind in ("oci-dir", "docker-dir", "oci-archive"):
        load_images(other, save(session, tmp_path / kind, kind, "a:1", compress=True))
        image = list_images(other)[0]
        assert image.id == get_image(session, "a:1").id
        manifest = json.loads(read_documents(other, image.id)[0])
        assert all("gzip" in layer["mediaType"] for layer in manifest["layers"])


def test_uncompressed_layers_are_plain_tars_and_the_id_stays(session, other, tmp_path):
    image = oci_image([BOTTOM], blobs=[gzip.compress(BOTTOM)], suffix="+gzip")
    load_bytes(session, oci_archive([("localhost/a:1", image)]))
    for kind in ("oci-dir", "docker-dir", "oci-archive"):
        load_images(other, save(session, tmp_path / kind, kind, "a:1", uncompressed=True))
        loaded = list_images(other)[0]
        assert loaded.id == get_image(session, "a:1").id
        layers = json.loads(read_documents(other, loaded.id)[0])["layers"]
        assert [layer["digest"] for layer in layers] == [sha256(BOTTOM)] and "gzip" not in layers[0]["mediaType"]


def test_of_an_index_of_platforms_the_hosts_is_taken(session):
    machine = {"x86_64": "amd64", "aarch64": "arm64"}[os.uname().machine]
    images = {name: oci_image([BOTTOM], config=config_of([BOTTOM], architecture=name)) for name in (machine, "s390x")}
    entries = [
        descriptor(manifest, OCI_MANIFEST, platform={"os": "linux", "architecture": name})
        for name, (manifest, _) in images.items()
    ]
    attestation = descriptor(
        b"{}",
        OCI_MANIFEST,
        platform={"os": "unknown", "architecture": "unknown"},
        annotations={"vnd.docker.reference.type": "attestation-manifest"},
    )
    index = json.dumps({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [*entries, attestation]}).encode()
    top = {"schemaVersion": 2, "manifests": [
        descriptor(index, OCI_INDEX, annotations={"io.containerd.image.name": "docker.io/library/web:1"}),
        {**attestation, "digest": sha256(b"nothing")},
    ]}  # fmt: skip
    files = {blob_name(index): index, "index.json": json.dumps(top).encode(), "oci-layout": b"{}"}
    for _, blobs in images.values():
        files.update(blobs)
    report = load_bytes(session, tar_of(files))
    assert report.names == ("docker.io/library/web:1",)
    assert get_image(session, "web:1").architecture == machine


def test_an_archive_that_is_both_keeps_the_manifest_of_its_layout(session):
    manifest, files = oci_image([BOTTOM])
    config = next(name for name, data in files.items() if data == config_of([BOTTOM]))
    docker = [{"Config": config, "RepoTags": ["web:1"], "Layers": [blob_name(BOTTOM)]}]
    names = {"io.containerd.image.name": "docker.io/library/web:1", "org.opencontainers.image.ref.name": "1"}
    index = {"schemaVersion": 2, "manifests": [descriptor(manifest, OCI_MANIFEST, annotations=names)]}
    data = tar_of(
        {
            **files,
            "index.json": json.dumps(index).encode(),
            "manifest.json": json.dumps(docker).encode(),
            "oci-layout": b'{"imageLayoutVersion": "1.0.0"}',
        }
    )
    assert load_bytes(session, data).names == ("docker.io/library/web:1",)
    assert manifest_digest(session, "web:1") == sha256(manifest)


def test_old_docker_archives_have_links_to_layers_and_short_names(session):
    files = {
        "aaaa/layer.tar": BOTTOM,
        "bbbb/layer.tar": ("symlink", "../aaaa/layer.tar"),
        "./c.json": config_of([BOTTOM, BOTTOM]),
        "manifest.json": json.dumps(
            [{"Config": "c.json", "RepoTags": ["web", "me/web:2"], "Layers": ["aaaa/layer.tar", "bbbb/layer.tar"]}]
        ).encode(),
    }
    report = load_bytes(session, tar_of(files))
    assert report.names == ("docker.io/library/web:latest", "docker.io/me/web:2")


def test_an_oci_image_with_an_invalid_name_is_loaded_without_name(session):
    report = load_bytes(session, oci_archive([("NOT a name!", oci_image([BOTTOM]))]))
    assert (report.names, len(report.ids)) == ((), 1)


def test_loading_again_costs_nothing_and_keeps_a_received_manifest(session):
    manifest, files = oci_image([BOTTOM], blobs=[gzip.compress(BOTTOM)], suffix="+gzip")
    load_bytes(session, oci_archive([("localhost/a:1", (manifest, files))]))
    before = sorted(os.listdir(f"{session.paths.blobs}/sha256"))
    load_bytes(session, docker_archive([BOTTOM]))
    assert sorted(os.listdir(f"{session.paths.blobs}/sha256")) == before
    assert manifest_digest(session, "a:1") == sha256(manifest)


def test_loads_and_saves_are_events(session, tmp_path):
    load_bytes(session, docker_archive([BOTTOM]))
    save(session, tmp_path / "x", "docker-archive", "a:1")
    rows = session.db.rows("SELECT action, actor_name FROM events ORDER BY id")
    assert [tuple(row) for row in rows] == [("loadfromarchive", "localhost/a:1"), ("save", "localhost/a:1")]


@pytest.mark.parametrize(
    ("names", "options", "problem", "kind"),
    [
        (["a:1"], {"format": "zip"}, "not an archive format", InvalidInput),
        (["nosuch"], {}, "no such image", NotFound),
        ([], {}, "no image is given", InvalidInput),
        (["a:1", "b:1"], {"format": "docker-dir"}, "only one image", InvalidInput),
        (["a:1", "b:1"], {"multi_image": False}, "only one image", InvalidInput),
        (["a:1"], {"format": "oci-dir"}, "cannot be written to a stream", InvalidInput),
    ],
)
def test_an_invalid_save_is_refused_before_anything_is_written(session, names, options, problem, kind):
    load_bytes(session, docker_archive([BOTTOM], tags=["localhost/a:1"]))
    load_bytes(session, docker_archive([TOP], tags=["localhost/b:1"]))
    output = io.BytesIO()
    with pytest.raises(kind, match=problem):
        save_images(session, names, output, SaveOptions(**options))
    assert output.getvalue() == b""


def test_a_directory_with_entries_is_not_changed(session, tmp_path):
    load_bytes(session, docker_archive([BOTTOM]))
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine").write_text("x")
    with pytest.raises(AlreadyExists, match="not an empty directory"):
        save_images(session, ["a:1"], str(tmp_path / "full"), SaveOptions(format="oci-dir"))
    assert os.listdir(tmp_path / "full") == ["mine"]


def test_a_damaged_blob_is_an_error_and_not_saved(session, tmp_path):
    load_bytes(session, oci_archive([("localhost/a:1", oci_image([BOTTOM], blobs=[gzip.compress(BOTTOM)]))]))
    digest = json.loads(read_documents(session, get_image(session, "a:1").id)[0])["layers"][0]["digest"]
    with open(session.paths.blob(digest), "wb") as file:
        file.write(gzip.compress(TOP))
    with pytest.raises(Corrupt, match="the stored blob is damaged"):
        save(session, tmp_path / "x", "docker-archive", "a:1")


def test_a_missing_file_is_named(session):
    with pytest.raises(NotFound, match=r"/nosuch/x\.tar"):
        load_images(session, "/nosuch/x.tar")


# -- with skopeo and podman --------------------------------------------------------------------------------------------


@pytest.fixture
def podman():
    """Return a function that runs podman on a store of its own; podman refuses run roots of more than 50 characters."""
    root = tempfile.mkdtemp(prefix="podman-", dir="/tmp")
    base = ["podman", "--root", f"{root}/root", "--runroot", f"{root}/run", "--storage-driver", "overlay"]

    def run(*arguments):
        done = subprocess.run([*base, *arguments], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    yield run
    subprocess.run(["umount", f"{root}/root/overlay"], capture_output=True, check=False)
    shutil.rmtree(root, ignore_errors=True)


def skopeo(*arguments):
    done = subprocess.run(["skopeo", *arguments], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


@pytest.mark.parametrize("kind", FORMATS)
def test_podman_loads_what_is_saved_under_the_same_id(session, tmp_path, podman, kind):
    load_bytes(session, docker_archive([busybox_layer(), TOP], config=config_of([busybox_layer(), TOP], Cmd=["sh"])))
    path = save(session, tmp_path / "out", kind, "a:1")
    podman("load", "-q", "-i", path)
    assert podman("images", "--no-trunc", "-q") == f"sha256:{get_image(session, 'a:1').id}"
    if kind.startswith("oci"):
        digest = podman("images", "--digests", "--format", "{{.Digest}}")
        assert digest == manifest_digest(session, "a:1")


def test_podman_saves_and_the_same_image_is_loaded(session, tmp_path, podman):
    source = tmp_path / "in.tar"
    source.write_bytes(docker_archive([busybox_layer(), TOP]))
    podman("load", "-q", "-i", str(source))
    image_id = podman("images", "--no-trunc", "-q").removeprefix("sha256:")
    for kind in FORMATS:
        podman("save", "-q", "--format", kind, "-o", f"{tmp_path}/{kind}", "localhost/a:1")
        load_images(session, f"{tmp_path}/{kind}")
    assert find_image(session, image_id) is not None
    assert get_image(session, "a:1").id  # podman converts the config for the OCI formats, which changes the id


@pytest.mark.parametrize(("kind", "transport"), [
    ("docker-archive", "docker-archive"), ("oci-archive", "oci-archive"), ("oci-dir", "oci"), ("docker-dir", "dir"),
])  # fmt: skip
def test_skopeo_reads_what_is_saved(session, other, tmp_path, kind, transport):
    load_bytes(session, oci_archive([("localhost/a:1", oci_image([BOTTOM, TOP]))]))
    name = "" if transport == "dir" else ":localhost/a:1"
    where = f"{transport}:{save(session, tmp_path / 'out', kind, 'a:1')}{name}"
    config = skopeo("inspect", "--config", "--raw", where)
    assert hashlib.sha256(config).hexdigest() == get_image(session, "a:1").id
    if kind != "docker-archive":
        assert sha256(skopeo("inspect", "--raw", where)) == manifest_digest(session, "a:1")
    skopeo("copy", "-q", where, f"dir:{tmp_path}/copied")
    load_images(other, f"{tmp_path}/copied")
    assert list_images(other)[0].id == get_image(session, "a:1").id


def test_skopeo_writes_a_docker_archive_with_more_names_and_it_is_loaded(session, tmp_path):
    load_bytes(session, docker_archive([BOTTOM]))
    tag_image(session, "a:1", ["b:2"])
    path = save(session, tmp_path / "out.tar", "docker-archive", "a:1", "b:2")
    skopeo("copy", "-q", f"docker-archive:{path}:localhost/b:2", f"docker-archive:{tmp_path}/again.tar:quay.io/x/y:3",
           "--additional-tag", "quay.io/x/y:4")  # fmt: skip
    report = load_images(session, f"{tmp_path}/again.tar")
    assert report.names == ("quay.io/x/y:3", "quay.io/x/y:4")
    assert get_image(session, "quay.io/x/y:3").id == get_image(session, "a:1").id


def test_an_image_is_taken_from_a_file_by_its_transport_alone_or_by_its_name_in_it(session, other, tmp_path):
    load_bytes(session, docker_archive([BOTTOM]))
    load_bytes(session, docker_archive([BOTTOM, TOP], tags=("localhost/b:2",)))
    two = save(session, tmp_path / "two.tar", "docker-archive", "a:1", "b:2")
    renamed = save(session, tmp_path / "layout", "oci-dir", "a:1", name_there="there:9")
    with pytest.raises(InvalidInput, match=r"several images.*localhost/a:1"):
        ensure_image(other, f"docker-archive:{two}", policy="missing", platform="")
    with pytest.raises(NotFound, match="no image of the file has this name"):
        ensure_image(other, f"docker-archive:{two}:c", policy="missing", platform="")
    chosen = ensure_image(other, f"docker-archive:{two}:b:2", policy="never", platform="")
    assert chosen.id == get_image(session, "b:2").id
    assert find_image(other, "a:1") is None
    assert pull_image(other, f"oci:{renamed}:there:9", PullOptions()) == [get_image(session, "a:1").id]
    assert find_image(other, "there:9") is not None
    assert ensure_image(other, "containers-storage:b:2", policy="always", platform="").id == chosen.id
