"""Containers and pods without a name: two commands may make up the same one at once."""

from __future__ import annotations

from pods.create import create_pod
from pycman import ContainerSpec, Engine
from pycman.containers.create import create
from pycman.spec.pod import PodSpec


def test_a_name_that_another_has_taken_meanwhile_is_made_up_anew(busybox_archive, tmp_path, monkeypatch) -> None:
    names = iter(["same_name", "same_name", "same_name", "other_name"])
    monkeypatch.setattr(create, "free_name", lambda _session: next(names))
    with Engine.open(root=str(tmp_path / "root"), run_root=str(tmp_path / "run")) as engine:
        engine.images.load(str(busybox_archive))
        made = [engine.containers.create(ContainerSpec(image="busybox:1", command=("true",))) for _ in range(2)]
        assert {each.name for each in engine.containers.list(all=True)} == {"same_name", "other_name"}
        for each in made:
            engine.containers.remove(each)


def test_the_same_of_pods(tmp_path, monkeypatch) -> None:
    names = iter(["same_name", "same_name", "other_name"])
    monkeypatch.setattr("pods.create.free_name", lambda _session: next(names))
    with Engine.open(root=str(tmp_path / "root"), run_root=str(tmp_path / "run")) as engine:
        for _ in range(2):
            create_pod(engine.session, PodSpec(infra=False))
        rows = engine.session.db.rows("SELECT name FROM pods ORDER BY name")
        assert [row["name"] for row in rows] == ["other_name", "same_name"]
