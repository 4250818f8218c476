"""What nothing reaches goes, what anything reaches stays; what is damaged is found, and repaired without losing images."""

from __future__ import annotations

import io
import os
import threading
import time

import pytest

from pycman.digest import digest_bytes
from pycman.spec.id_map import IdMap, IdRange
from pycman.state.leases import lease
from pycman.storage.blobs import BlobWriter, has_blob, put_blob, put_bytes
from pycman.storage.check import CheckOptions, check_store
from pycman.storage.gc import collect_garbage
from pycman.storage.layers import ensure_image_layers, ensure_layer, find_layer
from tests.support.layers import insert_image, put_layer
from tests.support.sessions import insert_container, open_session

RANGES = (IdRange(container_id=0, host_id=1000, size=100),)
MAP = IdMap(uids=RANGES, gids=RANGES)


@pytest.fixture
def session(tmp_path):
    with open_session(tmp_path) as opened:
        yield opened


@pytest.fixture
def image(session):
    """An image of two layers, the id of which is given with them."""
    bottom = ensure_layer(
        session, parent_chain_id="",
        **put_layer(session, ("etc/passwd", b"root"), ("bin/sh", b"#!"), ("link", "etc"), ("opaque/a", b"")),
    )  # fmt: skip
    upper = ensure_layer(
        session, parent_chain_id=bottom.chain_id,
        **put_layer(
            session, ("etc/.wh.passwd", b""), ("opaque/.wh..wh..opq", b""), ("link/through", b"x"),
            ("etc/group", b"g"),
            {"name": "hard", "type": b"1", "linkname": "etc/group"},
            {"name": "dup", "data": b"old"}, {"name": "dup", "data": b"new", "uid": 3},
        ),
    )  # fmt: skip
    insert_image(session, "i" * 64, [bottom, upper])
    return bottom, upper


def problems(session, **options):
    return [
        (problem.reference, problem.problem, problem.repaired)
        for problem in check_store(session, CheckOptions(**options)).problems
    ]


# -- garbage ----------------------------------------------------------------------------------------------------------


def test_what_an_image_names_stays(session, image):
    assert collect_garbage(session) == 0
    assert all(find_layer(session, layer.chain_id) for layer in image)


def test_what_no_image_names_goes_with_its_bytes(session, image):
    session.db.change("DELETE FROM images")
    blobs = session.db.value("SELECT sum(size_bytes) FROM blobs")
    layers = session.db.value("SELECT sum(size_bytes) FROM layers")
    assert collect_garbage(session) == blobs + layers
    assert os.listdir(session.paths.layers) == []
    assert os.listdir(f"{session.paths.blobs}/sha256") == []
    assert session.db.value("SELECT count(*) FROM layers") == session.db.value("SELECT count(*) FROM blobs") == 0


def test_what_a_container_stands_on_stays_also_without_its_image(session, image):
    insert_container(session, "c" * 64, layer_names=f'["{image[0].name}"]')
    session.db.change("DELETE FROM images")
    collect_garbage(session)
    assert find_layer(session, image[0].chain_id) is not None
    assert find_layer(session, image[1].chain_id) is None
    assert has_blob(session, image[0].blob_digest)


def test_what_a_living_command_holds_stays_until_it_lets_go(session):
    words = put_layer(session, ("a", b"x"))
    with lease(session.db) as held:
        held.add("blob", words["blob_digest"])
        collect_garbage(session)
        assert has_blob(session, words["blob_digest"])
        held.add("layer", words["diff_id"])
        ensure_layer(session, parent_chain_id="", **words)
        collect_garbage(session)
        assert find_layer(session, words["diff_id"]) is not None
    collect_garbage(session)
    assert find_layer(session, words["diff_id"]) is None


def test_leases_of_the_dead_hold_nothing(session):
    words = put_layer(session, ("a", b"x"))
    session.db.change(
        "INSERT INTO leases (owner, kind, subject, created_at_ns) VALUES ('1 1 other-boot', 'blob', ?, 1)",
        (words["blob_digest"],),
    )
    assert collect_garbage(session) > 0
    assert session.db.value("SELECT count(*) FROM leases") == 0


