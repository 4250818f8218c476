"""A build that is killed at any of its steps leaves nothing that a listing and a prune do not take, and can be repeated."""

from __future__ import annotations

import os

import pytest

from pycman.plan import CRASH_VARIABLE

POINTS = (
    "create:ready", "start:started", "cleanup:written", "adopt:reserved", "layer:renamed", "remove:marked", "build:step",
    "build:before-names",
)  # fmt: skip


@pytest.mark.parametrize("point", POINTS)
def test_a_killed_build_leaves_nothing_and_can_be_repeated(root_pycman, point):
    folder = root_pycman.folder / "context"
    folder.mkdir()
    (folder / "Dockerfile").write_text("FROM localhost/busybox:1\nCOPY a /a\nRUN echo x > /x\nWORKDIR /w\n")
    (folder / "a").write_text("a")
    killed = root_pycman.run("build", "-t", "killed", str(folder), env={CRASH_VARIABLE: point})
    assert killed.returncode == -9, f"there is no point {point} in a build"
    assert root_pycman("ps", "-aq") == ""
    assert root_pycman("images", "-q", "killed") == ""
    root_pycman("builder", "prune", "-f", "--all")
    root = root_pycman.folder / "root"
    for place in ("containers", "tmp"):
        assert os.listdir(root / place) == [], place
    with open("/proc/self/mountinfo", encoding="utf-8") as mounts:
        assert str(root) not in mounts.read()
    assert len(os.listdir(root / "layers")) <= 2, "only the base's layers are left"
    root_pycman("system", "check")
    root_pycman("build", "-t", "killed", str(folder))
    assert root_pycman("run", "--rm", "killed", "cat", "/a", "/x") == "ax\n"
