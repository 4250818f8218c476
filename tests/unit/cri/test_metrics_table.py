"""The metrics have cAdvisor's names, and each value the labels of its descriptor."""

from __future__ import annotations

import pytest

from cri_server.metrics.facts import Facts, FileSystem
from cri_server.metrics.operations import parse_address
from cri_server.metrics.table import LABELS, descriptors, metrics, network_metrics
from cri_server.proto import api_pb2 as api
from pycman.errors import InvalidInput
from pycman.linux.cgroup.container_usage import InterfaceCounters
from pycman.linux.cgroup.counters import CpuUse, DeviceIo, GroupLimits, MemoryHistory, MemoryUse, Pressure, Stall
from pycman.storage.usage import TreeUse

NAMES = """
blkio_device_usage_total cpu_cfs_periods_total cpu_cfs_throttled_periods_total cpu_cfs_throttled_seconds_total
cpu_system_seconds_total cpu_usage_seconds_total cpu_user_seconds_total file_descriptors fs_inodes_free fs_inodes_total
fs_limit_bytes fs_reads_bytes_total fs_reads_total fs_usage_bytes fs_writes_bytes_total fs_writes_total
hugetlb_max_usage_bytes hugetlb_usage_bytes last_seen memory_cache memory_failcnt memory_failures_total memory_kernel_usage
memory_mapped_file memory_max_usage_bytes memory_rss memory_swap memory_usage_bytes memory_working_set_bytes
network_receive_bytes_total network_receive_errors_total network_receive_packets_dropped_total
network_receive_packets_total network_transmit_bytes_total network_transmit_errors_total
network_transmit_packets_dropped_total network_transmit_packets_total oom_events_total pressure_cpu_stalled_seconds_total
pressure_cpu_waiting_seconds_total pressure_io_stalled_seconds_total pressure_io_waiting_seconds_total
pressure_memory_stalled_seconds_total pressure_memory_waiting_seconds_total processes sockets spec_cpu_period
spec_cpu_quota spec_cpu_shares spec_memory_limit_bytes spec_memory_reservation_limit_bytes spec_memory_swap_limit_bytes
start_time_seconds threads threads_max ulimits_soft
"""
OPTIONAL = {"blkio_device_usage_total", "fs_reads_bytes_total", "fs_reads_total", "fs_writes_bytes_total", "fs_writes_total",
            "hugetlb_max_usage_bytes", "hugetlb_usage_bytes", "spec_cpu_quota", "ulimits_soft"}  # fmt: skip
"""Where nothing is counted, or nothing limited, there is no value; and where the kernel tells no pressure."""
OWN = ("web", "/pod/pycman-abc", "busybox:1", "abc", "default", "p")
ETH0 = InterfaceCounters(
    name="eth0", received_bytes=1, received_packets=2, received_errors=3, received_dropped=4,
    sent_bytes=5, sent_packets=6, sent_errors=7, sent_dropped=8,
)  # fmt: skip
FULL = Facts(
    now_s=1000,
    started_s=900,
    cpu=CpuUse(usage_ns=2_900_000_000, periods=10, throttled_ns=1_000_000_000),
    memory=MemoryUse(usage_bytes=100, inactive_file_bytes=30, page_faults=9, major_page_faults=2),
    history=MemoryHistory(max_usage_bytes=200, oom_kills=1),
    limits=GroupLimits(cpu_period_us=100_000, cpu_quota_us=20_000, cpu_shares=1024, memory_bytes=1 << 26),
    devices=(DeviceIo(device="8:0", read_bytes=1, write_bytes=2, reads=3, writes=4),),
    device_names={"8:0": "/dev/sda"},
    huge_pages={"2MB": (5, 6)},
    pressures={kind: Pressure(some=Stall(total_ns=3 * 10**9)) for kind in ("cpu", "memory", "io")},
    processes=2,
    open_files_limit=1024,
    layer=TreeUse(allocated_bytes=4096),
    file_system=FileSystem(device="/dev/vda1", size_bytes=10),
)


