"""Layers: unpacked once for each map, by whoever comes first, and never half there."""

from __future__ import annotations

import gzip
import io
import os
import stat
import sys
import traceback

import pytest
import zstandard

from pycman.digest import digest_bytes
from pycman.errors import Corrupt, InvalidInput, NotFound
from pycman.spec.id_map import IdMap, IdRange, parse_key
from pycman.storage.blobs import has_blob, put_bytes, read_blob, remove_blob
from pycman.storage.diff import write_diff_tar
from pycman.storage.layer_blobs import LayerWriter
from pycman.storage.layers import (
    ensure_image_layers,
    ensure_layer,
    find_layer,
    layer_blob,
    layer_paths,
    unpack_stream,
)
from tests.support.layers import insert_image, put_layer
from tests.support.sessions import open_session
from tests.support.tars import tar_bytes

RANGES = (IdRange(container_id=0, host_id=1000, size=1), IdRange(container_id=1, host_id=0, size=1000))
KEEP_ID = IdMap(uids=RANGES, gids=RANGES)


@pytest.fixture
def session(tmp_path):
    with open_session(tmp_path) as opened:
        yield opened


def in_store(session):
    """What lies in the store's layers and scratch directories."""
    return sorted(os.listdir(session.paths.layers)), sorted(os.listdir(session.paths.tmp))


@pytest.mark.parametrize("pack", [True, False])
def test_a_layer_is_unpacked_from_its_blob_and_found_again(session, pack):
    layer = ensure_layer(session, parent_chain_id="", **put_layer(session, ("a", b"x" * 1000), pack=pack))
    [path] = layer_paths(session, [layer.name])
    with open(f"{path}/a", "rb") as file:
        assert file.read() == b"x" * 1000
    assert layer.size_bytes == 1000
    assert find_layer(session, layer.chain_id) == layer
    assert in_store(session) == ([layer.name], [])


def test_the_same_layer_on_another_parent_is_another_directory(session):
    words = put_layer(session, ("a", b"x"))
    bottom = ensure_layer(session, parent_chain_id="", **words)
    upper = ensure_layer(session, parent_chain_id=bottom.chain_id, **words)
    assert bottom.chain_id != upper.chain_id
    assert len({bottom.name, upper.name}) == 2


def test_content_that_is_not_the_diff_id_is_refused_and_leaves_nothing(session):
    words = put_layer(session, ("a", b"x")) | {"diff_id": "sha256:" + "0" * 64}
    with pytest.raises(Corrupt) as caught:
        ensure_layer(session, parent_chain_id="", **words)
    assert "instead of sha256:0000" in caught.value.problem
    assert in_store(session) == ([], [])
    assert session.db.value("SELECT count(*) FROM layers") == 0


@pytest.mark.parametrize("harm", ["truncated", "flipped", "no tar", "escaping"])
def test_a_damaged_blob_is_refused_and_leaves_nothing(session, harm):
    plain = tar_bytes(("a", os.urandom(100_000)), ("b", b"y"))
    packed = gzip.compress(plain, mtime=0)
    data = {
        "truncated": packed[:50_000],
        "flipped": packed[:50_000] + bytes([packed[50_000] ^ 0xFF]) + packed[50_001:],
        "no tar": b"hello " * 1000,
        "escaping": tar_bytes(("../a", b"x")),
    }[harm]
    words = {"diff_id": digest_bytes(plain), "blob_digest": put_bytes(session, data, "")}
    with pytest.raises(Corrupt):
        ensure_layer(session, parent_chain_id="", **words)
    assert in_store(session) == ([], [])
    assert session.db.value("SELECT count(*) FROM layers") == 0


def test_a_blob_that_is_not_there_says_what_to_do(session):
    with pytest.raises(NotFound) as caught:
        ensure_layer(session, diff_id="sha256:" + "1" * 64, parent_chain_id="", blob_digest="sha256:" + "2" * 64)
    assert caught.value.hint == "pull the image again"
    assert session.db.value("SELECT count(*) FROM layers") == 0


def test_a_layer_whose_directory_is_lost_is_unpacked_again(session):
    words = put_layer(session, ("a", b"x"))
    layer = ensure_layer(session, parent_chain_id="", **words)
    os.unlink(f"{session.paths.layer(layer.name)}/a")
    os.rmdir(session.paths.layer(layer.name))
    assert find_layer(session, layer.chain_id) is None
    assert ensure_layer(session, parent_chain_id="", **words) == layer
    assert os.listdir(session.paths.layer(layer.name)) == ["a"]


def test_ten_processes_that_want_one_layer_unpack_it_once(tmp_path):
    with open_session(tmp_path) as session:
        words = put_layer(session, *((f"d{n}/f{n}", os.urandom(2000)) for n in range(500)))
    children = []
    for _ in range(10):
        pid = os.fork()
        if pid == 0:
            os._exit(_ensure_in_child(tmp_path, words))
        children.append(pid)
    assert [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children] == [0] * 10
    with open_session(tmp_path) as session:
        assert session.db.value("SELECT count(*) FROM layers") == 1
        [row] = session.db.rows("SELECT * FROM layers")
        assert (row["state"], row["size_bytes"]) == ("ready", 1_000_000)
        assert in_store(session) == ([row["name"]], [])


