"""A child that moves within its own cgroup, so that the kernel has waited before the OCI runtime moves a container's process."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pycman.linux.cgroup import early_move
from pycman.linux.cgroup.early_move import EarlyMove, own_processes


@pytest.mark.parametrize(
    ("groups", "files", "expected"),
    [
        ("0::/\n", ["cgroup.procs"], "cgroup.procs"),
        ("0::/user.slice/a\n", ["user.slice/a/cgroup.procs"], "user.slice/a/cgroup.procs"),
        ("5:pids:/a\n0::/a\n", ["pids/a/cgroup.procs", "unified/a/cgroup.procs"], "unified/a/cgroup.procs"),
        ("5:pids:/a\n1:name=systemd:/b\n", ["systemd/b/cgroup.procs"], "systemd/b/cgroup.procs"),
        ("5:pids:/a\n0::/a\n", ["pids/a/cgroup.procs"], "pids/a/cgroup.procs"),
        ("0::/../outside\n", ["../outside/cgroup.procs"], ""),
        ("0::/a\n", ["cgroup.procs", "b/cgroup.procs"], ""),
        ("", ["cgroup.procs"], ""),
        ("nonsense\n0:\n", ["cgroup.procs"], ""),
    ],
    ids=["root", "v2", "hybrid", "v1", "v1 of two", "of another namespace", "not mounted", "none", "unreadable"],
)
def test_the_file_is_that_of_a_cgroup_of_ones_own(groups: str, files: list[str], expected: str, tmp_path: Path) -> None:
    root = tmp_path / "cgroup"
    root.mkdir()
    for name in files:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    assert own_processes(groups, str(root)) == (f"{root}/{expected}" if expected else "")


def test_it_moves_nobody_and_leaves_nobody(monkeypatch) -> None:
    started: list[int] = []
    spawn = early_move.spawn
    monkeypatch.setattr(
        early_move, "spawn", lambda *words, **options: started.append(spawn(*words, **options)) or started[-1]
    )
    before = Path("/proc/self/cgroup").read_text()
    move = EarlyMove()
    move.finish()
    move.finish()
    assert Path("/proc/self/cgroup").read_text() == before
    for pid in started:  # none where this process may not write to its own cgroup
        with pytest.raises(ChildProcessError):
            os.waitpid(pid, 0)


def test_without_a_shell_it_is_done_without(monkeypatch) -> None:
    monkeypatch.setattr(early_move, "_SHELL", "/nonexistent")
    EarlyMove().finish()
