"""Limits as properties of units and as files of cgroup v2, beside what runc and kubelets make of the same numbers."""

from __future__ import annotations

import pytest

from pycman.errors import Unavailable
from pycman.linux.cgroup.parent import v2_files
from pycman.linux.systemd.properties import (
    NO_LIMIT,
    cpu_mask,
    cpu_weight,
    io_weight,
    quota_per_second,
    unit_properties,
)
from pycman.linux.systemd.wire import types_of

LIMITS = {
    "memory": {"limit": 5 << 20, "swap": 1 << 30, "reservation": 1 << 20},
    "cpu": {"shares": 1000, "quota": 500_000, "period": 100_000, "cpus": "0-1,4", "mems": "0"},
    "pids": {"limit": 50},
    "blockIO": {
        "weight": 500,
        "throttleReadBpsDevice": [{"major": 7, "minor": 0, "rate": 1 << 20}],
        "throttleWriteIOPSDevice": [{"major": 7, "minor": 0, "rate": 30}],
    },
}


@pytest.mark.parametrize(
    ("shares", "weight"), [(2, 1), (1000, 39), (1024, 39), (262144, 10000), (1, 1), (1 << 20, 10000)]
)
def test_shares_become_a_weight(shares: int, weight: int) -> None:
    assert cpu_weight(shares) == weight


@pytest.mark.parametrize(("weight", "of_v2"), [(10, 1), (500, 4950), (1000, 10000)])
def test_weight_of_block_devices(weight: int, of_v2: int) -> None:
    assert io_weight(weight) == of_v2


@pytest.mark.parametrize(
    ("quota", "period", "per_second"),
    [
        (50_000, 100_000, 500_000),
        (50_000, 0, 500_000),
        (-1, 100_000, NO_LIMIT),
        (0, 0, NO_LIMIT),
        (1_234, 100_000, 20_000),
        (1000, 1_000_000, 10_000),
    ],
)
def test_quota_is_in_whole_percents_of_a_second(quota: int, period: int, per_second: int) -> None:
    assert quota_per_second(quota, period) == per_second


@pytest.mark.parametrize(("text", "mask"), [("0", b"\x01"), ("0-2,5", b"\x27"), ("8", b"\x00\x01"), ("1, 3", b"\x0a")])
def test_list_of_processors_is_a_bit_mask(text: str, mask: bytes) -> None:
    assert cpu_mask(text, "") == mask


@pytest.mark.parametrize("text", ["", "a", "0-", "1--2", "9000"])
def test_no_list_of_processors(text: str) -> None:
    with pytest.raises(Unavailable, match="not a list"):
        cpu_mask(text, "cpuset")


def test_every_limit_of_a_pod_is_a_property() -> None:
    found = unit_properties(LIMITS)
    assert [one[0] for one in found] == [
        "MemoryMax", "MemorySwapMax", "MemoryLow", "CPUWeight", "CPUQuotaPerSecUSec", "CPUQuotaPeriodUSec", "AllowedCPUs",
        "AllowedMemoryNodes", "TasksMax", "IOWeight", "IOReadBandwidthMax", "IOWriteIOPSMax",
    ]  # fmt: skip
    values = {name: value for name, _, value in found}
    assert values["MemorySwapMax"] == (1 << 30) - (5 << 20)
    assert values["AllowedCPUs"] == [0x13]
    assert values["IOReadBandwidthMax"] == [("/dev/block/7:0", 1 << 20)]
    assert all(types_of(signature) == [signature] for _, signature, _ in found)


def test_every_limit_of_a_pod_is_a_file() -> None:
    requested = {(part, key): value for part, values in LIMITS.items() for key, value in values.items()}
    assert v2_files(requested) == {
        "memory.max": 5 << 20, "memory.swap.max": (1 << 30) - (5 << 20), "memory.low": 1 << 20, "cpu.weight": 39,
        "cpu.max": "500000 100000", "cpuset.cpus": "0-1,4", "cpuset.mems": "0", "pids.max": 50, "io.weight": 4950,
        "io.max": ["7:0 rbps=1048576", "7:0 wiops=30"],
    }  # fmt: skip


def test_no_limit() -> None:
    limits = {"memory": {"limit": -1, "swap": -1}, "pids": {"limit": -1}, "cpu": {"quota": -1}}
    assert {value for _, _, value in unit_properties(limits)} == {NO_LIMIT}
    assert v2_files({("memory", "limit"): -1, ("memory", "swap"): -1}) == {
        "memory.max": "max",
        "memory.swap.max": "max",
    }


@pytest.mark.parametrize(
    "of",
    [lambda: unit_properties({"memory": {"swappiness": 5}}), lambda: v2_files({("memory", "swappiness"): 5})],
    ids=["systemd", "v2"],
)
def test_limit_that_is_only_of_v1_is_refused(of) -> None:
    with pytest.raises(Unavailable, match="swappiness"):
        of()
