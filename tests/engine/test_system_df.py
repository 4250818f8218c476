"""`system df` and `system prune`: what the store takes, and what pruning frees."""

from __future__ import annotations

import io

import pytest

from pycman.errors import InvalidInput
from pycman.images.archive.load import load_images
from pycman.images.catalogue import get_image, list_images
from pycman.system.disk_usage import _in_several, disk_usage, image_sizes
from pycman.system.prune import system_prune
from pycman.volumes.catalogue import create_volume, list_volumes
from pycman.volumes.volume import VolumeSpec
from tests.support.image_files import docker_archive, tar_of
from tests.support.sessions import insert_container, open_session

COMMON = tar_of({"common": b"c" * 1000})
OWN = tar_of({"own": b"o" * 50})


@pytest.fixture
def session(tmp_path):
    with open_session(tmp_path) as opened:
        load_images(opened, io.BytesIO(docker_archive([COMMON], tags=["localhost/a:1"])))
        load_images(opened, io.BytesIO(docker_archive([COMMON, OWN], tags=["localhost/b:1"])))
        yield opened


def test_shared_layers_count_once(session):
    usage = disk_usage(session)
    assert (usage.images.total, usage.images.active) == (2, 0)
    assert (usage.images.size_bytes, usage.images.reclaimable_bytes) == (1050, 1050)
    assert image_sizes(session) == {
        get_image(session, "a:1").id: (1000, 0),
        get_image(session, "b:1").id: (1000, 50),
    }
    rows = {row.names[0]: (row.size_bytes, row.shared_bytes, row.unique_bytes) for row in usage.image_rows}
    assert rows == {"localhost/a:1": (1000, 1000, 0), "localhost/b:1": (1050, 1000, 50)}
    assert 0 < usage.blobs_bytes < len(COMMON) + len(OWN)  # a plain layer is kept packed


def test_what_is_counted_is_counted_by_a_few_queries_however_much_there_is(session):
    def statements() -> int:
        said: list[str] = []
        session.db._connection.set_trace_callback(said.append)
        disk_usage(session)
        session.db._connection.set_trace_callback(None)
        return len(said)

    before = statements()
    for digit in "abcdef":
        insert_container(session, digit * 64, volumes=["data"])
    assert statements() == before
    assert _in_several({"a": {"1", "2"}, "b": {"2", "3"}, "c": {"4"}, "d": {"2"}}) == {"2"}


def test_what_a_container_uses_cannot_be_reclaimed(session):
    insert_container(session, "c" * 64, image_id=get_image(session, "a:1").id, volumes=["data"])
    create_volume(session, VolumeSpec(name="data"))
    create_volume(session, VolumeSpec(name="other"))
    for name in ("data", "other"):
        with open(f"{session.paths.volume(name)}/file", "wb") as file:
            file.write(b"v" * 30)
    usage = disk_usage(session)
    assert (usage.images.active, usage.images.reclaimable_bytes) == (1, 50)
    assert (usage.containers.total, usage.containers.active) == (1, 0)
    assert usage.container_rows[0].volumes == 1
    assert (usage.volumes.total, usage.volumes.active) == (2, 1)
    assert (usage.volumes.size_bytes, usage.volumes.reclaimable_bytes) == (60, 30)


def test_prune_removes_what_nothing_uses_but_never_a_named_volume(session):
    create_volume(session, VolumeSpec(name="kept"))
    create_volume(session, VolumeSpec(name="a" * 64, anonymous=True))
    load_images(session, io.BytesIO(docker_archive([OWN], tags=["localhost/a:1"])))  # leaves the old a:1 dangling
    done = system_prune(session, volumes=True)
    assert (len(done.images), done.volumes, len(list_images(session))) == (1, ("a" * 64,), 2)
    done = system_prune(session, all=True, volumes=True)
    assert (len(done.images), list_images(session)) == (2, [])
    assert done.freed_bytes >= 1100
    assert [volume.name for volume in list_volumes(session)] == ["kept"]


def test_an_unknown_filter_is_refused_before_anything_is_removed(session):
    with pytest.raises(InvalidInput):
        system_prune(session, [("colour", "red")], all=True)
    assert len(list_images(session)) == 2
