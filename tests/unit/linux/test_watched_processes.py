"""A server's watch of processes says what /proc would."""

from __future__ import annotations

import gc
import os
import subprocess

from pycman.linux.processes import start_time
from pycman.linux.watched_processes import WatchedProcesses


def descriptors() -> int:
    """Return how many are open, once those of other tests' garbage are closed."""
    gc.collect()
    return len(os.listdir("/proc/self/fd"))


def test_a_process_lives_until_it_has_ended_also_as_a_zombie_and_with_more_than_are_watched() -> None:
    processes = [subprocess.Popen(["sleep", "100"]) for _ in range(3)]
    pids = [(process.pid, start_time(process.pid)) for process in processes]
    watch = WatchedProcesses(most=2)
    before = descriptors()
    assert all(watch.is_alive(*pid) for pid in pids)
    assert descriptors() == before + 3, "one for each that is watched, and one for all"
    assert (watch.ended, watch.looked_up) == (0, 1)
    assert not watch.is_alive(pids[0][0], pids[0][1] + 1)  # another process that has the pid now
    assert not watch.is_alive(0, 0)
    for process in processes:
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # it is a zombie
    watch.look()
    assert watch.ended == 2
    assert not any(watch.is_alive(*pid) for pid in pids)
    for process in processes:
        process.wait()
    watch.look()
    assert not any(watch.is_alive(*pid) for pid in pids)
    watch.close()
    assert descriptors() == before


def test_what_is_watched_no_longer_leaves_no_descriptor() -> None:
    before = descriptors()
    watch = WatchedProcesses()
    assert watch.is_alive(os.getpid(), start_time(os.getpid()))
    watch.close()
    assert descriptors() == before
    assert watch.is_alive(os.getpid(), start_time(os.getpid()))
    watch.close()
