"""Artifacts: made of files, listed, written out again, kept by the garbage collection, removed."""

from __future__ import annotations

import os

import pytest

from pycman.digest import Descriptor, digest_bytes
from pycman.errors import AlreadyExists, Corrupt, InvalidInput, NotFound, Unsupported
from pycman.images.artifacts.add import AddOptions, add_files
from pycman.images.artifacts.artifact import TITLE, UNKNOWN_TYPE, media_type_of, new_manifest, parse_artifact
from pycman.images.artifacts.catalogue import find_artifact, get_artifact, list_artifacts, put_artifact, remove_artifact
from pycman.images.artifacts.extract import extract_files
from pycman.images.manifest import OCI_CONFIG, OCI_INDEX
from pycman.jsontext import format_json, parse_json
from pycman.storage.blobs import has_blob, put_bytes
from pycman.storage.gc import collect_garbage
from tests.support.sessions import open_session


@pytest.fixture
def session(tmp_path):
    with open_session(tmp_path) as opened:
        yield opened


@pytest.fixture
def files(tmp_path):
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "a.txt").write_text("text\n")
    (folder / "b.bin").write_bytes(b"\0\1")
    return [str(folder / "a.txt"), str(folder / "b.bin")]


def add(session, name, paths, **options):
    return add_files(session, name, paths, AddOptions(**options), now_ns=10**18)


def test_files_become_a_manifest_as_the_specification_says(session, files) -> None:
    digest = add(session, "team/model", files, annotations={"color": "blue"})
    found = get_artifact(session, "team/model")
    document = parse_json(found.manifest)
    assert (found.name, found.digest, digest_bytes(found.manifest)) == ("localhost/team/model:latest", digest, digest)
    assert document["artifactType"] == UNKNOWN_TYPE
    assert document["config"] == {
        "mediaType": "application/vnd.oci.empty.v1+json", "size": 2, "data": "e30=",
        "digest": "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
    }  # fmt: skip
    assert [layer["mediaType"] for layer in document["layers"]] == [
        "text/plain; charset=utf-8", "application/octet-stream",
    ]  # fmt: skip
    assert document["layers"][0]["annotations"] == {TITLE: "a.txt", "color": "blue"}
    assert document["annotations"] == {"org.opencontainers.image.created": "2001-09-09T01:46:40Z"}
    assert found.size_bytes == 7
    assert [artifact.name for artifact in list_artifacts(session)] == [found.name]


def test_an_artifact_is_found_by_name_and_digest(session, files) -> None:
    digest = add(session, "localhost/abc:1", files)
    for name in ("abc:1", "localhost/abc:1", digest, digest[7:19], f"localhost/abc:1@{digest}"):
        assert find_artifact(session, name), name
    for name in ("abc", "docker.io/abc:1", "sha256:" + "0" * 64, f"abc:1@sha256:{'0' * 64}"):
        assert find_artifact(session, name) is None, name


def test_append_and_replace(session, files) -> None:
    add(session, "x", files[:1], type="application/x-kind")
    with pytest.raises(AlreadyExists, match="use --append or --replace"):
        add(session, "x", files[1:])
    with pytest.raises(AlreadyExists, match="has a file of this name"):
        add(session, "x", files[:1], append=True)
    add(session, "x", files[1:], append=True)
    assert [layer.annotations[TITLE] for layer in get_artifact(session, "x").parsed.layers] == ["a.txt", "b.bin"]
    assert get_artifact(session, "x").type == "application/x-kind"
    add(session, "x", files[1:], overwrite=True)
    assert [layer.annotations[TITLE] for layer in get_artifact(session, "x").parsed.layers] == ["b.bin"]
    with pytest.raises(NotFound, match="no such artifact"):
        add(session, "y", files, append=True)
    with pytest.raises(NotFound):
        add(session, "z", ["/nonexistent/file"])
    assert find_artifact(session, "z") is None


def test_the_garbage_collection_keeps_its_blobs_until_it_is_removed(session, files) -> None:
    digest = add(session, "x", files)
    blobs = [layer.digest for layer in get_artifact(session, "x").parsed.layers]
    collect_garbage(session)
    assert all(has_blob(session, blob) for blob in blobs)
    assert remove_artifact(session, digest[7:20]) == digest
    assert not any(has_blob(session, blob) for blob in blobs)
    with pytest.raises(NotFound, match="no such artifact"):
        remove_artifact(session, "x")


