"""Manifest lists in the making: rows, and the index that they give."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pycman.digest import digest_bytes
from pycman.errors import AlreadyExists, InvalidInput, NotFound
from pycman.images.catalogue import add_image, find_image, find_named, get_image, list_images, tag_image
from pycman.images.lists import catalogue
from pycman.images.lists.entry import ListEntry, ManifestList, index_bytes, index_object
from pycman.images.lists.sources import SourceOptions, entries_of
from pycman.images.manifest import DOCKER_INDEX, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST, Index, parse_manifest
from pycman.images.platform import Platform, host_platform
from pycman.images.remove import prune_images
from pycman.jsontext import format_json
from pycman.state import database
from tests.support.sessions import open_session

AMD = ListEntry(digest=f"sha256:{'a' * 64}", size_bytes=1, media_type=OCI_MANIFEST, os="linux", architecture="amd64")
ARM = ListEntry(
    digest=f"sha256:{'b' * 64}", size_bytes=2, media_type=OCI_MANIFEST, os="linux", architecture="arm", variant="v7",
    os_version="1", os_features=("f",), features=("g",), annotations={"k": "v"},
)  # fmt: skip


@pytest.fixture
def session(tmp_path):
    with open_session(tmp_path) as opened:
        yield opened


def test_a_list_gives_an_index_that_others_read() -> None:
    made = ManifestList(name="x", id="1", entries=(AMD, ARM), annotations={"a": "b"})
    index = parse_manifest(index_bytes(made))
    assert isinstance(index, Index)
    assert (index.media_type, index.annotations) == (OCI_INDEX, {"a": "b"})
    assert [(entry.architecture, entry.variant, entry.descriptor.digest) for entry in index.entries] == [
        ("amd64", "", AMD.digest), ("arm", "v7", ARM.digest),
    ]  # fmt: skip
    assert index_object(made)["manifests"][1] == {
        "mediaType": OCI_MANIFEST, "size": 2, "digest": ARM.digest, "annotations": {"k": "v"},
        "platform": {"architecture": "arm", "os": "linux", "os.version": "1", "os.features": ["f"], "variant": "v7", "features": ["g"]},
    }  # fmt: skip
    assert index_bytes(made) == index_bytes(made.replace(id="2"))


def test_the_format_is_that_of_the_images_or_what_is_asked_for() -> None:
    docker = ManifestList(name="x", id="1", entries=(AMD.replace(media_type=DOCKER_MANIFEST),))
    assert index_object(docker)["mediaType"] == DOCKER_INDEX
    assert index_object(docker.replace(annotations={"a": "b"}))["annotations"] == {"a": "b"}
    assert "annotations" not in index_object(docker.replace(annotations={"a": "b"}), "v2s2")
    assert index_object(ManifestList(name="x", id="1"))["mediaType"] == DOCKER_INDEX
    assert index_object(docker, "oci")["mediaType"] == OCI_INDEX
    assert index_object(ManifestList(name="x", id="1"), "v2s2")["mediaType"] == DOCKER_INDEX
    with pytest.raises(InvalidInput, match="not a manifest format"):
        index_object(docker, "v1")


def test_rows_of_a_list(session) -> None:
    made = catalogue.create_list(session, "web:1", [AMD], {"a": "1"})
    assert (made.name, made.entries, made.annotations, len(made.id)) == ("localhost/web:1", (AMD,), {"a": "1"}, 64)
    assert catalogue.find_list(session, "localhost/web:1") == made
    assert catalogue.find_list(session, made.id) == made
    assert catalogue.find_list(session, "web") is None
    with pytest.raises(AlreadyExists, match="--amend"):
        catalogue.create_list(session, "web:1", [], {})
    amended = catalogue.create_list(session, "web:1", [ARM], {"b": "2"}, amend=True)
    assert (amended.id, amended.entries, amended.annotations) == (made.id, (AMD, ARM), {"a": "1", "b": "2"})
    changed = catalogue.replace_entry(session, "web:1", AMD.replace(architecture="riscv64"))
    assert [entry.architecture for entry in changed.entries] == ["riscv64", "arm"]
    assert catalogue.add_entries(session, "web:1", [AMD]).entries == (AMD, ARM)
    assert catalogue.annotate_list(session, "web:1", {"a": "3"}).annotations == {"a": "3", "b": "2"}
    assert catalogue.remove_entry(session, "web:1", "a" * 12).entries == (ARM,)
    with pytest.raises(NotFound, match="no such manifest in"):
        catalogue.remove_entry(session, "web:1", AMD.digest)
    tag_image(session, made.id, ["other"])
    assert find_named(session, "other").is_list
    removed, names = catalogue.remove_list(session, "web:1")
    assert (removed.id, names) == (made.id, ("localhost/web:1", "localhost/other:latest"))
    with pytest.raises(NotFound, match="no such manifest list: web:1"):
        catalogue.remove_list(session, "web:1")


def _image(session, architecture, variant="", *names):
    config = format_json({"architecture": architecture, "variant": variant, "os": "linux"}).encode()
    return add_image(session, manifest=config, media_type=OCI_MANIFEST, config=config, layers=(), names=names)


def test_a_list_is_an_image_that_stands_for_its_image_for_this_machine(session) -> None:
    host = host_platform(os.uname().machine)
    own, other = _image(session, host.architecture), _image(session, "s390x")
    catalogue.create_list(session, "web:1", entries_of(session, other, SourceOptions()), {})
    assert find_named(session, "web:1").is_list
    assert find_image(session, "web:1") is None
    with pytest.raises(NotFound, match="the manifest list has no image for this machine"):
        get_image(session, "web:1")
    made = catalogue.add_entries(session, "web:1", entries_of(session, own, SourceOptions()))
    assert get_image(session, "web:1").id == own
    assert find_image(session, made.id[:12], platform=Platform(os="linux", architecture="s390x")).id == other
    assert [entry.digest for entry in entries_of(session, "web:1", SourceOptions())] == [made.entries[1].digest]
    assert entries_of(session, "web:1", SourceOptions(all=True)) == list(made.entries)
    row = find_named(session, "web:1")
    assert row.manifest_digest == digest_bytes(index_bytes(made))
    assert {(image.id, image.is_list, image.dangling) for image in list_images(session)} == {
        (own, False, False), (other, False, False), (made.id, True, False),
    }  # fmt: skip
    assert [image.id for image in list_images(session, [("manifest", "true")])] == [made.id]


def test_an_image_and_a_list_cannot_have_the_same_name(session) -> None:
    image = _image(session, "s390x", "", "localhost/web:1")
    with pytest.raises(AlreadyExists, match="there is an image of this name"):
        catalogue.create_list(session, "web:1", [], {}, amend=True)
    with pytest.raises(InvalidInput, match="it is an image and no manifest list"):
        catalogue.get_list(session, "web:1")
    made = catalogue.create_list(session, "list:1", [], {})
    tag_image(session, image, ["list:1"])
    assert (catalogue.find_list(session, "list:1"), catalogue.get_list(session, made.id).name) == (None, "")


def test_images_of_a_list_are_kept_by_prune_until_it_is_removed(session) -> None:
    other = _image(session, "s390x")
    catalogue.create_list(session, "web:1", entries_of(session, other, SourceOptions()), {})
    assert prune_images(session)[0] == []
    catalogue.remove_list(session, "web:1")
    assert prune_images(session)[0] == [other]


def test_lists_of_an_older_store_become_images(session) -> None:
    change = session.db.change
    change("DROP TABLE list_entries")
    for statement in _migration("0010").split(";\n"):
        change(statement)
    change("INSERT INTO manifest_lists VALUES ('localhost/web:1', ?, '{\"a\": \"b\"}', 5)", ("c" * 64,))
    change(
        "INSERT INTO manifest_list_entries VALUES ('localhost/web:1', ?, 1, ?)",
        (AMD.digest, format_json(AMD.to_dict())),
    )
    for statement in _migration("0011").split(";\n"):
        change(statement)
    found = catalogue.get_list(session, "web:1")
    assert (found.id, found.entries, found.annotations) == ("c" * 64, (AMD,), {"a": "b"})


def _migration(number: str) -> str:
    (path,) = Path(database.__file__).parent.glob(f"migrations/{number}_*.sql")
    return path.read_text()
