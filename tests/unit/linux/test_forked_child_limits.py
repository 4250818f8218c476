"""A forked child that cannot be started for the limits of its user or process."""

from __future__ import annotations

import gc
import os
import resource

import pytest

from pycman.errors import Unavailable
from pycman.linux.forked_child import ForkedChild


def _open_files() -> list[str]:
    gc.collect()  # those of other tests' garbage are closed
    return sorted(os.listdir("/proc/self/fd"))


def test_without_another_process_it_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def fork() -> int:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(os, "fork", fork)
    before = _open_files()
    with pytest.raises(Unavailable, match="networks: a process for this cannot be started: resource temp") as raised:
        ForkedChild(lambda _child: None, subject="networks")
    assert "ulimit -u" in raised.value.hint
    assert _open_files() == before


def test_without_descriptors_it_is_one_clear_line() -> None:
    before = _open_files()
    free = os.open("/", os.O_RDONLY)
    os.close(free)
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free + 2, limits[1]))  # one pipe at most, and two are needed
    try:
        with pytest.raises(Unavailable, match="networks: a process for this cannot be started: too many open files"):
            ForkedChild(lambda _child: None, subject="networks")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    assert _open_files() == before
