"""A sample of a container's use as docker's object of GET /containers/NAME/stats. Pure."""

from __future__ import annotations

from pycman.state.times import format_rfc3339

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


def stats_object(sample: Mapping[str, Any], previous: Mapping[str, Any]) -> dict[str, Any]:
    """Return docker's object; `previous` is the sample before, from which clients compute rates, or {}.

    `sample` is as `verbs/containers.sample` returns it.
    """
    cpus = sample["online_cpus"]
    return {
        "id": sample["id"],
        "name": f"/{sample['name']}",
        "os_type": "linux",
        "read": format_rfc3339(sample["sampled_at_ns"]),
        "preread": format_rfc3339(previous.get("sampled_at_ns", 0)),
        "num_procs": 0,
        "pids_stats": _without_none({"current": sample["pids"], "limit": sample["pids_limit"]})
        if sample["running"]
        else {},
        "cpu_stats": _cpu(sample, cpus),
        "precpu_stats": _cpu(previous, cpus) if previous else _cpu({}, 0),
        "memory_stats": _memory(sample),
        "networks": _networks(sample),
        "blkio_stats": _blkio(sample),
        "storage_stats": {},
    }


def _without_none(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _cpu(sample: Mapping[str, Any], cpus: int) -> dict[str, Any]:
    """Return CPU times in ns. The system's is that of all CPUs together, so that a CPU fully used is 1/`cpus` of it."""
    usage = sample.get("cpu_ns", 0)
    fields: dict[str, Any] = {
        "cpu_usage": {"total_usage": usage, "usage_in_kernelmode": 0, "usage_in_usermode": 0},
        "throttling_data": {"periods": 0, "throttled_periods": 0, "throttled_time": 0},
    }
    if sample:
        fields |= {"system_cpu_usage": sample["sampled_at_ns"] * cpus, "online_cpus": cpus}
    return fields


def _memory(sample: Mapping[str, Any]) -> dict[str, Any]:
    if not sample["running"]:
        return {}
    return {"usage": sample["memory_bytes"], "limit": sample["memory_limit_bytes"], "stats": {"inactive_file": 0}}


def _networks(sample: Mapping[str, Any]) -> dict[str, Any]:
    if sample["net_received_bytes"] is None:
        return {}
    zero = {"rx_packets": 0, "rx_errors": 0, "rx_dropped": 0, "tx_packets": 0, "tx_errors": 0, "tx_dropped": 0}
    return {"eth0": {"rx_bytes": sample["net_received_bytes"], "tx_bytes": sample["net_sent_bytes"] or 0, **zero}}


def _blkio(sample: Mapping[str, Any]) -> dict[str, Any]:
    entries = [
        {"major": 0, "minor": 0, "op": operation, "value": sample[field]}
        for operation, field in (("read", "block_read_bytes"), ("write", "block_write_bytes"))
        if sample[field] is not None
    ]
    names = ("io_serviced_recursive", "io_queue_recursive", "io_service_time_recursive", "io_wait_time_recursive",
             "io_merged_recursive", "io_time_recursive", "sectors_recursive")  # fmt: skip
    return {"io_service_bytes_recursive": entries or None, **dict.fromkeys(names)}
