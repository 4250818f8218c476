"""mount and unmount: counted, for stopped and running ones, and over after a boot."""

from __future__ import annotations

import os

import pytest

from pycman.containers.files.mount import root_mounted
from pycman.errors import InUse, NotFound, WrongState
from pycman.linux.mounts import is_mounted, unmount_below
from tests.support.engines import create, run


def test_each_mount_needs_its_unmount(engine):
    container = create(engine, name="box")
    path = engine.containers.mount("box")
    assert engine.containers.mount("box") == path
    assert os.path.exists(f"{path}/bin/busybox")
    assert engine.containers.mounted() == [(container, path)]
    assert engine.containers.unmount("box") == container
    assert is_mounted(path)
    engine.containers.unmount("box")
    assert not is_mounted(path)
    assert engine.containers.mounted() == []
    with pytest.raises(WrongState):
        engine.containers.unmount("box")


def test_force_undoes_them_all(engine):
    create(engine, name="box")
    path = engine.containers.mount("box")
    engine.containers.mount("box")
    engine.containers.unmount("box", force=True)
    assert not is_mounted(path)


def test_a_running_container_keeps_its_root_and_a_mount_outlives_its_end(engine):
    run(engine, name="box")
    path = engine.containers.mount("box")
    engine.containers.stop("box", timeout_s=0)
    assert is_mounted(path)
    engine.containers.start("box")
    engine.containers.unmount("box")
    assert is_mounted(path)
    engine.containers.stop("box", timeout_s=0)
    assert not is_mounted(path)


def test_what_is_written_there_is_seen_by_the_container(engine):
    create(engine, "test", "-f", "/written", name="box")
    path = engine.containers.mount("box")
    with open(f"{path}/written", "w", encoding="utf-8"):
        pass
    engine.containers.unmount("box")
    assert [change.path for change in engine.containers.diff("box")] == ["/written"]


def test_a_mounted_one_is_removed_with_force_only(engine):
    create(engine, name="box")
    engine.containers.mount("box")
    with pytest.raises(InUse):
        engine.containers.remove("box")
    engine.containers.remove("box", force=True)
    with pytest.raises(NotFound):
        engine.containers.mount("box")


def test_a_count_without_a_mount_is_of_another_boot(engine):
    create(engine, name="box")
    path = engine.containers.mount("box")
    unmount_below(path)
    assert engine.containers.mounted() == []
    assert is_mounted(engine.containers.mount("box"))
    engine.containers.unmount("box")
    assert not is_mounted(path)


def test_verbs_that_look_into_a_stopped_one_share_its_mount(engine):
    container = create(engine, name="box")
    with root_mounted(engine.session, container) as path:
        with root_mounted(engine.session, container):
            assert is_mounted(path)
        assert is_mounted(path)
        engine.containers.start("box")
    assert is_mounted(path)
    engine.containers.stop("box", timeout_s=0)
    assert not is_mounted(path)
