"""ListPodSandboxMetrics: read the facts of all running containers, and build the messages by the table."""

from __future__ import annotations

import os
import time

from cri_server.metrics.facts import Facts, FileSystem
from cri_server.metrics.table import metrics, network_metrics
from cri_server.proto import api_pb2 as api
from cri_server.stats.interfaces import pod_interfaces
from cri_server.stats.messages import members_of
from pycman.jsontext import parse_json
from pycman.linux.cgroup.container_usage import container_pids, read_counters
from pycman.linux.cgroup.counters import (
    CpuUse,
    MemoryUse,
    cpu_use,
    device_io,
    group_limits,
    huge_pages,
    kernel_memory,
    memory_history,
    memory_use,
    pressure,
    task_count,
)
from pycman.linux.cgroup.group import group_pids
from pycman.linux.devices import block_device_name
from pycman.linux.open_files import open_files, open_files_limit
from pycman.spec.cgroup_names import is_slice
from pycman.storage.usage import TreeUse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from cri_server.stats.sampler import Sampler
    from pycman.linux.cgroup.group import Group
    from pycman.pool.pool import Pool
    from pycman.state.session import Session

_POD = "POD"
"""The value of the label `container` for metrics of the pod itself."""
_NS = 10**9


def pod_metrics(session: Session, sampler: Sampler, pool: Pool, pods: Sequence[Any]) -> list[api.PodSandboxMetrics]:
    """Return the metrics of sandboxes and their running containers."""
    members = members_of(session, pods)
    interfaces = pod_interfaces(session, pool, pods, members)
    uppers = {row["id"]: session.paths.upper(row["id"]) for rows in members.values() for row in rows}
    layers = sampler.layers.uses(uppers.values())
    file_system = file_system_of(session.paths.containers)
    found = []
    for pod in pods:
        own = (_POD, pod["cgroup"], "", pod["pod_id"], pod["namespace"], pod["name"])
        message = api.PodSandboxMetrics(
            pod_sandbox_id=pod["pod_id"], metrics=network_metrics(interfaces.get(pod["pod_id"], ()), own)
        )
        for row in members[pod["pod_id"]]:
            layer = layers.get(uppers[row["id"]])
            use = TreeUse() if layer is None else layer.use
            facts = container_facts(row, sampler.group(row), use, file_system)
            if not facts.cpu.usage_ns and not facts.memory.usage_bytes:
                continue  # the container has ended since its row was read
            labels = _labels(pod, row)
            message.container_metrics.add(container_id=row["id"], metrics=metrics(facts, labels))
        found.append(message)
    sampler.forget()
    return found


def _labels(pod: Mapping[str, Any], row: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the values of `LABELS`."""
    image = parse_json(row["config"]).get("image") or {}
    name = str(image.get("user_specified_image") or image.get("image") or "")
    return (row["cri_name"], _group_name(pod["cgroup"], row["id"]), name, row["id"], pod["namespace"], pod["name"])


def _group_name(parent: str, container_id: str) -> str:
    """Return the path of a container's cgroup below its pod's."""
    return f"{parent}/pycman-{container_id}{'.scope' if is_slice(parent) else ''}"


def file_system_of(path: str) -> FileSystem:
    """Return device, size and inodes of the file system of a directory."""
    status, device = os.statvfs(path), os.stat(path).st_dev
    return FileSystem(
        device=block_device_name(os.major(device), os.minor(device)),
        size_bytes=status.f_blocks * status.f_frsize,
        inodes=status.f_files,
        free_inodes=status.f_favail,
    )


def container_facts(row: Mapping[str, Any], group: Group | None, layer: TreeUse, file_system: FileSystem) -> Facts:
    """Return the facts of a running container, read from its cgroup, or from its processes if `group` is None."""
    pid = row["pid"]
    pids = container_pids(pid) if group is None else group_pids(group)
    files = [open_files(process) for process in pids]
    common = Facts(
        now_s=time.time_ns() // _NS,
        started_s=row["started_at_ns"] // _NS,
        processes=len(pids),
        descriptors=sum(file[0] for file in files),
        sockets=sum(file[1] for file in files),
        open_files_limit=open_files_limit(pid),
        file_system=file_system,
        layer=layer,
    )
    if group is None:
        counters = read_counters(pid, f"pycman-{row['id']}")
        memory = MemoryUse(usage_bytes=counters.memory_bytes, rss_bytes=counters.memory_bytes)
        return common.replace(cpu=CpuUse(usage_ns=counters.cpu_ns), memory=memory, tasks=counters.pids)
    memory = memory_use(group)
    tasks, most = task_count(group)
    devices = device_io(group) or ()
    waited = {kind: pressure(group, kind) for kind in ("cpu", "memory", "io")}
    return common.replace(
        cpu=cpu_use(group),
        memory=memory,
        history=memory_history(group),
        kernel_bytes=kernel_memory(group, memory),
        limits=group_limits(group),
        devices=tuple(devices),
        device_names={device.device: block_device_name(*map(int, device.device.split(":"))) for device in devices},
        huge_pages=huge_pages(group),
        pressures={kind: found for kind, found in waited.items() if found is not None},
        tasks=tasks,
        tasks_limit=most,
    )
