"""Every metric of containers and pods under cAdvisor's names: help, labels beside the common ones, and its values. Pure.

A value is a whole number, as the API has it; seconds are whole ones. A value of None is left out.
"""

from __future__ import annotations

from cri_server.proto import api_pb2 as api
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cri_server.metrics.facts import Facts
    from pycman.linux.cgroup.container_usage import InterfaceCounters
    from pycman.linux.cgroup.counters import DeviceIo

    Values = Sequence[tuple[tuple[str, ...], int | None]]

LABELS = ("container", "id", "image", "name", "namespace", "pod")
"""The labels of every metric, with cAdvisor's meanings: `id` is the cgroup, `name` the container's id."""
_SECOND_NS = 10**9


class Entry(Record):
    """One metric. `read` returns its values, each with the values of the labels `keys`."""

    name: str
    help: str
    is_counter: bool
    read: Callable[[Facts], Values]
    keys: tuple[str, ...] = ()


class NetworkEntry(Record):
    """One metric of a pod's interface."""

    name: str
    help: str
    read: Callable[[InterfaceCounters], int]


def _entry(name: str, help: str, read: Callable[[Facts], int | None], *, is_counter: bool = False) -> Entry:
    return Entry(name=f"container_{name}", help=help, is_counter=is_counter, read=lambda facts: (((), read(facts)),))


def _counter(name: str, help: str, read: Callable[[Facts], int | None]) -> Entry:
    return _entry(name, help, read, is_counter=True)


def _labelled(
    name: str, help: str, keys: tuple[str, ...], read: Callable[[Facts], Values], *, is_counter: bool = True
) -> Entry:
    return Entry(name=f"container_{name}", help=help, is_counter=is_counter, keys=keys, read=read)


def _of_device(name: str, help: str, read: Callable[[DeviceIo], int]) -> Entry:
    return _labelled(
        name,
        help,
        ("device",),
        lambda facts: [((facts.device_names[device.device],), read(device)) for device in facts.devices],
    )


def _of_file_system(name: str, help: str, read: Callable[[Facts], int | None]) -> Entry:
    return _labelled(
        name, help, ("device",), lambda facts: (((facts.file_system.device,), read(facts)),), is_counter=False
    )


def _network(name: str, help: str, read: Callable[[InterfaceCounters], int]) -> NetworkEntry:
    return NetworkEntry(name=f"container_network_{name}", help=help, read=read)


def _stalled(resource: str, title: str, *, every: bool) -> Entry:
    def read(facts: Facts) -> int | None:
        found = facts.pressures.get(resource)
        return None if found is None else (found.full if every else found.some).total_ns // _SECOND_NS

    text = "no tasks in the container could make progress" if every else "tasks in the container have waited"
    return _counter(
        f"pressure_{resource}_{'stalled' if every else 'waiting'}_seconds_total",
        f"Total time duration {text} due to {title} congestion.",
        read,
    )


def _device_usage(facts: Facts) -> Values:
    found = []
    for device in facts.devices:
        labels = (facts.device_names[device.device], *device.device.split(":", 1))
        found += [((*labels, "Read"), device.read_bytes), ((*labels, "Write"), device.write_bytes)]
    return found


def _failures(facts: Facts) -> Values:
    """Return page faults for both values of `scope`: a container's cgroup counts those of cgroups below it, too."""
    faults = (("pgfault", facts.memory.page_faults), ("pgmajfault", facts.memory.major_page_faults))
    return [((kind, scope), value) for scope in ("container", "hierarchy") for kind, value in faults]


