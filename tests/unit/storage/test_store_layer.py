"""A plain layer of unknown digest becomes blob and directory in one pass; of a wrong one neither is left."""

from __future__ import annotations

import gzip
import io
import os

import pytest

from pycman.errors import Corrupt, NoSpace
from pycman.storage import layer_blobs
from pycman.storage.blobs import open_blob
from pycman.storage.layers import find_layer
from pycman.storage.store_layer import store_layer
from tests.support.image_files import sha256, tar_of
from tests.support.sessions import open_session

PLAIN = tar_of({"a/b": b"text", "big": os.urandom(3_000_000)})


@pytest.fixture
def session(tmp_path):
    with open_session(tmp_path) as opened:
        yield opened


def store(session, data, diff_id="", leases=None):
    told = [] if leases is None else leases
    return store_layer(
        session, io.BytesIO(data), diff_id=diff_id or sha256(data), parent_chain_id="", take_lease=told.append
    )


def left(session) -> list[str]:
    """Return what is in the store besides empty folders."""
    paths = session.paths
    found = [
        f"{folder}/{name}"
        for top in (paths.layers, paths.blobs, paths.tmp)
        for folder, _, files in os.walk(top)
        for name in files
    ]
    return found + [
        str(dict(row)) for table in ("layers", "blobs") for row in session.db.rows(f"SELECT * FROM {table}")
    ]


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_blob_and_directory_have_the_content(session, pack) -> None:
    leases = []
    digest = store(session, pack(PLAIN), sha256(PLAIN), leases)
    with open_blob(session, digest) as blob:
        assert gzip.decompress(blob.read()) == PLAIN
    layer = find_layer(session, sha256(PLAIN))
    with open(f"{session.paths.layer(layer.name)}/a/b") as file:
        assert file.read() == "text"
    assert layer.blob_digest == digest
    assert leases == [digest]
    row = session.db.row("SELECT * FROM blobs")
    assert (row["digest"], row["diff_id"]) == (digest, sha256(PLAIN))
    assert row["size_bytes"] == os.stat(session.paths.blob(digest)).st_size
    assert not os.listdir(session.paths.tmp)


def test_bytes_after_the_end_of_the_tar_belong_to_the_blob(session) -> None:
    data = PLAIN + bytes(1024) + b"more" * 300_000
    with open_blob(session, store(session, data)) as blob:
        assert gzip.decompress(blob.read()) == data


def test_a_layer_that_is_there_gets_its_blob_again(session) -> None:
    digest = store(session, PLAIN)
    os.unlink(session.paths.blob(digest))
    assert store(session, PLAIN) == digest
    with open_blob(session, digest) as blob:
        assert gzip.decompress(blob.read()) == PLAIN


@pytest.mark.parametrize(
    ("data", "diff_id", "says"),
    [
        (PLAIN, sha256(b""), "the content has digest"),
        (PLAIN[:1_000_000], sha256(PLAIN), "the content has digest"),
        (PLAIN[:1_000_000], "", "truncated"),
        (b"x" * 2_000_000, "", "not a tar archive"),
        (b"x" * 2_000_000, sha256(PLAIN), "the content has digest"),
        (tar_of({"../out": b"x"}), "", "outside of its layer"),
        (b"", "", "empty"),
    ],
    ids=["wrong", "truncated and wrong", "truncated", "no tar", "no tar and wrong", "leaving", "empty"],
)
def test_of_a_wrong_layer_nothing_is_left(session, data, diff_id, says) -> None:
    with pytest.raises(Corrupt, match=says):
        store(session, data, diff_id)
    assert not left(session)
    store(session, PLAIN)


def test_of_a_layer_whose_blob_cannot_be_written_nothing_is_left(session, monkeypatch) -> None:
    class Full:
        def __init__(self, sink) -> None:
            del sink

        def write(self, data) -> int:
            del data
            raise OSError(28, os.strerror(28))

        def close(self) -> None:
            """Never reached."""

    with monkeypatch.context() as patch:
        patch.setattr(layer_blobs, "GzipWriter", Full)
        with pytest.raises(NoSpace, match="no space"):
            store(session, PLAIN)
    assert not left(session)
    store(session, PLAIN)
