"""Events of shims that run a publish binary: a real process, as they start it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pycman.jsontext import format_json
from pycman.runtime.monitor import Monitor
from pycman.runtime.shim.messages import TABLE
from pycman.runtime.shim.protobuf import encode
from pycman.runtime.shim.start_monitor import Plan
from pycman.runtime.shim.start_shim import Shim

ROOT = Path(__file__).resolve().parents[4]


@pytest.fixture
def bundle(tmp_path):
    made = tmp_path / "containers/abc"
    made.mkdir(parents=True)
    (tmp_path / "exits").mkdir()
    monitor = Monitor(
        container_id="abc", name="c", bundle=str(made), pid_file=f"{made}/pidfile", conmon_pid_file=f"{made}/conmon.pid",
        exit_dir=str(tmp_path / "exits"), persist_dir=str(made), exit_command=("/bin/sh", "-c", f"echo cleaned > {tmp_path}/done"),
    )  # fmt: skip
    plan = Plan(monitor=monitor, shim=Shim(name="s", path="/s", container_id="abc", address=str(tmp_path)))
    (made / "monitor.json").write_text(format_json(plan.to_dict()))
    return made


def publish(run_root, topic, message, values, namespace="pycman"):
    event = {"type_url": f"containerd.events.{message}", "value": encode(TABLE, message, values)}
    words = ["--address", str(run_root), "publish", "--topic", topic, "--namespace", namespace]
    return subprocess.run(
        [sys.executable, "-I", "-S", str(ROOT / "pycman/__main__.py"), *words],
        input=encode(TABLE, "Any", event), check=False,
    ).returncode  # fmt: skip


def test_the_end_of_a_container_without_a_monitor(tmp_path, bundle):
    assert publish(tmp_path, "/tasks/exit", "TaskExit", {"container_id": "abc", "id": "an-exec", "exit_status": 5}) == 0
    assert os.listdir(tmp_path / "exits") == []  # only a process of exec has ended
    assert publish(tmp_path, "/tasks/exit", "TaskExit", {"container_id": "abc", "id": "abc", "exit_status": 7}) == 0
    assert (tmp_path / "exits/abc").read_text() == "7"
    assert (tmp_path / "done").read_text() == "cleaned\n"


def test_memory_was_short_and_what_is_not_ours(tmp_path, bundle):
    assert publish(tmp_path, "/tasks/oom", "TaskOOM", {"container_id": "abc"}, namespace="k8s.io") == 1
    assert not (bundle / "oom").exists()
    assert publish(tmp_path, "/tasks/oom", "TaskOOM", {"container_id": "../exits/x"}) == 0
    assert publish(tmp_path, "/tasks/oom", "TaskOOM", {"container_id": "abc"}) == 0
    assert (bundle / "oom").exists()
    assert os.listdir(tmp_path / "exits") == []
