"""Hostile archives: invalid, truncated, huge, recursive, with names that lead outside. Nothing of them is left."""

from __future__ import annotations

import gzip
import io
import json
import os
import random
import tarfile

import pytest

from pycman.errors import Corrupt, InvalidInput, NotFound, PycmanError
from pycman.images.archive.load import load_images
from pycman.images.catalogue import list_images
from tests.support.image_files import (
    OCI_INDEX,
    OCI_MANIFEST,
    blob_name,
    config_of,
    descriptor,
    docker_archive,
    oci_archive,
    oci_image,
    sha256,
    tar_of,
)
from tests.support.sessions import open_session

LAYER = tar_of({"etc/a": b"a" * 3000}, directories=["etc"])
OTHER = tar_of({"etc/b": b"b" * 3000})


@pytest.fixture
def session(tmp_path):
    with open_session(tmp_path) as opened:
        yield opened


def refuse(session, data, kind, problem=""):
    """Load, and expect an error that leaves nothing behind."""
    source = io.BytesIO(data) if isinstance(data, bytes) else data
    with pytest.raises(kind, match=problem or None):
        load_images(session, source)
    left_nothing(session)


def left_nothing(session):
    assert list_images(session, all=True) == []
    for path in (session.paths.layers, session.paths.tmp, session.paths.partial_blobs, f"{session.paths.blobs}/sha256"):
        assert os.listdir(path) == []
    for table in ("blobs", "layers", "leases", "image_names", "events"):
        assert session.db.value(f"SELECT COUNT(*) FROM {table}") == 0


def manifest_json(**entry):
    return json.dumps([{"Config": "c.json", "RepoTags": ["a:1"], "Layers": ["l.tar"], **entry}]).encode()


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", InvalidInput),
        (b"hello", Corrupt),
        (b"\0" * 10240, InvalidInput),
        (os.urandom(5000), Corrupt),
        (gzip.compress(b"hello"), Corrupt),
        (tar_of({"etc/passwd": b"x"}), InvalidInput),
    ],
)
def test_a_file_that_is_not_an_image_archive_is_refused(session, data, kind):
    refuse(session, data, kind)


@pytest.mark.parametrize("cut", [100, 513, 3000, 6000, -3000, -1025, -20])
def test_a_truncated_compressed_archive_leaves_nothing(session, cut):
    refuse(session, gzip.compress(docker_archive([LAYER, OTHER]), 0)[:cut], PycmanError)


