"""The changes of a container, as `diff` lists them."""

from __future__ import annotations

import pytest

from pycman.errors import Unsupported
from pycman.spec.container import ContainerSpec
from pycman.spec.mount import Mount
from tests.support.engines import create, finish, run


def changes(engine, name):
    return [f"{change.kind} {change.path}" for change in engine.containers.diff(name)]


def test_a_new_container_changed_nothing(engine):
    create(engine, name="box")
    assert changes(engine, "box") == []


def test_the_engine_s_own_mount_points_are_no_changes(engine):
    finish(engine, "true", name="box")
    assert changes(engine, "box") == []


def test_added_changed_and_deleted_in_order(engine):
    finish(engine, "sh", "-c", "echo x > /data/file; rm -r /data/sub; mkdir /new; touch /new/a", name="box")
    assert changes(engine, "box") == ["C /data", "C /data/file", "D /data/sub", "A /new", "A /new/a"]


def test_a_directory_made_anew_hides_what_was_in_it(engine):
    finish(engine, "sh", "-c", "rm -r /data; mkdir /data; touch /data/file", name="box")
    assert changes(engine, "box") == ["C /data", "C /data/file", "D /data/sub"]


def test_what_goes_into_a_volume_is_no_change(engine):
    mount = Mount(kind="volume", source="v", target="/data")
    run(engine, "sh", "-c", "touch /data/new; sleep 100", name="box", mounts=(mount,))
    assert changes(engine, "box") == []


def test_a_root_file_system_of_its_own_has_no_layers(engine, tmp_path):
    engine.containers.create(ContainerSpec(rootfs=str(tmp_path), command=("true",), name="own"))
    with pytest.raises(Unsupported):
        engine.containers.diff("own")