def test_a_beginning_of_a_blob_waits_a_day_for_its_rest(session):
    digest = "sha256:" + "1" * 64
    with BlobWriter(session, digest) as writer:
        writer.write(b"half")
        old = time.time() - 2 * 24 * 3600
        os.utime(session.paths.partial_blob(digest), (old, old))
        collect_garbage(session)
        assert os.path.exists(session.paths.partial_blob(digest))  # somebody is at it
    other = "sha256:" + "2" * 64
    with BlobWriter(session, other) as writer:
        writer.write(b"half")
    collect_garbage(session)
    assert os.listdir(session.paths.partial_blobs) == ["sha256-" + "2" * 64]


def test_cleaning_up_beside_many_who_pull_takes_nothing_from_them(tmp_path):
    stop = threading.Event()

    def clean():
        with open_session(tmp_path) as session:
            while not stop.is_set():
                collect_garbage(session)

    with open_session(tmp_path) as session:
        cleaner = threading.Thread(target=clean)
        cleaner.start()
        for n in range(30):
            with lease(session.db) as held:
                plain = f"content {n % 3}".encode()
                digest = digest_bytes(plain)
                held.add("blob", digest)
                put_blob(session, io.BytesIO(plain), digest)
                assert has_blob(session, digest)
        stop.set()
        cleaner.join()


# -- check ------------------------------------------------------------------------------------------------------------


def test_a_sound_store_has_no_problems(session, image):
    report = check_store(session, CheckOptions(repair=True))
    assert (report.problems, report.blobs, report.layers) == ((), 2, 2)


def test_layers_of_other_maps_are_looked_at_with_their_map(session, image):
    ensure_image_layers(session, "i" * 64, MAP)
    assert problems(session) == []


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (lambda path: os.unlink(f"{path}/etc/passwd"), "etc/passwd is missing"),
        (lambda path: _write(f"{path}/etc/passwd", b"evil"), "etc/passwd has other content"),
        (lambda path: os.chmod(f"{path}/bin/sh", 0o4777), "bin/sh has mode 4777 instead of 644"),
        (lambda path: os.chown(f"{path}/bin/sh", 5, 5), "bin/sh has another owner"),
        (lambda path: _write(f"{path}/bin/virus", b"x"), "bin/virus is in no entry"),
        (lambda path: _relink(f"{path}/link"), "link leads elsewhere"),
        (lambda path: _to_directory(f"{path}/etc/passwd"), "etc/passwd is no file"),
    ],
)
def test_a_layer_that_was_tampered_with_is_found_and_unpacked_again(session, image, harm, told):
    harm(session.paths.layer(image[0].name))
    assert problems(session, quick=True) == []
    assert problems(session) == [("layer-damaged", told, False)]
    assert problems(session, repair=True) == [("layer-damaged", told, True)]
    assert problems(session) == []


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (lambda path: os.unlink(f"{path}/etc/passwd"), "etc/passwd does not hide what is below it"),
        (lambda path: os.removexattr(f"{path}/opaque", "trusted.overlay.opaque"),
         "opaque does not hide what is below it"),
        (lambda path: _unlink_and_write(f"{path}/hard", b"g"), "hard is no hard link to etc/group"),
        (lambda path: _write(f"{path}/dup", b"old"), "dup has other content"),
    ],
)  # fmt: skip
def test_marks_and_hard_links_of_a_layer_are_looked_at(session, image, harm, told):
    harm(session.paths.layer(image[1].name))
    [(reference, problem, _)] = problems(session)
    assert reference == "layer-damaged"
    assert problem == told


def _write(path, data):
    with open(path, "wb") as file:
        file.write(data)


def _unlink_and_write(path, data):
    os.unlink(path)
    _write(path, data)


def _relink(path):
    os.unlink(path)
    os.symlink("/elsewhere", path)


def _to_directory(path):
    os.unlink(path)
    os.mkdir(path)


