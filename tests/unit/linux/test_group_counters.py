"""Cgroups of v1, v2 and hybrid hosts, with files as the kernel writes them."""

from __future__ import annotations

from pathlib import Path

import pytest

from pycman.linux.cgroup import counters
from pycman.linux.cgroup.counters import CpuUse, DeviceIo, GroupLimits, MemoryHistory, Pressure, Stall
from pycman.linux.cgroup.group import Group, find_group, group_at, group_pids, keyed, own_groups

PROC = """\
5:devices:/pycman/pycman-abc
4:memory:/pycman/pycman-abc
2:cpu,cpuacct:/pycman/pycman-abc/below
1:name=systemd:/pycman/pycman-abc
0::/
"""
V2 = {
    "cpu.stat": "usage_usec 2500000\nuser_usec 1500000\nsystem_usec 1000000\nnice_usec 0\nnr_periods 10\nnr_throttled 4\n"
    "throttled_usec 250000\nnr_bursts 0\nburst_usec 0\n",
    "cpu.max": "20000 100000\n",
    "cpu.weight": "39\n",
    "cpu.pressure": "some avg10=1.50 avg60=0.25 avg300=0.05 total=42\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=7\n",
    "memory.current": "10000000\n",
    "memory.max": "67108864\n",
    "memory.low": "1048576\n",
    "memory.peak": "12000000\n",
    "memory.events": "low 0\nhigh 0\nmax 3\noom 2\noom_kill 1\noom_group_kill 0\n",
    "memory.stat": "anon 4000000\nfile 3000000\nkernel 500000\nkernel_stack 16384\npagetables 40960\nslab 200000\n"
    "file_mapped 1000000\ninactive_file 1500000\npgfault 900\npgmajfault 9\n",
    "memory.swap.current": "4096\n",
    "memory.swap.max": "0\n",
    "io.stat": "8:0 rbytes=10 wbytes=20 rios=1 wios=2 dbytes=0 dios=0\n8:16 rbytes=5 wbytes=1 rios=3 wios=4 dbytes=0 dios=0\n"
    "253:0 \n",
    "pids.current": "3\n",
    "pids.max": "max\n",
    "hugetlb.2MB.current": "2097152\n",
    "hugetlb.2MB.rsvd.current": "0\n",
    "cgroup.procs": "11\n12\n",
}
V1 = {
    "cpu,cpuacct": {
        "cpuacct.usage": "2500000000\n",
        "cpuacct.usage_user": "1500000000\n",
        "cpuacct.usage_sys": "1000000000\n",
        "cpu.stat": "nr_periods 10\nnr_throttled 4\nthrottled_time 250000000\nnr_bursts 0\nburst_time 0\n",
        "cpu.cfs_period_us": "100000\n",
        "cpu.cfs_quota_us": "20000\n",
        "cpu.shares": "998\n",
    },
    "memory": {
        "memory.usage_in_bytes": "10000000\n",
        "memory.limit_in_bytes": "67108864\n",
        "memory.memsw.limit_in_bytes": "77108864\n",
        "memory.soft_limit_in_bytes": "9223372036854771712\n",
        "memory.max_usage_in_bytes": "12000000\n",
        "memory.failcnt": "3\n",
        "memory.kmem.usage_in_bytes": "500000\n",
        "memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n",
        "memory.stat": "cache 1\nrss 2\nmapped_file 3\nswap 4\npgfault 5\npgmajfault 6\ninactive_file 7\n"
        "hierarchical_memory_limit 67108864\ntotal_cache 3000000\ntotal_rss 4000000\ntotal_mapped_file 1000000\n"
        "total_swap 4096\ntotal_pgfault 900\ntotal_pgmajfault 9\ntotal_inactive_file 1500000\n",
    },
    "blkio": {
        "blkio.throttle.io_service_bytes_recursive": "8:0 Read 10\n8:0 Write 20\n8:0 Sync 30\n8:0 Async 0\n8:0 Discard 0\n"
        "8:0 Total 30\nTotal 30\n",
        "blkio.throttle.io_serviced_recursive": "8:0 Read 1\n8:0 Write 2\n8:0 Sync 3\n8:0 Async 0\n8:0 Total 3\nTotal 3\n",
    },
    "pids": {"pids.current": "3\n", "pids.max": "100\n", "cgroup.procs": "11\n"},
    "hugetlb": {"hugetlb.2MB.usage_in_bytes": "2097152\n", "hugetlb.2MB.max_usage_in_bytes": "4194304\n"},
}


def write(folder: Path, files: dict[str, str]) -> None:
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / name).write_text(text)


@pytest.fixture
def v2(tmp_path: Path) -> Group:
    (tmp_path / "cgroup.controllers").write_text("cpu io memory pids\n")
    write(tmp_path / "pod/pycman-abc", V2)
    write(tmp_path / "pod/pycman-abc/below", {"cgroup.procs": "13\n"})
    return find_group({"": "/pod/pycman-abc"}, root=str(tmp_path))


@pytest.fixture
def v1(tmp_path: Path) -> Group:
    for name, files in V1.items():
        write(tmp_path / name / "pod/pycman-abc", files)
    write(tmp_path / "pids/pod/pycman-abc/below", {"cgroup.procs": "13\n"})
    write(tmp_path / "unified/pod/pycman-abc", {"cpu.pressure": V2["cpu.pressure"], "cpu.stat": "usage_usec 1\n"})
    names = ("cpu", "cpuacct", "memory", "blkio", "pids", "hugetlb", "name=systemd", "devices", "")
    return find_group(dict.fromkeys(names, "/pod/pycman-abc"), root=str(tmp_path))


