"""The store's own steps, killed at every point: the next command finds a sane store, goes on, and loses nothing."""

from __future__ import annotations

import io
import os
import signal
import traceback

import pytest

from pycman.digest import digest_bytes
from pycman.linux.mounts import mount_tmpfs
from pycman.plan import CRASH_VARIABLE
from pycman.state.leases import Lease
from pycman.storage.blobs import has_blob, put_blob, read_blob
from pycman.storage.check import CheckOptions, check_store
from pycman.storage.gc import collect_garbage
from pycman.storage.layers import ensure_layer, find_layer, unpack_stream
from pycman.storage.scratch import scratch_path
from tests.support.layers import insert_image, put_layer
from tests.support.sessions import open_session
from tests.support.tars import tar_bytes
from tests.support.waiting import wait_until

DATA = os.urandom(300_000)
DIGEST = digest_bytes(DATA)
ENTRIES = [(f"dir{n % 7}/file{n}", os.urandom(500)) for n in range(300)]


def start(directory, function, point=""):
    """Call `function(session)` in a child, to be killed at `point`; return its pid."""
    pid = os.fork()
    if pid:
        return pid
    try:
        os.environ[CRASH_VARIABLE] = point
        with open_session(directory) as session:
            function(session)
        os._exit(0)
    except BaseException:
        os.write(2, traceback.format_exc().encode())
        os._exit(1)


def kill_at(directory, function, point):
    """Run `function(session)` in a child, which must die at `point`."""
    status = os.waitstatus_to_exitcode(os.waitpid(start(directory, function, point), 0)[1])
    assert status == -signal.SIGKILL


def assert_sane(session):
    """Nothing is wrong with what is there, and nothing of the killed is left after a clean-up."""
    collect_garbage(session)
    report = check_store(session)
    assert report.problems == ()
    assert os.listdir(session.paths.tmp) == []
    rows = session.db.rows("SELECT name, state FROM layers")
    assert {row["state"] for row in rows} <= {"ready"}
    assert sorted(os.listdir(session.paths.layers)) == sorted(row["name"] for row in rows)


@pytest.mark.parametrize("point", ["blob:written", "blob:renamed"])
def test_a_blob_killed_while_it_is_kept_is_kept_by_the_next_one(tmp_path, point):
    kill_at(tmp_path, lambda session: put_blob(session, io.BytesIO(DATA), DIGEST), point)
    with open_session(tmp_path) as session:
        assert not has_blob(session, DIGEST)
        with LeaseOf(session, "blob", DIGEST):
            put_blob(session, io.BytesIO(DATA), DIGEST, len(DATA))
            assert read_blob(session, DIGEST) == DATA
            assert_sane(session)
        assert collect_garbage(session) == len(DATA)
        assert os.listdir(f"{session.paths.blobs}/sha256") == []


def test_a_blob_file_whose_row_was_never_written_is_swept(tmp_path):
    kill_at(tmp_path, lambda session: put_blob(session, io.BytesIO(DATA), DIGEST), "blob:renamed")
    with open_session(tmp_path) as session:
        assert [problem.reference for problem in check_store(session).problems] == ["stray"]
        assert collect_garbage(session) == len(DATA)
        assert_sane(session)


class LeaseOf:
    """Hold one thing for the time of the block."""

    def __init__(self, session, kind, subject):
        self._lease = Lease(session.db)
        self._wanted = kind, subject

    def __enter__(self):
        self._lease.add(*self._wanted)

    def __exit__(self, *_error):
        self._lease.release()


@pytest.mark.parametrize("point", ["layer:reserved", "layer:unpacked", "layer:renamed"])
@pytest.mark.parametrize("then", ["again", "garbage", "repair"])
def test_a_layer_killed_while_it_is_unpacked_is_done_again_or_swept(tmp_path, point, then):
    with open_session(tmp_path) as session:
        words = put_layer(session, *ENTRIES)
    kill_at(tmp_path, lambda session: ensure_layer(session, parent_chain_id="", **words), point)
    with open_session(tmp_path) as session:
        assert find_layer(session, words["diff_id"]) is None
        if then == "again":
            layer = ensure_layer(session, parent_chain_id="", **words)
            insert_image(session, "i" * 64, [layer])
        elif then == "repair":
            [problem] = check_store(session, CheckOptions(repair=True)).problems
            assert (problem.reference, problem.repaired) == ("layer-half-made", True)
        assert_sane(session)
        assert (find_layer(session, words["diff_id"]) is not None) == (then == "again")