@pytest.mark.parametrize("part", range(1, 12))
def test_a_plain_archive_cut_anywhere_before_its_documents_leaves_nothing(session, part):
    data = docker_archive([LAYER, OTHER])
    end = data.index(b"manifest.json")
    refuse(session, data[: end * part // 12], PycmanError)


def test_a_layer_with_another_diff_id_is_refused(session):
    refuse(session, docker_archive([LAYER], blobs=[OTHER]), Corrupt, "has digest")


def test_an_invalid_second_image_keeps_the_first_one_from_being_loaded(session):
    good = oci_image([LAYER])
    manifest, files = oci_image([OTHER])
    files[blob_name(OTHER)] = OTHER[:-1] + b"x"
    refuse(session, oci_archive([("a:1", good), ("b:1", (manifest, files))]), Corrupt)


@pytest.mark.parametrize("what", ["config", "manifest", "layer"])
def test_a_blob_with_another_digest_is_refused(session, what):
    manifest, files = oci_image([LAYER])
    name = blob_name({"config": config_of([LAYER]), "manifest": manifest, "layer": LAYER}[what])
    files[name] = files[name].replace(b"linux", b"Linux") if what != "layer" else OTHER
    if what == "manifest":
        files[name] = manifest + b" "
    refuse(session, oci_archive([("a:1", (manifest, files))]), Corrupt)


@pytest.mark.parametrize("size", [0, 5, 1 << 40, -1])
def test_a_layer_of_another_size_than_its_descriptor_is_refused(session, size):
    manifest, files = oci_image([LAYER])
    document = json.loads(manifest)
    document["layers"][0]["size"] = size
    changed = json.dumps(document).encode()
    files[blob_name(changed)] = changed
    refuse(session, oci_archive([("a:1", (changed, files))]), Corrupt)


@pytest.mark.parametrize("missing", ["config", "layer", "manifest"])
def test_the_error_names_the_missing_file(session, missing):
    manifest, files = oci_image([LAYER])
    del files[blob_name({"config": config_of([LAYER]), "manifest": manifest, "layer": LAYER}[missing])]
    refuse(session, oci_archive([("a:1", (manifest, files))]), Corrupt, "lacks this file")


@pytest.mark.parametrize(
    "document",
    [b"", b"{", b"[]", b"[1]", b"null", b'"x"', b"[{}]", b'[{"Config": "c.json", "Layers": 5}]', b"[" * 100_000,
     manifest_json(Config=None), manifest_json(Layers=None), manifest_json(Layers=["../../etc/passwd"]),
     manifest_json(Config="/etc/passwd"), manifest_json(RepoTags=["NOT A NAME"]), manifest_json(Layers=["l.tar"] * 2),
     manifest_json(RepoTags=5), b"\xff\xfe", b'[{"Config": {}, "Layers": [[]]}]'],
)  # fmt: skip
def test_an_invalid_manifest_json_is_refused(session, document):
    refuse(session, tar_of({"l.tar": LAYER, "c.json": config_of([LAYER]), "manifest.json": document}), PycmanError)


@pytest.mark.parametrize(
    "config",
    [b"", b"[]", b"{", b"{}", b'{"rootfs": 5}', b'{"rootfs": {"diff_ids": ["x"]}}', b'{"rootfs": {"diff_ids": 7}}',
     b'{"rootfs": {"type": "layers", "diff_ids": []}}', b"\xff" * 10],
)  # fmt: skip
def test_an_inconsistent_config_is_refused(session, config):
    refuse(session, docker_archive([LAYER], config=config), PycmanError)


@pytest.mark.parametrize(
    "index",
    [b"{}", b"[]", b'{"manifests": []}', b'{"manifests": 5}', b'{"manifests": [{}]}', b'{"manifests": [{"digest": 5}]}',
     json.dumps({"manifests": [{"digest": "sha256:../../../../etc/passwd", "size": 1}]}).encode(),
     json.dumps({"manifests": [{"digest": "md5:" + "0" * 32, "size": 1}]}).encode()],
)  # fmt: skip
def test_an_invalid_index_is_refused(session, index):
    refuse(session, tar_of({"index.json": index, "oci-layout": b"{}"}), PycmanError)


def test_indexes_nested_without_end_are_refused(session):
    files = {}
    inner = oci_image([LAYER])[0]
    files.update(oci_image([LAYER])[1])
    for _ in range(10):
        outer = json.dumps(
            {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [descriptor(inner, OCI_INDEX)]}
        ).encode()
        files[blob_name(outer)] = outer
        inner = outer
    top = {"schemaVersion": 2, "manifests": [descriptor(inner, OCI_INDEX)]}
    refuse(
        session,
        tar_of({**files, "index.json": json.dumps(top).encode(), "oci-layout": b"{}"}),
        PycmanError,
    )


def test_links_in_an_archive_lead_nowhere_outside(session):
    files = {
        "l.tar": ("symlink", "/etc/passwd"),
        "c.json": ("symlink", "../../../../etc/hostname"),
        "manifest.json": manifest_json(),
    }
    refuse(session, tar_of(files), Corrupt)


def test_links_in_a_loop_end(session):
    files = {"l.tar": ("symlink", "m.tar"), "m.tar": ("symlink", "l.tar"), "c.json": config_of([LAYER]),
             "manifest.json": manifest_json()}  # fmt: skip
    refuse(session, tar_of(files), Corrupt, "lacks this layer")


def test_links_in_a_directory_lead_nowhere_outside(session, tmp_path):
    layout = tmp_path / "layout"
    layout.mkdir()
    (layout / "oci-layout").write_text("{}")
    (layout / "index.json").symlink_to("/etc/passwd")
    refuse(session, str(layout), PycmanError)


def test_a_fifo_in_a_directory_does_not_hang(session, tmp_path):
    layout = tmp_path / "layout"
    layout.mkdir()
    (layout / "oci-layout").write_text("{}")
    os.mkfifo(layout / "index.json")
    refuse(session, str(layout), Corrupt, "not an ordinary file")


@pytest.mark.parametrize("name", ["manifest.json", "config.json"])
def test_a_huge_document_is_refused(session, name):
    big = b" " * (5 << 20) + b"[]"
    files = {"0/layer.tar": LAYER, "config.json": config_of([LAYER]), "manifest.json": manifest_json()}
    refuse(session, tar_of({**files, name: big, "c.json": big}), Corrupt, "larger than")


def test_a_zip_bomb_of_a_document_stops_at_its_limit(session):
    data = gzip.compress(tar_of({"manifest.json": b"[" + b" " * (64 << 20) + b"]"}))
    refuse(session, data, Corrupt, "larger than")


def test_an_archive_of_very_many_members_is_refused(session):
    output = io.BytesIO()
    with tarfile.open(fileobj=output, mode="w") as archive:
        for number in range(100_003):
            archive.addfile(tarfile.TarInfo(f"{number}"))
    refuse(session, gzip.compress(output.getvalue(), 1), Corrupt, "more than")


def test_an_image_only_for_another_platform_is_an_error(session):
    manifest, files = oci_image([LAYER])
    index = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": OCI_INDEX,
            "manifests": [descriptor(manifest, OCI_MANIFEST, platform={"os": "linux", "architecture": "s390x"})],
        }
    ).encode()
    top = {"schemaVersion": 2, "manifests": [descriptor(index, OCI_INDEX)]}
    data = tar_of({**files, blob_name(index): index, "index.json": json.dumps(top).encode(), "oci-layout": b"{}"})
    refuse(session, data, NotFound, "s390x")


def test_escaping_entries_of_a_layer_stay_inside(session, tmp_path):
    outside = tmp_path / "outside"
    layer = tar_of({"../../../../../../tmp/x": b"x", "link": ("symlink", str(tmp_path)), "link/outside": b"x"})
    try:
        load_images(session, io.BytesIO(docker_archive([layer])))
    except Corrupt:
        left_nothing(session)
    assert not outside.exists()
    assert not os.path.exists("/tmp/x")


@pytest.mark.parametrize("seed", range(40))
def test_random_damage_is_an_error_of_ours_or_harmless(session, seed):
    random.seed(seed)
    data = bytearray(docker_archive([LAYER]) if seed % 2 else oci_archive([("a:1", oci_image([LAYER]))]))
    for _ in range(random.choice([1, 5, 50])):
        data[random.randrange(len(data))] = random.randrange(256)
    try:
        load_images(session, io.BytesIO(bytes(data)))
    except PycmanError:
        left_nothing(session)
    else:  # the damage hit padding, a name, or a file that nothing needs
        layers = session.db.rows("SELECT diff_id FROM image_layers")
        assert [row["diff_id"] for row in layers] == [sha256(LAYER)]