@pytest.fixture(params=["v1", "v2"])
def group(request: pytest.FixtureRequest) -> Group:
    return request.getfixturevalue(request.param)


def test_only_groups_of_the_container_itself_are_its_own() -> None:
    names = ("devices", "memory", "cpu", "cpuacct", "name=systemd")
    assert own_groups(PROC, "pycman-abc") == dict.fromkeys(names, "/pycman/pycman-abc")
    assert own_groups("0::/user.slice/session.scope\n", "pycman-abc") == {}
    assert own_groups("0::/pycman/pycman-abc\n", "pycman-abc") == {"": "/pycman/pycman-abc"}


def test_both_versions_give_the_same(group: Group) -> None:
    assert counters.cpu_usage_ns(group) == 2_500_000_000
    assert counters.cpu_use(group) == CpuUse(
        usage_ns=2_500_000_000, user_ns=1_500_000_000, system_ns=1_000_000_000,
        periods=10, throttled_periods=4, throttled_ns=250_000_000,
    )  # fmt: skip
    memory = counters.memory_use(group)
    assert (memory.usage_bytes, memory.working_set_bytes, memory.limit_bytes) == (10_000_000, 8_500_000, 67_108_864)
    assert (memory.rss_bytes, memory.cache_bytes, memory.mapped_bytes) == (4_000_000, 3_000_000, 1_000_000)
    assert (memory.swap_bytes, memory.page_faults, memory.major_page_faults) == (4096, 900, 9)
    assert counters.kernel_memory(group, memory) == 500_000
    assert counters.memory_history(group) == MemoryHistory(max_usage_bytes=12_000_000, limit_hits=3, oom_kills=1)
    assert counters.device_io(group)[0] == DeviceIo(device="8:0", read_bytes=10, write_bytes=20, reads=1, writes=2)
    assert sorted(group_pids(group))[:1] + sorted(group_pids(group))[-1:] == [11, 13]
    assert counters.pressure(group, "cpu") == Pressure(
        some=Stall(total_ns=42_000, average_10=1.5, average_60=0.25, average_300=0.05), full=Stall(total_ns=7_000)
    )
    assert counters.pressure(group, "io") is None


def test_what_only_one_version_has_is_none_with_the_other(v2: Group) -> None:
    assert counters.swap_limit(v2) == 0
    assert counters.task_count(v2) == (3, None)
    assert counters.huge_pages(v2) == {"2MB": (2097152, None)}
    assert counters.group_limits(v2) == GroupLimits(
        cpu_period_us=100_000, cpu_quota_us=20_000, cpu_shares=998,
        memory_bytes=67_108_864, memory_reservation_bytes=1_048_576, swap_bytes=0,
    )  # fmt: skip


def test_limits_of_v1(v1: Group) -> None:
    assert counters.swap_limit(v1) == 10_000_000
    assert counters.task_count(v1) == (3, 100)
    assert counters.huge_pages(v1) == {"2MB": (2097152, 4194304)}
    assert counters.group_limits(v1) == GroupLimits(
        cpu_period_us=100_000, cpu_quota_us=20_000, cpu_shares=998, memory_bytes=67_108_864, swap_bytes=77_108_864
    )


def test_what_is_not_limited_has_no_limit(v2: Group) -> None:
    folder = Path(v2.unified)
    for name, text in (("cpu.max", "max 100000\n"), ("memory.max", "max\n"), ("memory.swap.max", "max\n")):
        (folder / name).write_text(text)
    limits = counters.group_limits(v2)
    assert (limits.cpu_quota_us, limits.memory_bytes, limits.swap_bytes) == (None, None, None)


def test_an_old_kernel_has_no_kernel_memory_peak_and_swap(v2: Group) -> None:
    folder = Path(v2.unified)
    for name in ("memory.peak", "memory.swap.current"):
        (folder / name).unlink()
    (folder / "memory.stat").write_text(V2["memory.stat"].replace("kernel 500000\n", ""))
    memory = counters.memory_use(v2)
    assert (memory.swap_bytes, memory.kernel_bytes) == (None, 16384 + 40960 + 200000)
    assert counters.memory_history(v2).max_usage_bytes is None


def test_a_group_that_is_gone_has_nothing(v2: Group, tmp_path: Path) -> None:
    gone = group_at("/pod/nosuch", root=str(tmp_path))
    assert gone == Group()
    assert group_at("/pod/pycman-abc", root=str(tmp_path)) == v2
    assert counters.memory_use(gone).usage_bytes == 0
    assert counters.cpu_use(gone) == CpuUse()
    assert counters.device_io(gone) is None
    assert group_pids(gone) == []
    assert counters.pressure(gone, "cpu") is None


def test_controllers_of_v1_win_over_an_empty_unified_one(v1: Group) -> None:
    assert v1.unified.endswith("unified/pod/pycman-abc")
    assert set(v1.folders) == {"cpu", "cpuacct", "memory", "blkio", "pids", "hugetlb"}


def test_weights_are_shares_as_runtimes_convert_them() -> None:
    assert [counters.shares_of(weight) for weight in (0, 1, 100, 10000)] == [0, 2, 2597, 262144]


def test_flat_keyed_files() -> None:
    assert keyed("usage_usec 12\nnr_periods 0\n") == {"usage_usec": 12, "nr_periods": 0}
    assert keyed("usage_usec 12\nname x\nodd\n") == {"usage_usec": 12}