def test_a_layer_killed_in_the_middle_of_its_files_is_taken_over_by_who_waits(tmp_path):
    with open_session(tmp_path) as session:
        words = put_layer(session, *((f"f{n}", b"x") for n in range(8_000)))
    first = start(tmp_path, lambda session: ensure_layer(session, parent_chain_id="", **words))
    layers = f"{tmp_path}/root/layers"
    wait_until(lambda: any(os.listdir(f"{layers}/{name}") for name in os.listdir(layers)), "no file is written")
    second = start(tmp_path, lambda session: ensure_layer(session, parent_chain_id="", **words))
    os.kill(first, signal.SIGKILL)
    assert os.waitstatus_to_exitcode(os.waitpid(first, 0)[1]) == -signal.SIGKILL
    assert os.waitstatus_to_exitcode(os.waitpid(second, 0)[1]) == 0
    with open_session(tmp_path) as session:
        layer = find_layer(session, words["diff_id"])
        assert len(os.listdir(session.paths.layer(layer.name))) == 8_000


@pytest.mark.parametrize("point", ["gc:marked", "gc:directory", "blob:forgotten"])
def test_a_clean_up_that_is_killed_is_finished_by_the_next(tmp_path, point):
    with open_session(tmp_path) as session:
        kept = ensure_layer(session, parent_chain_id="", **put_layer(session, ("kept", b"x")))
        insert_image(session, "i" * 64, [kept])
        words = put_layer(session, *ENTRIES)
        ensure_layer(session, parent_chain_id="", **words)
    kill_at(tmp_path, collect_garbage, point)
    with open_session(tmp_path) as session:
        assert find_layer(session, words["diff_id"]) is None
        assert_sane(session)
        assert find_layer(session, kept.chain_id) == kept
        assert not has_blob(session, words["blob_digest"])


def test_a_layer_marked_by_a_killed_clean_up_can_be_wanted_again(tmp_path):
    with open_session(tmp_path) as session:
        words = put_layer(session, *ENTRIES)
        ensure_layer(session, parent_chain_id="", **words)
    kill_at(tmp_path, collect_garbage, "gc:directory")
    with open_session(tmp_path) as session:
        insert_image(session, "i" * 64, [ensure_layer(session, parent_chain_id="", **words)])
        assert_sane(session)
        assert find_layer(session, words["diff_id"]) is not None


@pytest.mark.parametrize("point", ["blob:renamed", "layer:reserved", "layer:unpacked"])
def test_a_stream_killed_on_its_way_to_a_layer_leaves_only_what_a_clean_up_takes(tmp_path, point):
    data = tar_bytes(*ENTRIES)
    kill_at(tmp_path, lambda session: unpack_stream(session, io.BytesIO(data), parent_chain_id=""), point)
    with open_session(tmp_path) as session:
        assert_sane(session)
        assert os.listdir(f"{session.paths.blobs}/sha256") == []
        assert session.db.value("SELECT count(*) FROM blobs") == 0


def test_scratch_of_the_killed_is_swept_and_of_the_living_is_not(tmp_path):
    def scratch(session):
        os.mkdir(scratch_path(session, "dead"))

    assert os.waitstatus_to_exitcode(os.waitpid(start(tmp_path, scratch), 0)[1]) == 0
    with open_session(tmp_path) as session:
        mine = scratch_path(session, "mine")
        os.mkdir(mine)
        assert [problem.reference for problem in check_store(session).problems] == ["stray"]
        collect_garbage(session)
        assert os.listdir(session.paths.tmp) == [os.path.basename(mine)]


@pytest.mark.parametrize("clean", ["garbage", "repair"])
def test_what_the_killed_had_mounted_is_unmounted_and_swept(tmp_path, clean):
    def mounted(session):
        path = scratch_path(session, "dead")
        os.makedirs(f"{path}/merged")
        mount_tmpfs(f"{path}/merged")

    assert os.waitstatus_to_exitcode(os.waitpid(start(tmp_path, mounted), 0)[1]) == 0
    with open_session(tmp_path) as session:
        if clean == "garbage":
            collect_garbage(session)
        else:
            [problem] = check_store(session, CheckOptions(repair=True)).problems
            assert (problem.reference, problem.repaired) == ("stray", True)
        assert os.listdir(session.paths.tmp) == []