def by_name(found: list[api.Metric]) -> dict[str, list[tuple[list[str], int]]]:
    values: dict[str, list[tuple[list[str], int]]] = {}
    for each in found:
        values.setdefault(each.name, []).append((list(each.label_values)[len(LABELS) :], each.value.value))
    return values


def test_all_names_are_there_with_help_and_labels() -> None:
    found = descriptors()
    assert [each.name for each in found] == [f"container_{name}" for name in sorted(NAMES.split())]
    assert all(each.help and tuple(each.label_keys[: len(LABELS)]) == LABELS for each in found)


def test_every_value_has_as_many_labels_as_its_descriptor_and_the_right_kind() -> None:
    keys = {each.name: each.label_keys for each in descriptors()}
    counters = {name for name in keys if name.endswith("_total")} - {"container_fs_inodes_total"}
    counters.add("container_memory_failcnt")
    found = metrics(FULL, OWN) + network_metrics([ETH0], OWN)
    assert {each.name for each in found} == set(keys)
    for each in found:
        assert len(each.label_values) == len(keys[each.name]), each.name
        assert tuple(each.label_values[: len(OWN)]) == OWN
        assert each.HasField("value")
        assert (each.metric_type == api.COUNTER) == (each.name in counters), each.name
    assert len({(each.name, *each.label_values) for each in found}) == len(found)


def test_a_container_of_which_little_is_known_still_has_every_value_that_must_be_there() -> None:
    found = {each.name.removeprefix("container_") for each in metrics(Facts(now_s=1), OWN)}
    missing = {name for name in NAMES.split() if not name.startswith(("network_", "pressure_"))} - found
    assert missing == OPTIONAL


def test_values_come_from_where_they_should() -> None:
    found = by_name(metrics(FULL, OWN) + network_metrics([ETH0], OWN))
    assert found["container_cpu_usage_seconds_total"] == [(["total"], 2)]
    assert found["container_memory_working_set_bytes"] == [([], 70)]
    assert found["container_memory_max_usage_bytes"] == [([], 200)]
    assert found["container_spec_memory_limit_bytes"] == [([], 1 << 26)]
    assert found["container_spec_memory_swap_limit_bytes"] == [([], 0)]
    assert found["container_fs_writes_total"] == [(["/dev/sda"], 4)]
    assert found["container_fs_usage_bytes"] == [(["/dev/vda1"], 4096)]
    assert found["container_blkio_device_usage_total"] == [
        (["/dev/sda", "8", "0", "Read"], 1), (["/dev/sda", "8", "0", "Write"], 2)]  # fmt: skip
    assert found["container_pressure_io_waiting_seconds_total"] == [([], 3)]
    assert found["container_pressure_io_stalled_seconds_total"] == [([], 0)]
    assert (["pgmajfault", "container"], 2) in found["container_memory_failures_total"]
    network = {name: values[0][1] for name, values in found.items() if name.startswith("container_network")}
    assert network == {
        f"container_network_{name}_total": value
        for name, value in (
            ("receive_bytes", 1), ("receive_packets", 2), ("receive_errors", 3), ("receive_packets_dropped", 4),
            ("transmit_bytes", 5), ("transmit_packets", 6), ("transmit_errors", 7), ("transmit_packets_dropped", 8),
        )
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("9095", ("127.0.0.1", 9095)),
        (":9095", ("127.0.0.1", 9095)),
        ("0.0.0.0:9095", ("0.0.0.0", 9095)),
        ("[::1]:0", ("::1", 0)),
    ],
)
def test_metrics_are_on_loopback_unless_asked_for_elsewhere(text: str, address: tuple[str, int]) -> None:
    assert parse_address(text) == address


@pytest.mark.parametrize("text", ["localhost", "127.0.0.1:", "127.0.0.1:70000", "x:-1"])
def test_other_texts_are_no_addresses(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_address(text)
