"""Manifest lists in the making: rows, and the index that they give."""

from __future__ import annotations

import pytest

from pycman.errors import AlreadyExists, InvalidInput, NotFound
from pycman.images.lists import catalogue
from pycman.images.lists.entry import ListEntry, ManifestList, index_bytes, index_object
from pycman.images.manifest import DOCKER_INDEX, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST, Index, parse_manifest
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
    assert catalogue.remove_list(session, "web:1").id == made.id
    with pytest.raises(NotFound, match="no such manifest list: web:1"):
        catalogue.remove_list(session, "web:1")
