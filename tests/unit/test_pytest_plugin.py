"""Whose a test's container is, and what of its output reaches a terminal."""

from __future__ import annotations

import os
import subprocess

from pycman.linux.processes import boot_id, start_time
from pycman.pytest_plugin.container import printable
from pycman.pytest_plugin.ownership import has_ended, owner


def test_a_container_is_left_over_when_its_process_has_ended() -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    boot, namespace, pid, started = owner().split(":")
    assert (boot, int(pid), int(started)) == (boot_id(), os.getpid(), start_time(os.getpid()))
    assert not has_ended(owner())
    assert has_ended(f"{boot}:{namespace}:{ended.pid}:{started}")
    assert has_ended(f"{boot}:{namespace}:{pid}:1"), "another process has its number now"
    assert has_ended(f"another-boot:{namespace}:{pid}:{started}")
    assert not has_ended(f"{boot}:1:{ended.pid}:{started}"), "a process of another pid namespace cannot be looked up"
    for foreign in ("", "x", "a:b:c:d", f"{boot}:{namespace}:-1:{started}", f"{boot}:{namespace}:²:{started}"):
        assert not has_ended(foreign)


def test_output_cannot_steer_a_terminal() -> None:
    assert printable("a\tb\nc\x1b[2J\x9b\u202e") == "a\tb\nc\\x1b[2J\\x9b\\u202e"
