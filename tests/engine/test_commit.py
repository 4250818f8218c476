"""Images made from the changes of a container."""

from __future__ import annotations

import io
import json
import os

import pytest

from pycman.build.plan.config_changes import apply_changes
from pycman.errors import InvalidInput
from pycman.images.archive.load import load_images
from pycman.images.catalogue import get_image, layers_of, list_images, read_documents
from pycman.images.make.commit import CommitOptions, commit_layer
from pycman.images.mount import mount_image, unmount_image
from tests.support.image_files import config_of, docker_archive, tar_of
from tests.support.sessions import open_session

BASE = tar_of({"etc/a": b"a", "etc/b": b"b"}, directories=["etc"])


@pytest.fixture
def session(tmp_path):
    with open_session(tmp_path) as opened:
        config = config_of([BASE], Cmd=["sh"], Env=["A=1"], Labels={"k": "v"})
        load_images(opened, io.BytesIO(docker_archive([BASE], tags=["localhost/base:1"], config=config)))
        yield opened


@pytest.fixture
def upper(tmp_path):
    """Return an upper directory as overlayfs leaves it: one new file, one whiteout."""
    (tmp_path / "upper" / "etc").mkdir(parents=True)
    (tmp_path / "upper" / "etc" / "new").write_text("new")
    os.mknod(tmp_path / "upper" / "etc" / "b", 0o020000, 0)
    return str(tmp_path / "upper")


def commit(session, upper, overrides=None, **options):
    return commit_layer(
        session, get_image(session, "base:1"), upper, CommitOptions(**options), overrides or {}, edit=apply_changes
    )


def test_a_commit_adds_one_layer_to_the_image(session, upper):
    image_id = commit(session, upper, reference="mine", message="why", author="me")
    image = get_image(session, "mine")
    base = get_image(session, "base:1")
    assert image.id == image_id
    assert image.parent_id == base.id
    assert [layer.chain_id for layer in layers_of(session, image_id)][:1] == [
        layer.chain_id for layer in layers_of(session, base.id)
    ]
    config = image.config
    assert config["author"] == "me"
    assert config["config"] == {"Cmd": ["sh"], "Env": ["A=1"], "Labels": {"k": "v"}}
    assert config["history"][-1]["comment"] == "why"
    assert len(config["rootfs"]["diff_ids"]) == 2
    path = mount_image(session, image_id)
    assert sorted(os.listdir(f"{path}/etc")) == ["a", "new"]
    unmount_image(session, image_id)


def test_the_containers_config_changes_and_instructions_come_in_this_order(session, upper):
    commit(
        session,
        upper,
        {"Cmd": ["from", "container"], "User": "one", "Env": ["A=2", "B=3"]},
        reference="mine",
        config={"User": "two"},
        changes=("ENV C=$B", "WORKDIR /srv"),
    )
    assert get_image(session, "mine").config["config"] == {
        "Cmd": ["from", "container"],
        "Env": ["A=2", "B=3", "C=3"],
        "Labels": {"k": "v"},
        "User": "two",
        "WorkingDir": "/srv",
    }


def test_squash_makes_one_layer_of_all(session, upper):
    image_id = commit(session, upper, reference="flat", squash=True)
    assert len(layers_of(session, image_id)) == 1
    assert get_image(session, "flat").parent_id == ""
    path = mount_image(session, "flat")
    assert sorted(os.listdir(f"{path}/etc")) == ["a", "new"]
    unmount_image(session, "flat")
    assert os.listdir(session.paths.tmp) == []


@pytest.mark.parametrize(("kind", "word"), [("oci", "oci.image.manifest"), ("docker", "docker.distribution.manifest")])
def test_the_format_is_that_of_the_manifest(session, upper, kind, word):
    image_id = commit(session, upper, format=kind, message="m")
    manifest = json.loads(read_documents(session, image_id)[0])
    assert word in manifest["mediaType"]
    kinds = {layer["mediaType"].split(".")[1] for layer in manifest["layers"]} | {
        manifest["config"]["mediaType"].split(".")[1]
    }
    assert kinds == {"oci" if kind == "oci" else "docker"}
    assert get_image(session, image_id).config.get("comment") == (None if kind == "oci" else "m")


def test_without_a_base_there_is_only_the_layer(session, upper):
    image_id = commit_layer(session, None, upper, CommitOptions(), {"Cmd": ["/x"]})
    image = get_image(session, image_id)
    assert (image.dangling, image.config["config"], len(layers_of(session, image_id))) == (True, {"Cmd": ["/x"]}, 1)


def test_a_name_moves_to_the_new_image(session, upper):
    base_id = get_image(session, "base:1").id
    commit(session, upper, reference="localhost/base:1")
    assert get_image(session, base_id).names == ()


@pytest.mark.parametrize(
    "options",
    [{"format": "zip"}, {"reference": "Not A Name"}, {"changes": ("RUN make",)}, {"reference": "a@sha256:" + "0" * 64}],
)
def test_an_invalid_commit_is_refused_and_leaves_nothing(session, upper, options):
    before = [image.id for image in list_images(session, all=True)]
    with pytest.raises(InvalidInput):
        commit(session, upper, **options)
    assert [image.id for image in list_images(session, all=True)] == before
    assert os.listdir(session.paths.tmp) == []