def test_files_come_out_as_they_went_in(session, files, tmp_path) -> None:
    add(session, "x", files)
    out = tmp_path / "out"
    out.mkdir()
    (out / "a.txt").symlink_to("/nonexistent/elsewhere")  # is replaced, not followed
    extract_files(session, "x", str(out))
    assert (out / "a.txt").read_text() == "text\n" and (out / "b.bin").read_bytes() == b"\0\1"
    extract_files(session, "x", str(out / "one"), title="b.bin")
    assert (out / "one").read_bytes() == b"\0\1"
    extract_files(session, "x", str(out / "two"), digest=digest_bytes(b"text\n"))
    assert (out / "two").read_text() == "text\n"
    with pytest.raises(InvalidInput, match="several files"):
        extract_files(session, "x", str(out / "three"))
    with pytest.raises(NotFound, match="no such file"):
        extract_files(session, "x", str(out), title="c")
    assert sorted(os.listdir(out)) == ["a.txt", "b.bin", "one", "two"]


@pytest.mark.parametrize("title", ["../evil", "/etc/evil", "..", ".", "a/b"])
def test_a_title_cannot_lead_out_of_the_directory(session, tmp_path, title) -> None:
    digest = put_bytes(session, b"x", "text/plain")
    layer = Descriptor(media_type="text/plain", digest=digest, size_bytes=1, annotations={TITLE: title})
    raw = new_manifest([layer], "", {})
    put_artifact(session, "localhost/x:latest", raw, parse_artifact(raw, subject="x"))
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(InvalidInput, match="no name of a file"):
        extract_files(session, "x", str(out))
    assert not os.listdir(out)
    extract_files(session, "x", str(out / "named"))
    assert (out / "named").read_bytes() == b"x"


def test_images_and_indexes_are_no_artifacts() -> None:
    image = {"schemaVersion": 2, "config": {"mediaType": OCI_CONFIG, "digest": f"sha256:{'a' * 64}", "size": 1}}
    with pytest.raises(Unsupported, match="container image"):
        parse_artifact(format_json(image).encode(), subject="x")
    with pytest.raises(Unsupported, match="index"):
        parse_artifact(format_json({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": []}).encode(), subject="x")
    layer = Descriptor(media_type="t", digest=f"sha256:{'a' * 64}", size_bytes=1, annotations={TITLE: "same"})
    with pytest.raises(Corrupt, match="same"):
        new_manifest([layer, layer], "", {})


@pytest.mark.parametrize(
    ("start", "media_type"),
    [
        (b"", "text/plain; charset=utf-8"),
        ("Grüße\n".encode(), "text/plain; charset=utf-8"),
        (b"\x89PNG\r\n\x1a\n....", "image/png"),
        (b"\x1f\x8b\x08\0", "application/x-gzip"),
        (b"ELF\0\1", "application/octet-stream"),
    ],
    ids=["empty", "text", "png", "gzip", "binary"],
)
def test_the_media_type_is_told_by_the_content(start: bytes, media_type: str) -> None:
    assert media_type_of(start) == media_type


def test_two_files_of_one_title_do_not_take_each_others_place(session, tmp_path) -> None:
    def layer(data: bytes, title: str) -> Descriptor:
        put_bytes(session, data, "text/plain")
        return Descriptor(
            media_type="text/plain", digest=digest_bytes(data), size_bytes=len(data), annotations={TITLE: title}
        )

    def put(name: str, *layers: Descriptor) -> None:
        document = parse_json(new_manifest([], "a/b", {}))
        document["layers"] = [
            {
                "mediaType": each.media_type,
                "digest": each.digest,
                "size": each.size_bytes,
                "annotations": dict(each.annotations),
            }
            for each in layers
        ]
        raw = format_json(document).encode()
        put_artifact(session, f"localhost/{name}:latest", raw, parse_artifact(raw, subject=name))

    put("two", layer(b"one", "a"), layer(b"two", "a"))
    put("same", layer(b"one", "a"), layer(b"one", "a"))
    put("half", layer(b"one", "a\ud800"))
    with pytest.raises(InvalidInput, match="two files of this name"):
        extract_files(session, "two", str(tmp_path))
    assert not (tmp_path / "a").exists()
    assert extract_files(session, "same", str(tmp_path)) == [f"{tmp_path}/a"]
    assert (tmp_path / "a").read_bytes() == b"one"
    with pytest.raises(InvalidInput, match="no name of a file"):
        extract_files(session, "half", str(tmp_path))