def _ensure_in_child(tmp_path, words):
    try:
        with open_session(tmp_path) as session:
            layer = ensure_layer(session, parent_chain_id="", **words)
            assert len(os.listdir(session.paths.layer(layer.name))) == 500
    except BaseException:
        traceback.print_exc(file=sys.__stderr__)
        return 1
    return 0


# -- images -----------------------------------------------------------------------------------------------------------


def three_layers(session):
    layers, parent = [], ""
    for n in range(3):
        owned = {"name": f"f{n}", "data": b"x", "uid": n, "gid": n}
        layers.append(ensure_layer(session, parent_chain_id=parent, **put_layer(session, owned)))
        parent = layers[-1].chain_id
    insert_image(session, "i" * 64, layers)
    return layers


def test_an_images_layers_are_named_top_first(session):
    layers = three_layers(session)
    assert ensure_image_layers(session, "i" * 64) == tuple(layer.name for layer in reversed(layers))
    with pytest.raises(NotFound):
        ensure_image_layers(session, "j" * 64)


def test_an_images_layers_are_unpacked_once_more_for_another_map(session):
    layers = three_layers(session)
    names = ensure_image_layers(session, "i" * 64, KEEP_ID)
    assert not set(names) & {layer.name for layer in layers}
    owners = [os.lstat(f"{session.paths.layer(name)}/f{2 - n}").st_uid for n, name in enumerate(names)]
    assert owners == [1, 0, 1000]
    assert {os.lstat(session.paths.layer(name)).st_uid for name in names} == {1000}
    assert ensure_image_layers(session, "i" * 64, KEEP_ID) == names
    assert session.db.value("SELECT count(*) FROM layers") == 6


def test_an_owner_that_the_map_lacks_is_named_and_the_map_gets_no_half_image(session):
    words = put_layer(session, {"name": "f", "uid": 5000})
    insert_image(session, "i" * 64, [ensure_layer(session, parent_chain_id="", **words)])
    with pytest.raises(InvalidInput) as caught:
        ensure_image_layers(session, "i" * 64, KEEP_ID)
    assert "user id 5000" in caught.value.problem
    assert session.db.value("SELECT count(*) FROM layers WHERE id_map != ''") == 0


def test_a_maps_key_gives_the_map_back():
    assert parse_key(KEEP_ID.key()) == KEEP_ID
    assert parse_key("") == IdMap()


# -- layers without a blob yet ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pack", "kept"),
    [
        (lambda data: data, False),
        (lambda data: gzip.compress(data, 9, mtime=5), True),
        (zstandard.ZstdCompressor().compress, True),
    ],
)
def test_a_stream_becomes_a_layer_and_packed_ones_keep_their_bytes(session, pack, kept):
    plain = tar_bytes(("a", b"x" * 5000))
    layer = unpack_stream(session, io.BytesIO(pack(plain)), parent_chain_id="")
    assert layer.diff_id == digest_bytes(plain)
    if kept:
        assert layer.blob_digest == digest_bytes(pack(plain))
    found = layer_blob(session, layer.chain_id)
    assert (found.digest, found.size_bytes) == (layer.blob_digest, len(read_blob(session, layer.blob_digest)))
    assert found.media_type.rpartition("+")[2] in ("gzip", "zstd")
    assert in_store(session)[1] == []


@pytest.mark.parametrize("data", [b"", b"no tar at all" * 100, gzip.compress(tar_bytes(("a", b"x")))[:-9]])
def test_a_stream_that_is_no_layer_leaves_no_layer(session, data):
    with pytest.raises(Corrupt):
        unpack_stream(session, io.BytesIO(data), parent_chain_id="")
    assert in_store(session) == ([], [])


def test_a_committed_directory_whose_blob_is_lost_is_packed_again_with_the_same_diff_id(session, tmp_path):
    upper = tmp_path / "upper"
    (upper / "dir").mkdir(parents=True)
    (upper / "dir" / "file").write_text("hello")
    os.chown(upper / "dir" / "file", 7, 8)
    os.link(upper / "dir" / "file", upper / "second")
    os.mknod(upper / "gone", stat.S_IFCHR, 0)
    os.setxattr(upper / "dir", "trusted.overlay.opaque", b"y")
    os.setxattr(upper / "dir" / "file", "user.binary", b"\x00\xff\n")
    with LayerWriter(session) as writer:
        diff_id, _ = write_diff_tar(str(upper), writer)
        packed = writer.commit()
    assert packed.diff_id == diff_id
    layer = ensure_layer(session, diff_id=diff_id, parent_chain_id="", blob_digest=packed.digest)
    path = session.paths.layer(layer.name)
    assert os.getxattr(f"{path}/dir/file", "user.binary") == b"\x00\xff\n"
    assert os.getxattr(f"{path}/dir", "trusted.overlay.opaque") == b"y"
    assert os.lstat(f"{path}/gone").st_rdev == 0
    assert os.lstat(f"{path}/second").st_ino == os.lstat(f"{path}/dir/file").st_ino
    remove_blob(session, packed.digest)
    assert layer_blob(session, layer.chain_id).digest == packed.digest
    assert has_blob(session, packed.digest)


def test_a_foreign_layer_whose_blob_is_lost_must_be_pulled_again(session):
    layer = ensure_layer(session, parent_chain_id="", **put_layer(session, {"name": "a", "pax": {"mtime": "1.5"}}))
    remove_blob(session, layer.blob_digest)
    with pytest.raises(NotFound) as caught:
        layer_blob(session, layer.chain_id)
    assert caught.value.hint == "pull the image again"
