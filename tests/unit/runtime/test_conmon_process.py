"""A conmon that waits until it may go; conmon and crun are the real ones."""

import gc
import os
from pathlib import Path

import pytest

from pycman.errors import PycmanError
from pycman.linux.processes import find_program
from pycman.runtime.conmon import monitor_argv
from pycman.runtime.conmon_process import ConmonProcess
from pycman.runtime.monitor import Monitor, RuntimeProgram


def _monitor(folder: Path) -> Monitor:
    bundle = folder / "bundle"
    bundle.mkdir()
    return Monitor(
        container_id="c" * 64,
        name="c",
        bundle=str(bundle),
        pid_file=f"{bundle}/pidfile",
        conmon_pid_file=f"{bundle}/conmon.pid",
        exit_dir=f"{folder}/exits",
        persist_dir=str(bundle),
        log_path=f"{folder}/ctr.log",
        conmon_path=find_program("conmon"),
    )


def test_a_log_that_goes_with_its_container_is_not_waited_for(tmp_path: Path) -> None:
    monitor = _monitor(tmp_path)
    assert "--no-sync-log" not in monitor_argv(monitor, _crun(tmp_path), monitor.conmon_path)
    assert "--no-sync-log" in monitor_argv(monitor.replace(keeps_log=False), _crun(tmp_path), monitor.conmon_path)


def _crun(folder: Path) -> RuntimeProgram:
    return RuntimeProgram(name="crun", path=find_program("crun"), arguments=("--root", f"{folder}/state"))


def _descriptors() -> int:
    gc.collect()  # those of other tests' garbage are closed
    return len(os.listdir("/proc/self/fd"))


def test_one_that_is_abandoned_makes_nothing_and_leaves_nothing_open(tmp_path: Path) -> None:
    before = _descriptors()
    process = ConmonProcess(_monitor(tmp_path), _crun(tmp_path))
    pid = process.pid
    process.abandon()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert not list(tmp_path.rglob("*pid*"))
    assert _descriptors() == before
    process.abandon()


def test_one_that_goes_reports_why_the_runtime_failed(tmp_path: Path) -> None:
    before = _descriptors()
    with pytest.raises(PycmanError, match=r"config\.json"):  # nobody wrote it
        ConmonProcess(_monitor(tmp_path), _crun(tmp_path)).go()
    assert _descriptors() == before
