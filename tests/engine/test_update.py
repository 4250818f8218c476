"""update: limits and restart policy, now and at the next start."""

from __future__ import annotations

import pytest

from pycman.containers.change.update import merge_resources, parse_restart
from pycman.errors import InvalidInput, NotFound
from pycman.linux.cgroup.container_usage import container_group
from pycman.linux.cgroup.counters import group_limits, task_count
from pycman.spec.health import RestartPolicy
from pycman.spec.resources import DeviceRate, Resources
from tests.support.engines import create, run


def test_a_running_container_gets_new_limits_at_once_and_keeps_them(engine):
    run(engine, name="box", resources=Resources(memory_bytes=64 << 20, pids_limit=50))
    engine.containers.update("box", Resources(memory_bytes=32 << 20, memory_swap_bytes=64 << 20))
    (stats,) = engine.containers.stats(["box"])
    if stats.source == "cgroup":
        assert (stats.memory_limit_bytes, stats.pids_limit) == (32 << 20, 50)
    engine.containers.restart("box", timeout_s=0)
    host = engine.containers.inspect("box")["HostConfig"]
    assert (host["Memory"], host["MemorySwap"], host["PidsLimit"]) == (32 << 20, 64 << 20, 50)


def test_limits_of_a_running_container_are_lifted(engine):
    run(engine, name="box", resources=Resources(memory_bytes=64 << 20, pids_limit=50, cpu_quota_us=50_000))
    lifted = Resources(memory_bytes=0, pids_limit=-1, cpu_quota_us=-1)
    engine.containers.update("box", lifted)
    row = engine.containers.inspect("box")
    group = container_group(row["State"]["Pid"], f"pycman-{row['Id']}")
    if group is not None:
        limits = group_limits(group)
        assert (limits.memory_bytes, limits.cpu_quota_us) == (None, None)
        assert (task_count(group)[1] or 1 << 22) >= 1 << 22
    engine.containers.restart("box", timeout_s=0)
    assert engine.containers.inspect("box")["HostConfig"]["Memory"] == 0


def test_a_stopped_one_is_changed_for_its_next_start(engine):
    create(engine, name="box")
    engine.containers.update("box", Resources(pids_limit=7), restart="on-failure:2")
    host = engine.containers.inspect("box")["HostConfig"]
    assert host["PidsLimit"] == 7
    assert host["RestartPolicy"] == {"Name": "on-failure", "MaximumRetryCount": 2}
    assert engine.containers.get("box").restart_policy == "on-failure"


def test_a_device_that_is_no_block_device_is_refused_also_where_its_limit_is_discarded(engine):
    create(engine, name="box")
    with pytest.raises(InvalidInput, match="not a block device"):
        engine.containers.update("box", Resources(blkio_weight_device=(DeviceRate(path="/dev/zero", rate=100),)))
    with pytest.raises(InvalidInput, match="not a block device"):
        create(engine, name="other", resources=Resources(device_read_bps=(DeviceRate(path="/dev/null", rate=100),)))


def test_what_cannot_be_changes_nothing(engine):
    create(engine, name="box", auto_remove=True)
    for resources, restart in (
        (Resources(memory_bytes=1), ""),
        (Resources(memory_swap_bytes=5 << 20), ""),
        (Resources(blkio_weight=5), ""),
        (Resources(), "sometimes"),
        (Resources(), "always:3"),
        (Resources(), "always"),
    ):
        with pytest.raises(InvalidInput):
            engine.containers.update("box", resources, restart=restart)
    assert engine.containers.inspect("box")["HostConfig"]["Memory"] == 0
    with pytest.raises(NotFound):
        engine.containers.update("nobody", Resources())


def test_what_is_not_given_stays():
    old = Resources(memory_bytes=10, cpu_shares=5, oom_kill_disable=True)
    assert merge_resources(old, Resources(cpu_shares=7)) == old.replace(cpu_shares=7)
    with pytest.raises(InvalidInput):
        merge_resources(Resources(memory_bytes=10, memory_swap_bytes=20), Resources(memory_bytes=30))


def test_restart_policies_are_read_as_flags_write_them():
    assert parse_restart("on-failure:3") == RestartPolicy(name="on-failure", maximum_retries=3)
    assert parse_restart("always") == RestartPolicy(name="always")
