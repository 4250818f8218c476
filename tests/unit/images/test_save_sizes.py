"""`save` writes a layer's plain tar as it decompresses it where its size is known, and the same archive where it is not."""

from __future__ import annotations

import io
import tarfile

import pytest

from pycman.errors import Corrupt
from pycman.images.archive.load import load_images
from pycman.images.archive.save import SaveOptions, save_images
from tests.support.image_files import docker_archive, sha256, tar_of
from tests.support.sessions import open_session

LAYERS = [tar_of({f"{number}": bytes([number]) * 1_000_000}) for number in range(2)]


@pytest.fixture
def session(tmp_path):
    with open_session(tmp_path) as opened:
        load_images(opened, io.BytesIO(docker_archive(LAYERS)))
        yield opened


def save(session, **options) -> bytes:
    output = io.BytesIO()
    save_images(session, ["a:1"], output, SaveOptions(**options))
    return output.getvalue()


def test_the_archive_is_the_same_whether_the_sizes_are_known(session) -> None:
    sizes = [row["tar_bytes"] for row in session.db.rows("SELECT tar_bytes FROM layers ORDER BY tar_bytes")]
    assert sizes == sorted(len(layer) for layer in LAYERS)
    options = ({"format": "docker-archive"}, {"format": "oci-archive", "uncompressed": True})
    known = [save(session, **each) for each in options]
    session.db.change("UPDATE layers SET tar_bytes = 0")
    assert [save(session, **each) for each in options] == known
    with tarfile.open(fileobj=io.BytesIO(known[0])) as archive:
        assert [archive.extractfile(f"{sha256(layer)[7:]}.tar").read() for layer in LAYERS] == LAYERS


@pytest.mark.parametrize("size", [1, len(LAYERS[0]) - 512, len(LAYERS[0]) + 512])
def test_a_size_that_is_wrong_is_an_error_and_no_whole_archive(session, size) -> None:
    session.db.change("UPDATE layers SET tar_bytes = ?", (size,))
    output = io.BytesIO()
    with pytest.raises(Corrupt):
        save_images(session, ["a:1"], output, SaveOptions())
    assert b"manifest.json" not in output.getvalue()


def test_a_damaged_blob_is_an_error_at_its_end(session) -> None:
    first = session.db.value("SELECT blob_digest FROM image_layers WHERE position = 0")
    other = session.db.value("SELECT blob_digest FROM image_layers WHERE position = 1")
    with open(session.paths.blob(other), "rb") as source, open(session.paths.blob(first), "wb") as target:
        target.write(source.read())
    with pytest.raises(Corrupt, match="damaged"):
        save(session)
