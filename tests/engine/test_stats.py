"""stats of real containers: limits, CPU and what does not run."""

from __future__ import annotations

import time

import pytest

from pycman.errors import NotFound
from pycman.spec.resources import Resources
from tests.support.engines import create, run


def test_a_busy_container_shows_cpu_memory_and_its_limits(engine):
    run(
        engine,
        "sh",
        "-c",
        "while :; do :; done",
        name="busy",
        resources=Resources(memory_bytes=64 << 20, pids_limit=20),
    )
    before = engine.containers.stats(["busy"])
    deadline = time.monotonic() + 120
    while True:
        (now,) = engine.containers.stats(["busy"], previous=before)
        if now.cpu_ns - before[0].cpu_ns > 50_000_000 or time.monotonic() > deadline:
            break
    assert now.cpu_percent > 1
    assert 0 < now.memory_bytes < now.memory_limit_bytes
    if now.source == "cgroup":
        assert (now.memory_limit_bytes, now.pids_limit) == (64 << 20, 20)
    assert now.pids >= 1
    assert now.net_received_bytes is not None
    assert now.net_sent_bytes is not None


def test_only_running_ones_unless_all(engine):
    run(engine, name="running")
    create(engine, name="created")
    assert [each.name for each in engine.containers.stats()] == ["running"]
    found = {each.name: each for each in engine.containers.stats(all=True)}
    assert not found["created"].running
    assert found["created"].memory_bytes == 0
    with pytest.raises(NotFound):
        engine.containers.stats(["nobody"])