def test_a_lost_layer_is_unpacked_again(session, image):
    os.rename(session.paths.layer(image[0].name), f"{session.paths.tmp}/away")
    assert problems(session, quick=True) == [("layer-missing", "its directory is missing", False)]
    assert problems(session, quick=True, repair=True) == [("layer-missing", "its directory is missing", True)]
    assert problems(session) == []


def test_a_layer_below_a_running_container_is_not_changed_unless_forced(session, image):
    insert_container(session, "c" * 64, name="web", layer_names=f'["{image[0].name}"]', pid=1)
    _write(f"{session.paths.layer(image[0].name)}/etc/passwd", b"evil")
    [(_, problem, repaired)] = problems(session, repair=True)
    assert (problem, repaired) == ("etc/passwd has other content; stop web first, or use --force", False)
    [(_, _, repaired)] = problems(session, repair=True, force=True)
    assert repaired


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (os.unlink, "no such file or directory"),
        (lambda path: os.truncate(path, 5), "5 bytes instead of"),
        (lambda path: _flip(path), "the content has digest"),
    ],
)
def test_a_damaged_blob_is_forgotten_so_that_it_is_pulled_again_and_the_image_stays(session, image, harm, told):
    harm(session.paths.blob(image[0].blob_digest))
    [(reference, problem, repaired)] = problems(session)
    assert (reference, repaired) == ("blob-damaged", False)
    assert told in problem
    [(_, _, repaired)] = problems(session, repair=True)
    assert repaired
    assert problems(session) == []
    assert not has_blob(session, image[0].blob_digest)
    assert session.db.value("SELECT count(*) FROM images") == 1
    assert len(ensure_image_layers(session, "i" * 64)) == 2


def _flip(path):
    with open(path, "r+b") as file:
        file.seek(30)
        byte = file.read(1)
        file.seek(30)
        file.write(bytes([byte[0] ^ 1]))


def test_where_layer_and_blob_are_lost_the_image_stays_and_a_pull_mends_it(session, image):
    plain_layer = image[0]
    with open(session.paths.blob(plain_layer.blob_digest), "rb") as file:
        saved = file.read()
    os.unlink(session.paths.blob(plain_layer.blob_digest))
    os.rename(session.paths.layer(plain_layer.name), f"{session.paths.tmp}/away")
    found = problems(session, repair=True)
    assert [(reference, repaired) for reference, _, repaired in found] == [
        ("blob-damaged", True),
        ("layer-missing", False),
    ]
    assert found[1][1] == "its directory is missing; its blob is gone too: pull the image again"
    assert session.db.value("SELECT count(*) FROM image_layers") == 2
    assert put_bytes(session, saved, "") == plain_layer.blob_digest  # what a pull does
    assert len(ensure_image_layers(session, "i" * 64)) == 2
    assert problems(session) == []


def test_strays_are_told_and_removed(session, image):
    os.makedirs(f"{session.paths.layers}/{'f' * 32}/x")
    os.makedirs(f"{session.paths.containers}/{'e' * 64}/upper")
    _write(session.paths.blob("sha256:" + "d" * 64), b"?")
    assert {reference for reference, _, _ in problems(session)} == {"stray"}
    assert len(problems(session, repair=True)) == 3
    assert problems(session) == []
    assert collect_garbage(session) == 0


def test_a_gzip_layer_with_rubbish_behind_it_is_sound(session):
    words = put_layer(session, ("a", b"x"))
    with open(session.paths.blob(words["blob_digest"]), "rb") as file:
        data = file.read() + b"rubbish"
    layer = ensure_layer(
        session, parent_chain_id="", diff_id=words["diff_id"], blob_digest=put_bytes(session, data, "")
    )
    insert_image(session, "i" * 64, [layer])
    assert problems(session) == []


def test_a_broken_foreign_key_is_told(session, image):
    session.db.change("PRAGMA foreign_keys=OFF")
    session.db.change("DELETE FROM images")
    assert problems(session)[0][:2] == (
        "database-damaged",
        "a row of image_layers refers to a row of images that does not exist",
    )
