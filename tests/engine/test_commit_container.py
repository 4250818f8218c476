"""Commit a container, and run the image."""

from __future__ import annotations

import pytest

from pycman.errors import NotFound
from pycman.images.make.commit import CommitOptions
from pycman.spec.container import ContainerSpec
from tests.support.engines import finish, run


def test_files_and_settings_are_in_the_image(engine):
    settings = {"env": {"A": "1"}, "workdir": "/data", "user": "web", "labels": {"l": "v"}}
    finish(engine, "sh", "-c", "echo kept > /data/kept; rm /data/file", name="box", **settings)
    engine.containers.commit("box", CommitOptions(reference="kept", changes=('CMD ["sh", "-c", "cat /data/kept"]',)))
    config = engine.images.inspect("kept")["Config"]
    assert config["Cmd"] == ["sh", "-c", "cat /data/kept"]
    assert "A=1" in config["Env"]
    assert (config["WorkingDir"], config["User"], config["Labels"]["l"]) == ("/data", "web", "v")
    assert not [entry for entry in config["Env"] if entry.startswith(("HOSTNAME=", "container="))]
    script = "test -f /data/kept && test ! -e /data/file && test $A = 1 && test $(id -u) = 1000"
    again = engine.containers.run(ContainerSpec(image="kept", command=("sh", "-c", script)))[0]
    assert engine.containers.wait(again) == 0
    engine.containers.remove(again, force=True)
    engine.images.remove("kept")


def test_a_running_one_is_paused_meanwhile_and_goes_on(engine):
    run(engine, name="box")
    engine.containers.commit("box", CommitOptions(reference="live", pause=True))
    assert engine.containers.get("box").state == "running"
    engine.images.remove("live")


def test_no_such_container(engine):
    with pytest.raises(NotFound):
        engine.containers.commit("nobody", CommitOptions())
