"""Counters of a cgroup as messages, and what is told of those that have none."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cri_server.metrics.collect import container_facts, file_system_of
from cri_server.proto import api_pb2 as api
from cri_server.stats import messages
from pycman.linux.cgroup.counters import memory_use
from pycman.linux.cgroup.group import Group, find_group
from pycman.storage.usage import TreeUse
from tests.unit.linux.test_group_counters import V2, write

OWN = {"id": "none", "pid": os.getpid(), "started_at_ns": 7 * 10**9}


@pytest.fixture
def group(tmp_path: Path) -> Group:
    (tmp_path / "cgroup.controllers").write_text("cpu io memory pids\n")
    write(tmp_path / "pod/pycman-abc", V2)
    return find_group({"": "/pod/pycman-abc"}, root=str(tmp_path))


def test_memory_is_counted_as_cadvisor_does(group: Group) -> None:
    found = messages.memory_message(group, memory_use(group), 5)
    assert (found.timestamp, found.usage_bytes.value, found.working_set_bytes.value) == (5, 10_000_000, 8_500_000)
    assert (found.available_bytes.value, found.rss_bytes.value) == (67_108_864 - 8_500_000, 4_000_000)
    assert (found.page_faults.value, found.major_page_faults.value) == (900, 9)
    assert not found.HasField("psi")


def test_without_a_limit_nothing_is_said_to_be_available(group: Group) -> None:
    Path(group.unified, "memory.max").write_text("max\n")
    assert not messages.memory_message(group, memory_use(group), 5).HasField("available_bytes")


def test_pressure_is_told_in_nanoseconds_and_percent(group: Group) -> None:
    found = messages.cpu_message(group, 5)
    assert found.usage_core_nano_seconds.value == 2_500_000_000
    assert (found.psi.Some.Total, found.psi.Some.Avg10, found.psi.Full.Total) == (42_000, 1.5, 7_000)


def test_a_pod_without_a_cgroup_is_the_sum_of_its_containers() -> None:
    linux = api.LinuxPodSandboxStats()
    for number in (1, 2):
        each = linux.containers.add()
        each.cpu.usage_core_nano_seconds.value = number
        each.memory.working_set_bytes.value = 10 * number
        each.memory.available_bytes.value = 5
    messages._add_up(linux, 9)
    assert (linux.cpu.usage_core_nano_seconds.value, linux.memory.working_set_bytes.value) == (3, 30)
    assert (linux.cpu.timestamp, linux.memory.HasField("available_bytes")) == (9, False)


def test_a_container_without_a_cgroup_is_what_its_processes_use() -> None:
    found = api.ContainerStats()
    messages._without_group(found, OWN, 5)
    assert found.cpu.usage_core_nano_seconds.value > 0
    assert found.memory.working_set_bytes.value > 1 << 20
    facts = container_facts(OWN, None, TreeUse(inodes=3), file_system_of("/"))
    assert (facts.processes, facts.started_s, facts.layer.inodes) == (1, 7, 3)
    assert facts.memory.usage_bytes > 1 << 20
    assert facts.descriptors > facts.sockets >= 0


def test_the_facts_of_a_cgroup_are_all_there(group: Group) -> None:
    facts = container_facts(OWN, group, TreeUse(), file_system_of("/"))
    assert (facts.cpu.throttled_periods, facts.history.oom_kills, facts.kernel_bytes) == (4, 1, 500_000)
    assert (facts.tasks, facts.tasks_limit, facts.limits.cpu_quota_us) == (3, None, 20_000)
    assert [device.device for device in facts.devices] == ["8:0", "8:16"]
    assert set(facts.device_names) == {"8:0", "8:16"}
    assert set(facts.pressures) == {"cpu"}
    assert facts.file_system.size_bytes > 0