ENTRIES = (
    _labelled(
        "blkio_device_usage_total", "Blkio Device bytes usage", ("device", "major", "minor", "operation"), _device_usage
    ),
    _counter(
        "cpu_cfs_periods_total", "Number of elapsed enforcement period intervals.", lambda facts: facts.cpu.periods
    ),
    _counter(
        "cpu_cfs_throttled_periods_total",
        "Number of throttled period intervals.",
        lambda facts: facts.cpu.throttled_periods,
    ),
    _counter(
        "cpu_cfs_throttled_seconds_total",
        "Total time duration the container has been throttled.",
        lambda facts: facts.cpu.throttled_ns // _SECOND_NS,
    ),
    _counter(
        "cpu_system_seconds_total",
        "Cumulative system cpu time consumed in seconds.",
        lambda facts: facts.cpu.system_ns // _SECOND_NS,
    ),
    _labelled(
        "cpu_usage_seconds_total",
        "Cumulative cpu time consumed in seconds.",
        ("cpu",),
        lambda facts: ((("total",), facts.cpu.usage_ns // _SECOND_NS),),
    ),
    _counter(
        "cpu_user_seconds_total",
        "Cumulative user cpu time consumed in seconds.",
        lambda facts: facts.cpu.user_ns // _SECOND_NS,
    ),
    _entry("file_descriptors", "Number of open file descriptors for the container.", lambda facts: facts.descriptors),
    _of_file_system("fs_inodes_free", "Number of available Inodes", lambda facts: facts.file_system.free_inodes),
    _of_file_system("fs_inodes_total", "Number of Inodes", lambda facts: facts.file_system.inodes),
    _of_file_system(
        "fs_limit_bytes",
        "Number of bytes that can be consumed by the container on this filesystem.",
        lambda facts: facts.file_system.size_bytes,
    ),
    _of_device("fs_reads_bytes_total", "Cumulative count of bytes read", lambda device: device.read_bytes),
    _of_device("fs_reads_total", "Cumulative count of reads completed", lambda device: device.reads),
    _of_file_system(
        "fs_usage_bytes",
        "Number of bytes that are consumed by the container on this filesystem.",
        lambda facts: facts.layer.allocated_bytes,
    ),
    _of_device("fs_writes_bytes_total", "Cumulative count of bytes written", lambda device: device.write_bytes),
    _of_device("fs_writes_total", "Cumulative count of writes completed", lambda device: device.writes),
    _labelled(
        "hugetlb_max_usage_bytes",
        "Maximum hugepage usage recorded in bytes",
        ("pagesize",),
        lambda facts: [((size,), most) for size, (_, most) in facts.huge_pages.items()],
        is_counter=False,
    ),
    _labelled(
        "hugetlb_usage_bytes",
        "Current hugepage usage in bytes",
        ("pagesize",),
        lambda facts: [((size,), now) for size, (now, _) in facts.huge_pages.items()],
        is_counter=False,
    ),
    _entry("last_seen", "Last time a container was seen by the exporter", lambda facts: facts.now_s),
    _entry("memory_cache", "Number of bytes of page cache memory.", lambda facts: facts.memory.cache_bytes),
    _counter("memory_failcnt", "Number of memory usage hits limits", lambda facts: facts.history.limit_hits),
    _labelled(
        "memory_failures_total",
        "Cumulative count of memory allocation failures.",
        ("failure_type", "scope"),
        _failures,
    ),
    _entry("memory_kernel_usage", "Size of kernel memory allocated in bytes.", lambda facts: facts.kernel_bytes),
    _entry("memory_mapped_file", "Size of memory mapped files in bytes.", lambda facts: facts.memory.mapped_bytes),
    _entry(
        "memory_max_usage_bytes",
        "Maximum memory usage recorded in bytes",
        lambda facts: facts.history.max_usage_bytes or facts.memory.usage_bytes,
    ),
    _entry("memory_rss", "Size of RSS in bytes.", lambda facts: facts.memory.rss_bytes),
    _entry("memory_swap", "Container swap usage in bytes.", lambda facts: facts.memory.swap_bytes or 0),
    _entry(
        "memory_usage_bytes",
        "Current memory usage in bytes, including all memory regardless of when it was accessed",
        lambda facts: facts.memory.usage_bytes,
    ),
    _entry("memory_working_set_bytes", "Current working set in bytes.", lambda facts: facts.memory.working_set_bytes),
    _counter(
        "oom_events_total",
        "Count of out of memory events observed for the container",
        lambda facts: facts.history.oom_kills,
    ),
    _stalled("cpu", "CPU", every=True),
    _stalled("cpu", "CPU", every=False),
    _stalled("io", "IO", every=True),
    _stalled("io", "IO", every=False),
    _stalled("memory", "memory", every=True),
    _stalled("memory", "memory", every=False),
    _entry("processes", "Number of processes running inside the container.", lambda facts: facts.processes),
    _entry("sockets", "Number of open sockets for the container.", lambda facts: facts.sockets),
    _entry("spec_cpu_period", "CPU period of the container.", lambda facts: facts.limits.cpu_period_us),
    _entry("spec_cpu_quota", "CPU quota of the container.", lambda facts: facts.limits.cpu_quota_us),
    _entry("spec_cpu_shares", "CPU share of the container.", lambda facts: facts.limits.cpu_shares),
    _entry("spec_memory_limit_bytes", "Memory limit for the container.", lambda facts: facts.limits.memory_bytes or 0),
    _entry(
        "spec_memory_reservation_limit_bytes",
        "Memory reservation limit for the container.",
        lambda facts: facts.limits.memory_reservation_bytes or 0,
    ),
    _entry(
        "spec_memory_swap_limit_bytes",
        "Memory swap limit for the container.",
        lambda facts: facts.limits.swap_bytes or 0,
    ),
    _entry(
        "start_time_seconds",
        "Start time of the container since unix epoch in seconds.",
        lambda facts: facts.started_s,
    ),
    _entry("threads", "Number of threads running inside the container", lambda facts: facts.tasks),
    _entry(
        "threads_max",
        "Maximum number of threads allowed inside the container, infinity if value is zero",
        lambda facts: facts.tasks_limit or 0,
    ),
    _labelled(
        "ulimits_soft",
        "Soft ulimit values for the container root process. Unlimited if missing",
        ("ulimit",),
        lambda facts: ((("max_open_files",), facts.open_files_limit),),
        is_counter=False,
    ),
)

NETWORK_ENTRIES = (
    _network("receive_bytes_total", "Cumulative count of bytes received", lambda each: each.received_bytes),
    _network(
        "receive_errors_total",
        "Cumulative count of errors encountered while receiving",
        lambda each: each.received_errors,
    ),
    _network(
        "receive_packets_dropped_total",
        "Cumulative count of packets dropped while receiving",
        lambda each: each.received_dropped,
    ),
    _network("receive_packets_total", "Cumulative count of packets received", lambda each: each.received_packets),
    _network("transmit_bytes_total", "Cumulative count of bytes transmitted", lambda each: each.sent_bytes),
    _network(
        "transmit_errors_total",
        "Cumulative count of errors encountered while transmitting",
        lambda each: each.sent_errors,
    ),
    _network(
        "transmit_packets_dropped_total",
        "Cumulative count of packets dropped while transmitting",
        lambda each: each.sent_dropped,
    ),
    _network("transmit_packets_total", "Cumulative count of packets transmitted", lambda each: each.sent_packets),
)
NETWORK_KEYS = ("interface",)


def descriptors() -> list[api.MetricDescriptor]:
    """Return the descriptors of all metrics, for ListMetricDescriptors."""
    found = [(entry.name, entry.help, entry.keys) for entry in ENTRIES]
    found += [(network_entry.name, network_entry.help, NETWORK_KEYS) for network_entry in NETWORK_ENTRIES]
    return [
        api.MetricDescriptor(name=name, help=text, label_keys=[*LABELS, *keys]) for name, text, keys in sorted(found)
    ]


def metrics(facts: Facts, labels: Sequence[str]) -> list[api.Metric]:
    """Return a container's metrics, with values for `LABELS`."""
    return [
        _metric(entry.name, [*labels, *own], value, is_counter=entry.is_counter)
        for entry in ENTRIES
        for own, value in entry.read(facts)
        if value is not None
    ]


def network_metrics(interfaces: Sequence[InterfaceCounters], labels: Sequence[str]) -> list[api.Metric]:
    """Return a pod's metrics."""
    return [
        _metric(entry.name, [*labels, interface.name], entry.read(interface), is_counter=True)
        for entry in NETWORK_ENTRIES
        for interface in interfaces
    ]


def _metric(name: str, labels: list[str], value: int, *, is_counter: bool) -> api.Metric:
    """Return a Metric message; its timestamp 0 means that the value is current, not cached."""
    return api.Metric(
        name=name,
        metric_type=api.COUNTER if is_counter else api.GAUGE,
        label_values=labels,
        value=api.UInt64Value(value=value),
    )
