"""Blobs: verified, resumed, fetched once, and never half there."""

from __future__ import annotations

import io
import os
import threading

import pytest

from pycman.digest import digest_bytes, new_hash
from pycman.errors import Corrupt, InvalidInput, NotFound
from pycman.storage.blobs import BlobWriter, has_blob, open_blob, put_blob, put_bytes, read_blob, remove_blob
from tests.support.sessions import open_session

DATA = os.urandom(1_000_000)
DIGEST = digest_bytes(DATA)


@pytest.fixture
def session(tmp_path):
    with open_session(tmp_path) as opened:
        yield opened


def test_a_blob_is_kept_and_read_back(session):
    put_blob(session, io.BytesIO(DATA), DIGEST, len(DATA), media_type="x/y")
    assert has_blob(session, DIGEST)
    with open_blob(session, DIGEST) as file:
        assert file.read() == DATA
    assert tuple(session.db.row("SELECT size_bytes, media_type FROM blobs")) == (len(DATA), "x/y")
    assert os.listdir(session.paths.partial_blobs) == []


def test_other_registered_algorithms_work_too(session):
    digest = new_hash("sha512")
    digest.update(DATA)
    name = f"sha512:{digest.hexdigest()}"
    put_blob(session, io.BytesIO(DATA), name)
    assert read_blob(session, name) == DATA


def test_a_digest_that_is_none_never_becomes_a_path(session):
    for text in ("sha256:../../../etc/passwd", "md5:00", "sha256:", "../x", "sha256:" + "A" * 64):
        with pytest.raises(InvalidInput):
            open_blob(session, text)


@pytest.mark.parametrize(
    ("data", "size", "says"),
    [
        (DATA[:-1], len(DATA), "bytes instead of"),
        (DATA + b"x", len(DATA), "more than the"),
        (DATA[:-1] + b"x", len(DATA), "the content has digest"),
        (b"", -1, "the content has digest"),
    ],
)
def test_wrong_bytes_are_refused_and_are_no_blob(session, data, size, says):
    if data[-1:] == DATA[-1:] and len(data) == len(DATA):
        data = data[:-1] + bytes([DATA[-1] ^ 1])
    with pytest.raises(Corrupt) as caught:
        put_blob(session, io.BytesIO(data), DIGEST, size)
    assert says in caught.value.problem
    assert not has_blob(session, DIGEST)
    with pytest.raises(NotFound):
        open_blob(session, DIGEST)


def test_a_broken_download_is_gone_on_with(session):
    with BlobWriter(session, DIGEST, len(DATA)) as writer:
        writer.write(DATA[:300_000])
    with BlobWriter(session, DIGEST, len(DATA)) as writer:
        assert writer.offset == 300_000
        writer.write(DATA[300_000:])
        writer.commit()
    assert has_blob(session, DIGEST)


def test_a_wrong_beginning_is_found_at_the_end_and_thrown_away(session):
    with BlobWriter(session, DIGEST, len(DATA)) as writer:
        writer.write(b"wrong" * 1000)
    with BlobWriter(session, DIGEST, len(DATA)) as writer:
        writer.write(DATA[5000:])
        with pytest.raises(Corrupt):
            writer.commit()
    with BlobWriter(session, DIGEST, len(DATA)) as writer:
        assert writer.offset == 0


def test_who_waits_for_a_blob_finds_it_present(session):
    found = []

    def second():
        with BlobWriter(session, DIGEST, len(DATA)) as writer:
            found.append(writer.present)

    with BlobWriter(session, DIGEST, len(DATA)) as writer:
        waiting = threading.Thread(target=second)
        waiting.start()
        writer.write(DATA)
        assert found == []
        writer.commit()
    waiting.join()
    assert found == [True]


def test_who_waits_for_a_blob_takes_over_when_its_writer_gives_up(session):
    offsets = []

    def second():
        with BlobWriter(session, DIGEST, len(DATA)) as writer:
            offsets.append(writer.offset)
            writer.write(DATA[writer.offset :])
            writer.commit()

    with BlobWriter(session, DIGEST, len(DATA)) as writer:
        waiting = threading.Thread(target=second)
        waiting.start()
        writer.write(DATA[:1000])
    waiting.join()
    assert offsets == [1000]
    assert has_blob(session, DIGEST)


@pytest.mark.parametrize("harm", ["removed", "cut"])
def test_a_blob_whose_file_is_lost_or_cut_is_not_there_and_can_be_fetched_again(session, harm):
    put_blob(session, io.BytesIO(DATA), DIGEST)
    if harm == "removed":
        os.unlink(session.paths.blob(DIGEST))
    else:
        os.truncate(session.paths.blob(DIGEST), 10)
    assert not has_blob(session, DIGEST)
    put_blob(session, io.BytesIO(DATA), DIGEST)
    assert read_blob(session, DIGEST) == DATA


def test_small_blobs_are_read_whole_and_verified(session):
    digest = put_bytes(session, b"{}", "application/json")
    assert read_blob(session, digest) == b"{}"
    with open(session.paths.blob(digest), "wb") as file:
        file.write(b"[]")
    with pytest.raises(Corrupt):
        read_blob(session, digest)
    with pytest.raises(Corrupt):
        read_blob(session, digest, limit_bytes=1)


def test_a_removed_blob_leaves_nothing(session):
    put_blob(session, io.BytesIO(DATA), DIGEST)
    assert remove_blob(session, DIGEST) == len(DATA)
    assert remove_blob(session, DIGEST) == 0
    assert os.listdir(f"{session.paths.blobs}/sha256") == []
    assert os.listdir(session.paths.locks) == []
