"""An image of more layers than Linux mounts is refused before a layer of it is stored."""

from __future__ import annotations

import io

import pytest

from pycman.errors import Unsupported
from pycman.images.archive.load import load_images
from pycman.images.manifest import diff_ids
from tests.support.image_files import docker_archive, sha256, tar_of
from tests.support.sessions import open_session

LAYER = tar_of({"a": b"x"})


def test_as_many_as_can_be_mounted_are_taken() -> None:
    assert len(diff_ids({"rootfs": {"diff_ids": [sha256(LAYER)] * 500}})) == 500
    with pytest.raises(Unsupported, match="it has 501 layers, and 500 can be mounted"):
        diff_ids({"rootfs": {"diff_ids": [sha256(LAYER)] * 501}})


def test_of_an_archive_with_more_nothing_is_stored(tmp_path) -> None:
    with open_session(tmp_path) as session:
        with pytest.raises(Unsupported, match="501 layers"):
            load_images(session, io.BytesIO(docker_archive([LAYER] * 501)))
        assert session.db.value("SELECT COUNT(*) FROM blobs") == 0
        assert session.db.value("SELECT COUNT(*) FROM layers") == 0
