"""/run/.containerenv: who gets one, and that a shell reads back what was written."""

from __future__ import annotations

import os
import subprocess

import pytest

from pycman.containers.bundle.marks import PATH, containerenv_mount, containerenv_text
from pycman.runtime.bundle_input import RuntimeMount
from pycman.spec.container import ContainerSpec, Security

ROW = {"name": "n", "id": "1" * 64, "image_name": 'a"$(touch x)`id`\\b', "image_id": "sha256:22"}
PRIVILEGED = ContainerSpec(security=Security(privileged=True))


def test_it_is_empty_for_a_container_that_need_not_know() -> None:
    assert containerenv_text(ROW, ContainerSpec(), rootless=True) == ""


def test_a_shell_reads_it_back(tmp_path) -> None:
    (tmp_path / "f").write_text(containerenv_text(ROW, PRIVILEGED, rootless=True))
    script = '. ./f; printf "%s\\n" "$engine" "$name" "$id" "$image" "$imageid" "$rootless"'
    done = subprocess.run(["sh", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    engine, *rest = done.stdout.splitlines()
    assert engine.startswith("podman-pycman-")
    assert rest == ["n", "1" * 64, ROW["image_name"], "22", "1"]
    assert sorted(os.listdir(tmp_path)) == ["f"]


@pytest.mark.parametrize(
    ("target", "kind", "has"),
    [("/run", "bind", False), ("/run", "tmpfs", True), (PATH, "bind", False), ("/x", "bind", True)],
)
def test_what_a_container_mounts_there_stays(tmp_path, target, kind, has) -> None:
    mounts = [RuntimeMount(kind=kind, source="/s", target=target)]
    assert bool(containerenv_mount(str(tmp_path), ROW, PRIVILEGED, mounts, rootless=False)) is has
    assert (tmp_path / ".containerenv").exists() is has


def test_an_infra_container_has_none(tmp_path) -> None:
    spec = ContainerSpec(is_infra=True)
    assert containerenv_mount(str(tmp_path), ROW, spec, [], rootless=False) == []
