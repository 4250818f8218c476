"""Limits as the runtime spec has them: what is unlimited, lifted, or not to be had on a host."""

from __future__ import annotations

import pytest

from pycman.containers.change.update import merge_resources
from pycman.runtime import settable as module
from pycman.runtime.bundle_input import BundleInput, HostFacts
from pycman.runtime.resources import limits_object, resources_object
from pycman.runtime.settable import DELEGATE, settable
from pycman.spec.container import ContainerSpec
from pycman.spec.id_map import IdMap
from pycman.spec.resources import DeviceRate, Resources

MIB = 1 << 20


def created(limits: Resources) -> dict:
    inputs = BundleInput(
        spec=ContainerSpec(image="i", resources=limits), container_id="c", rootfs_path="/r", argv=("sh",), uid=0, gid=0,
        mounts=(), env={}, cwd="/", extra_gids=(), hostname="", namespaces={}, id_map=IdMap(), cgroup_path="",
        host=HostFacts(cgroups="v1", rootless=False),
    )  # fmt: skip
    return {name: value for name, value in resources_object(inputs).items() if name != "devices"}


@pytest.mark.parametrize(
    "limits",
    [
        Resources(pids_limit=0), Resources(pids_limit=-1), Resources(cpu_quota_us=-1), Resources(cpu_quota_us=0),
        Resources(memory_bytes=0), Resources(memory_reservation_bytes=0), Resources(cpu_shares=0), Resources(blkio_weight=0),
        Resources(memory_swappiness=-1),
    ],
)  # fmt: skip
def test_a_new_container_gets_no_limit_for_what_is_unlimited(limits: Resources) -> None:
    assert created(limits) == {}


def test_unlimited_swap_stays_with_a_limit_of_memory() -> None:
    limits = Resources(memory_bytes=10 * MIB, memory_swap_bytes=-1)
    assert created(limits) == {"memory": {"limit": 10 * MIB, "swap": -1}}
    assert created(Resources(memory_bytes=10 * MIB)) == {"memory": {"limit": 10 * MIB, "swap": 20 * MIB}}


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        (Resources(pids_limit=0), {"pids": {"limit": 1 << 22}}),
        (Resources(pids_limit=-1), {"pids": {"limit": 1 << 22}}),
        (Resources(cpu_quota_us=-1), {"cpu": {"quota": -1}}),
        (Resources(cpu_quota_us=0), {"cpu": {"quota": -1}}),
        (Resources(memory_bytes=0), {"memory": {"limit": -1, "swap": -1}}),
        (Resources(memory_swap_bytes=-1), {"memory": {"swap": -1}}),
        (Resources(memory_reservation_bytes=0), {"memory": {"reservation": -1}}),
        (Resources(), {}),
    ],
)
def test_an_update_lifts_a_limit(limits: Resources, expected: dict) -> None:
    assert limits_object(limits, {}) == expected


def test_lifting_the_limit_of_memory_lifts_that_of_swap() -> None:
    old = Resources(memory_bytes=10 * MIB, memory_swap_bytes=20 * MIB, cpu_quota_us=5)
    merged = merge_resources(old, Resources(memory_bytes=0))
    assert limits_object(merged, {}) == {"memory": {"limit": -1, "swap": -1}, "cpu": {"quota": 5}}


ALL = Resources(
    memory_bytes=10 * MIB, memory_swappiness=5, cpu_quota_us=1, cpu_rt_runtime_us=3, pids_limit=5, blkio_weight=100,
    blkio_weight_device=(DeviceRate(path="/dev/a", rate=10),), device_read_bps=(DeviceRate(path="/dev/a", rate=1),),
)  # fmt: skip


def test_what_cgroup_v1_has_no_file_for_is_discarded_and_told(monkeypatch) -> None:
    files = {"memory.limit_in_bytes", "memory.swappiness", "cpu.cfs_quota_us", "blkio.throttle.read_bps_device", ""}
    monkeypatch.setattr(module, "has_v1_file", lambda _controller, name: name in files)
    left, warnings = settable(ALL, "v1", ())
    assert left == ALL.replace(cpu_rt_runtime_us=None, blkio_weight=None, blkio_weight_device=())
    assert [warning.split()[0] for warning in warnings] == [
        "--cpu-rt-runtime",
        "--blkio-weight",
        "--blkio-weight-device",
    ]


def test_what_cgroup_v2_cannot_set_is_discarded_and_told() -> None:
    left, warnings = settable(ALL, "v2", ("memory", "pids", "io"))
    assert left == ALL.replace(memory_swappiness=None, cpu_quota_us=None, cpu_rt_runtime_us=None)
    assert [warning.split()[0] for warning in warnings] == ["--memory-swappiness", "--cpu-quota", "--cpu-rt-runtime"]


def test_what_is_not_delegated_is_told_once_with_what_delegates_it() -> None:
    limits = ALL.replace(cpuset_cpus="0")
    left, warnings = settable(limits, "v2", ("memory", "pids", "cpu"), rootless=True)
    assert left == Resources(memory_bytes=10 * MIB, cpu_quota_us=1, pids_limit=5)
    told = [warning for warning in warnings if "not delegated to this user" in warning]
    assert {line.split()[0]: line.split()[6] for line in told} == {
        "--cpuset-cpus": "cpuset", "--blkio-weight": "io", "--blkio-weight-device": "io", "--device-read-bps": "io",
    }  # fmt: skip
    assert tuple(warnings[-2:]) == DELEGATE
    assert len(warnings) == len(told) + 2 + 2  # swappiness and the realtime budget are only of v1
    assert settable(Resources(memory_swappiness=5), "v2", (), rootless=True)[1][-1].startswith("--memory-swappiness")


@pytest.mark.parametrize("kind", ["none", "v1", "v2"])
def test_where_nothing_is_asked_nothing_is_told(kind: str) -> None:
    assert settable(Resources(), kind, ()) == (Resources(), [])


def test_without_cgroups_one_warning_is_enough_and_it_is_not_this() -> None:
    assert settable(ALL, "none", ()) == (ALL, [])
