"""A store on a disk that fills up: one clear error, nothing half made, and room again at once."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from pycman.contexts import suppress
from pycman.digest import digest_bytes
from pycman.errors import NoSpace
from pycman.linux.mounts import mount_tmpfs, unmount
from pycman.state.events import append, of_actor
from pycman.storage.blobs import BlobWriter, has_blob, put_blob
from pycman.storage.gc import collect_garbage
from pycman.storage.layers import ensure_layer, find_layer, unpack_stream
from tests.support.layers import put_layer
from tests.support.sessions import open_session
from tests.support.tars import tar_bytes

MIB = 1 << 20


@pytest.fixture
def session(tmp_path):
    """A session whose root is a tmpfs of 20 MiB, of which 8 are free."""
    root = tmp_path / "root"
    root.mkdir()
    mount_tmpfs(str(root), "size=20m,mode=700")
    try:
        with open_session(tmp_path) as opened:
            assert opened.db.value("SELECT 1") == 1
            with open(f"{root}/other", "wb") as file:
                file.write(bytes(free(opened) - 8 * MIB))
            yield opened
    finally:
        unmount(str(root))


def free(session):
    found = os.statvfs(session.paths.root)
    return found.f_bavail * found.f_bsize


def fill(session):
    """Leave no byte free."""
    with pytest.raises(OSError, match="No space"), open(f"{session.paths.root}/filler", "wb", buffering=0) as file:
        while True:
            os.write(file.fileno(), bytes(4096))


def assert_nothing_left(session, before):
    assert os.listdir(session.paths.layers) == []
    assert os.listdir(session.paths.tmp) == []
    assert free(session) > before - 300_000  # the database's journal may have grown


def test_a_blob_that_does_not_fit_leaves_the_room_to_others(session):
    data = os.urandom(12 * MIB)
    before = free(session)
    with pytest.raises(NoSpace) as caught:
        put_blob(session, io.BytesIO(data), digest_bytes(data), len(data))
    assert caught.value.reference == "no-space"
    assert "system prune" in caught.value.hint
    assert not has_blob(session, digest_bytes(data))
    assert_nothing_left(session, before)


def test_a_blob_that_did_not_fit_can_be_fetched_when_there_is_room(session):
    data = os.urandom(5 * MIB)
    digest = digest_bytes(data)
    with open(f"{session.paths.root}/filler", "wb") as file:
        file.write(bytes(4 * MIB))
    with pytest.raises(NoSpace), BlobWriter(session, digest, len(data)) as writer:
        writer.write(data)
    os.unlink(f"{session.paths.root}/filler")
    put_blob(session, io.BytesIO(data), digest, len(data))
    assert has_blob(session, digest)


@pytest.mark.parametrize("what", ["bytes", "files"])
def test_a_layer_that_does_not_fit_leaves_nothing(session, what):
    if what == "bytes":
        words = put_layer(session, ("small", b"x"), ("big", bytes(20 * MIB)))
    else:
        words = put_layer(session, *((f"f{n}", b"x" * 10) for n in range(4000)))
    before = free(session)
    with pytest.raises(NoSpace) as caught:
        ensure_layer(session, parent_chain_id="", **words)
    assert caught.value.problem.startswith("cannot unpack: no space left")
    assert find_layer(session, words["diff_id"]) is None
    assert session.db.value("SELECT count(*) FROM layers") == 0
    assert_nothing_left(session, before)


def test_a_stream_that_does_not_fit_leaves_nothing(session):
    before = free(session)
    with pytest.raises(NoSpace):
        unpack_stream(session, io.BytesIO(tar_bytes(("big", os.urandom(20 * MIB)))), parent_chain_id="")
    assert_nothing_left(session, before)


def test_a_clean_up_works_on_a_full_disk(session):
    words = put_layer(session, ("a", os.urandom(3 * MIB)))
    ensure_layer(session, parent_chain_id="", **words)
    session.close()
    fill(session)
    assert collect_garbage(session) > 6 * MIB - 1
    assert os.listdir(session.paths.layers) == []


def test_the_database_can_be_written_on_a_full_disk_though_others_take_every_byte_meanwhile(session):
    reserve = f"{session.paths.database}.reserve"
    assert os.path.getsize(reserve) == MIB
    for number in range(20):
        session.close()
        with suppress(OSError), open(f"{session.paths.root}/filler", "ab", buffering=0) as file:
            while True:
                os.write(file.fileno(), bytes(4096))
        append(session.db, "container", "died", str(number))
        with session.db.transaction():
            for event in range(10):
                append(session.db, "container", f"remove {event}", str(number))
    assert len(of_actor(session.db, "19")) == 11
    assert os.path.getsize(reserve) > MIB // 2  # the rest is in the database
    os.unlink(f"{session.paths.root}/other")
    os.unlink(f"{session.paths.root}/filler")
    collect_garbage(session)
    assert os.path.getsize(reserve) == MIB


def test_the_database_can_be_written_where_no_inode_is_left(tmp_path):
    root = tmp_path / "root"
    root.mkdir()
    mount_tmpfs(str(root), "size=40m,nr_inodes=400,mode=700")
    try:
        with open_session(tmp_path) as session:
            assert session.db.value("SELECT 1") == 1
            for number in range(6):
                session.close()
                with suppress(OSError):
                    for name in range(400):
                        (root / f"filler-{number}-{name}").touch()
                append(session.db, "container", "died", str(number))
            assert len(of_actor(session.db, "5")) == 1
    finally:
        unmount(str(root))


def as_a_command(session, number):
    """Write in a process that ends without closing the database, as commands do, and return its status."""
    session.close()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            append(session.db, "container", "died", str(number))
            status = 0
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def test_what_the_database_writes_on_a_full_disk_goes_into_room_that_nobody_else_can_take(session):
    os.unlink(f"{session.paths.root}/other")
    assert as_a_command(session, -1) == 0
    fill(session)
    reserve = f"{session.paths.database}.reserve"
    before = os.stat(reserve)
    assert [as_a_command(session, number) for number in range(30)] == [0] * 30
    after = os.stat(reserve)
    assert (after.st_size, after.st_mtime_ns) == (before.st_size, before.st_mtime_ns)  # it was not lent
    assert len(of_actor(session.db, "29")) == 1


def test_the_index_of_the_log_is_not_made_anew_on_a_full_disk(session):
    os.unlink(f"{session.paths.root}/other")
    assert as_a_command(session, -1) == 0
    index = Path(f"{session.paths.database}-shm")
    with index.open("ab") as file:
        file.write(b"kept")  # what is made anew is cut off
    fill(session)
    assert as_a_command(session, 0) == 0
    assert index.read_bytes().endswith(b"kept")
    note = Path(f"{session.paths.database}.boot")
    note.write_text(note.read_text().replace("-", "0"))  # another boot
    assert as_a_command(session, 1) == 0
    assert not index.read_bytes().endswith(b"kept")
    assert len(of_actor(session.db, "1")) == 1


def test_the_index_of_the_log_is_made_anew_with_a_little_of_the_reserve(session):
    os.unlink(f"{session.paths.root}/other")
    assert as_a_command(session, -1) == 0
    for number in range(4):
        os.truncate(
            f"{session.paths.database}-shm", 0
        )  # as SQLite does at first, and then a container has written more
        with suppress(OSError), open(f"{session.paths.root}/filler", "ab", buffering=0) as file:
            while True:
                os.write(file.fileno(), bytes(4096))
        assert as_a_command(session, number) == 0
    assert os.path.getsize(f"{session.paths.database}.reserve") >= MIB - 4 * (64 << 10)
    assert len(of_actor(session.db, "3")) == 1
