"""--pidfile, --conmon-pidfile and --infra-conmon-pidfile: kept with a container, written whenever it starts."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from pods.infra import can_be_pinned
from pycman.containers.start.pid_files import WritePidFiles
from pycman.errors import NotFound
from pycman.spec.container import ContainerSpec
from pycman.spec.pod import PodSpec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path


def monitor(pid: int, conmon_pid: int) -> Any:
    return SimpleNamespace(started=SimpleNamespace(pid=pid, conmon_pid=conmon_pid))


def test_each_start_writes_the_pids_of_that_start(tmp_path: Path) -> None:
    spec = ContainerSpec(pid_file=f"{tmp_path}/pid", conmon_pid_file=f"{tmp_path}/conmon")
    spec = ContainerSpec.from_dict(spec.to_dict())
    for pid in (70, 80):
        WritePidFiles(spec, monitor(pid, pid + 1)).do()
        assert ((tmp_path / "pid").read_text(), (tmp_path / "conmon").read_text()) == (f"{pid}\n", f"{pid + 1}\n")


def test_only_the_file_that_was_asked_for_is_written(tmp_path: Path) -> None:
    step = WritePidFiles(ContainerSpec(conmon_pid_file=f"{tmp_path}/conmon"), monitor(7, 8))
    step.do()
    assert [path.name for path in tmp_path.iterdir()] == ["conmon"]
    assert step.describe() == f"write {tmp_path}/conmon"


def test_the_flag_is_named_where_it_cannot_be_written(tmp_path: Path) -> None:
    step = WritePidFiles(ContainerSpec(conmon_pid_file=f"{tmp_path}/missing/conmon"), monitor(7, 8))
    with pytest.raises(NotFound, match="--conmon-pidfile"):
        step.do()


def test_a_pod_whose_monitor_is_watched_has_an_infra_process() -> None:
    pod = PodSpec(pinned=True, share=("net",))
    assert can_be_pinned(pod)
    assert not can_be_pinned(pod.replace(infra_conmon_pid_file="/run/shop.pid"))
