"""A conmon that waits until it may go; conmon and crun are the real ones."""

import gc
import os
import select
import signal
from pathlib import Path

import pytest

from pycman.errors import PycmanError
from pycman.linux.processes import find_program
from pycman.linux.sealed_program import SealedProgram
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


def test_one_whose_starter_is_killed_makes_nothing(tmp_path: Path) -> None:
    read, write = os.pipe()
    starter = os.fork()
    if starter == 0:
        os.write(write, str(ConmonProcess(_monitor(tmp_path), _crun(tmp_path)).pid).encode())
        signal.pause()
    waiting = os.pidfd_open(int(os.read(read, 20)))
    os.kill(starter, signal.SIGKILL)
    os.waitpid(starter, 0)
    assert select.select([waiting], [], [], 60)[0], "it waits for ever"
    for descriptor in (read, write, waiting):
        os.close(descriptor)
    assert not list(tmp_path.rglob("*pid*")), "it went on"


def test_the_copy_is_executed_and_errors_name_the_runtime(tmp_path: Path) -> None:
    crun = _crun(tmp_path).replace(copy="/proc/1/fd/9")
    monitor = _monitor(tmp_path)
    argv = monitor_argv(monitor, crun, "conmon")
    assert argv[argv.index("-r") + 1] == "/proc/1/fd/9"
    hidden = monitor_argv(monitor.replace(hides_null=True), crun, "conmon")
    assert (hidden[hidden.index("-r") + 1], hidden.count("/proc/1/fd/9")) == ("/bin/sh", 1)
    copy = SealedProgram(crun.path)
    with pytest.raises(PycmanError, match=r"config\.json"):  # nobody wrote it
        ConmonProcess(monitor, crun.replace(copy=copy.shared_path()), copy=copy).go()
