"""Commands that show images: inspect, history, tree, diff, mount."""

from __future__ import annotations

import io
import os

import pytest

from pycman.errors import NotFound, WrongState
from pycman.images.archive.load import load_images
from pycman.images.catalogue import get_image, tag_image
from pycman.images.diff import diff_image
from pycman.images.inspect import inspect_image
from pycman.images.make.commit import CommitOptions, commit_layer
from pycman.images.make.history import image_history
from pycman.images.mount import list_mounted, mount_image, unmount_image
from pycman.images.tree import image_tree
from tests.support.image_files import config_of, docker_archive, sha256, tar_of
from tests.support.sessions import open_session

BOTTOM = tar_of({"etc/keep": b"1", "etc/change": b"old", "etc/gone": b"x" * 100}, directories=["etc"])
TOP = tar_of({"etc/change": b"newer", "etc/.wh.gone": b"", "new/file": b""}, directories=["etc", "new"])


@pytest.fixture
def session(tmp_path):
    with open_session(tmp_path) as opened:
        load_images(opened, io.BytesIO(docker_archive([BOTTOM], tags=["localhost/base:1"])))
        config = config_of([BOTTOM, TOP], Cmd=["sh"], Labels={"k": "v"}, User="me", Env=["A=1"])
        load_images(opened, io.BytesIO(docker_archive([BOTTOM, TOP], tags=["localhost/two:1"], config=config)))
        yield opened


def test_inspect_has_dockers_and_podmans_names(session):
    found = inspect_image(session, "two:1")
    image = get_image(session, "two:1")
    assert found["Id"] == image.id
    assert found["RepoTags"] == ["localhost/two:1"]
    assert found["RepoDigests"] == [f"localhost/two@{found['Digest']}"]
    assert found["Created"] == "2024-01-02T03:04:05Z"
    given = {"Cmd": ["sh"], "Labels": {"k": "v"}, "User": "me", "Env": ["A=1"]}
    assert {name: value for name, value in found["Config"].items() if value} == given
    assert found["RootFS"] == {"Type": "layers", "Layers": [sha256(BOTTOM), sha256(TOP)]}
    assert (found["Labels"], found["User"], found["Os"], found["Architecture"]) == ({"k": "v"}, "me", "linux", "amd64")
    assert found["Size"] == found["VirtualSize"] == image.size_bytes == 1 + 3 + 100 + 5
    assert os.path.isdir(found["GraphDriver"]["Data"]["UpperDir"])
    assert {"Parent", "Comment", "DockerVersion", "Author", "Variant", "Metadata", "Annotations", "ManifestType",
            "History", "NamesHistory", "Healthcheck", "Version", "OsVersion"} <= set(found)  # fmt: skip


def test_history_is_newest_first_with_sizes(session):
    entries = image_history(session, "two:1")
    assert [(entry.created_by, entry.size_bytes) for entry in entries] == [("step 1", 5), ("step 0", 104)]
    assert entries[0].id == get_image(session, "two:1").id
    assert entries[0].tags == ("localhost/two:1",)
    assert entries[1].id == ""


def test_history_has_empty_steps_and_layers_without_an_entry(session):
    config = config_of([BOTTOM, TOP]).replace(
        b'"history": [', b'"history": [{"created_by": "CMD x", "empty_layer": true}], "ignored": ['
    )
    load_images(session, io.BytesIO(docker_archive([BOTTOM, TOP], tags=["localhost/odd:1"], config=config)))
    entries = image_history(session, "odd:1")
    assert [(entry.created_by, entry.empty_layer, entry.size_bytes) for entry in entries] == [
        ("CMD x", True, 0),
        ("", False, 5),
        ("", False, 104),
    ]


def test_history_names_the_images_a_commit_was_made_from(session, tmp_path):
    (tmp_path / "upper").mkdir()
    commit_layer(session, get_image(session, "two:1"), str(tmp_path / "upper"), CommitOptions(reference="three"), {})
    entries = image_history(session, "three")
    assert [entry.tags for entry in entries] == [("localhost/three:latest",), ("localhost/two:1",), ()]


def test_the_tree_shows_layers_from_the_bottom_and_whose_top_they_are(session):
    lines = image_tree(session, "two:1").splitlines()
    image = get_image(session, "two:1")
    assert lines[0] == f"Image ID: {image.id[:12]}"
    assert lines[1:4] == ["Tags:     [localhost/two:1]", "Size:     109B", "Image Layers"]
    assert lines[4].startswith("├── ID: ")
    assert lines[4].endswith("Size:    104B Top Layer of: [localhost/base:1]")
    assert lines[5].startswith("└── ID: ")
    assert lines[5].endswith("Size:      5B Top Layer of: [localhost/two:1]")


def test_the_tree_shows_the_images_built_on_an_image(session):
    lines = image_tree(session, "base:1", what_requires=True).splitlines()
    assert lines[4].startswith("└── ID: ")
    assert lines[5].startswith("    └── ID: ")
    assert lines[5].endswith("Top Layer of: [localhost/two:1]")


def test_diff_is_what_the_top_layer_changed(session):
    changes = [(change.kind, change.path) for change in diff_image(session, "two:1")]
    assert changes == [("C", "/etc"), ("C", "/etc/change"), ("D", "/etc/gone"), ("A", "/new"), ("A", "/new/file")]


def test_diff_of_two_images_goes_both_ways(session):
    forth = [(change.kind, change.path) for change in diff_image(session, "two:1", "base:1")]
    assert forth == [("C", "/etc"), ("C", "/etc/change"), ("D", "/etc/gone"), ("A", "/new"), ("A", "/new/file")]
    back = [(change.kind, change.path) for change in diff_image(session, "base:1", "two:1")]
    assert back == [("C", "/etc"), ("C", "/etc/change"), ("A", "/etc/gone"), ("D", "/new")]
    assert list_mounted(session) == []


def test_a_mount_is_read_only_and_counted(session):
    path = mount_image(session, "two:1")
    assert mount_image(session, get_image(session, "two:1").id[:8]) == path
    with open(f"{path}/etc/change", encoding="ascii") as file:
        assert file.read() == "newer"
    with pytest.raises(OSError, match="Read-only"):
        os.unlink(f"{path}/etc/change")
    assert list_mounted(session) == [(get_image(session, "two:1").id, path)]
    unmount_image(session, "two:1")
    assert os.path.ismount(path)
    unmount_image(session, "two:1")
    assert not os.path.exists(path)
    with pytest.raises(WrongState):
        unmount_image(session, "two:1")


def test_an_image_of_one_layer_can_be_mounted(session):
    path = mount_image(session, "base:1")
    assert sorted(os.listdir(f"{path}/etc")) == ["change", "gone", "keep"]
    unmount_image(session, "base:1", force=True)
    assert list_mounted(session) == []


@pytest.mark.parametrize("verb", [inspect_image, image_history, image_tree, diff_image, mount_image, unmount_image])
def test_a_missing_image_is_named(session, verb):
    with pytest.raises(NotFound, match="no such image: nosuch"):
        verb(session, "nosuch")


def test_several_names_are_shown_together(session):
    tag_image(session, "two:1", ["quay.io/x:2"])
    found = inspect_image(session, "two:1")
    assert found["RepoTags"] == ["localhost/two:1", "quay.io/x:2"]
    assert found["RepoDigests"] == [f"localhost/two@{found['Digest']}", f"quay.io/x@{found['Digest']}"]
