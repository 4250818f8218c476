"""ContainerStats and PodSandboxStats: cgroups' counters as messages, counted as cAdvisor counts them."""

from __future__ import annotations

import os
import time

from cri_server import queries
from cri_server.proto import api_pb2 as api
from cri_server.stats.interfaces import network_usage, pod_interfaces
from pycman.containers import states
from pycman.jsontext import parse_json
from pycman.linux.cgroup.container_usage import container_pids, read_counters, swap_total
from pycman.linux.cgroup.counters import MemoryUse, cpu_usage_ns, memory_use, pressure, swap_limit
from pycman.linux.cgroup.group import group_at, group_pids
from pycman.spec.cgroup_names import is_own_of_pod, is_slice

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from cri_server.stats.layers import Layers
    from cri_server.stats.sampler import Sampler
    from pycman.linux.cgroup.counters import Pressure, Stall
    from pycman.linux.cgroup.group import Group
    from pycman.pool.pool import Pool
    from pycman.state.session import Session


def running(rows: Iterable[Any]) -> list[Any]:
    """Return the rows of containers that run."""
    return [row for row in rows if states.has_process(row) and states.was_started(row)]


def container_stats(session: Session, sampler: Sampler, rows: Iterable[Any]) -> list[api.ContainerStats]:
    """Return the stats of those of these containers that are running."""
    return _of_running(session, sampler, running(rows))


def _of_running(session: Session, sampler: Sampler, wanted: Sequence[Any]) -> list[api.ContainerStats]:
    """Return a message for each row, in order; none for a container that has ended since its row was read."""
    uppers = {row["id"]: session.paths.upper(row["id"]) for row in wanted}
    layers = sampler.layers.uses(uppers.values())
    swap_bytes = swap_total() if wanted else 0
    found = []
    for row in wanted:
        upper = uppers[row["id"]]
        config = parse_json(row["config"])
        layer = layers.get(upper)
        message = api.ContainerStats(
            attributes=api.ContainerAttributes(
                id=row["id"],
                metadata=api.ContainerMetadata(name=row["cri_name"], attempt=row["attempt"]),
                labels=config.get("labels") or {},
                annotations=config.get("annotations") or {},
            ),
            writable_layer=api.FilesystemUsage(
                timestamp=time.time_ns() if layer is None else layer.measured_at_ns,
                fs_id=api.FilesystemIdentifier(mountpoint=upper),
            ),
        )
        if layer is not None:
            message.writable_layer.used_bytes.value = layer.use.allocated_bytes
            message.writable_layer.inodes_used.value = layer.use.inodes
        group = sampler.group(row)
        now = time.time_ns()
        if group is None:
            _without_group(message, row, now)
        else:
            message.cpu.CopyFrom(cpu_message(group, now))
            memory = memory_use(group)
            message.memory.CopyFrom(memory_message(group, memory, now))
            if memory.swap_bytes is not None:
                limit = swap_limit(group)
                most = swap_bytes if limit is None else min(limit, swap_bytes)
                message.swap.timestamp = now
                message.swap.swap_usage_bytes.value = memory.swap_bytes
                message.swap.swap_available_bytes.value = max(0, most - memory.swap_bytes)
            _set_io(message, group, now)
        cpu = message.cpu
        if not cpu.usage_core_nano_seconds.value and not message.memory.usage_bytes.value:
            continue
        cpu.usage_nano_cores.value = sampler.nano_cores(
            row["id"], cpu.usage_core_nano_seconds.value, row["started_at_ns"]
        )
        found.append(message)
    sampler.forget()
    return found


def _without_group(message: api.ContainerStats, row: Mapping[str, Any], now: int) -> None:
    """Fill in the counters of a container without a cgroup of its own, from its processes."""
    counters = read_counters(row["pid"], f"pycman-{row['id']}")
    message.cpu.timestamp = message.memory.timestamp = now
    message.cpu.usage_core_nano_seconds.value = counters.cpu_ns
    for field in (message.memory.usage_bytes, message.memory.working_set_bytes, message.memory.rss_bytes):
        field.value = counters.memory_bytes


def cpu_message(group: Group, now: int) -> api.CpuUsage:
    """Return the CPU time and pressure of a cgroup."""
    return api.CpuUsage(
        timestamp=now,
        usage_core_nano_seconds=api.UInt64Value(value=cpu_usage_ns(group)),
        psi=_psi(pressure(group, "cpu")),
    )


def memory_message(group: Group, use: MemoryUse, now: int) -> api.MemoryUsage:
    """Return the memory and pressure of a cgroup; `available_bytes` is set only if there is a limit."""
    message = api.MemoryUsage(
        timestamp=now,
        working_set_bytes=api.UInt64Value(value=use.working_set_bytes),
        usage_bytes=api.UInt64Value(value=use.usage_bytes),
        rss_bytes=api.UInt64Value(value=use.rss_bytes),
        page_faults=api.UInt64Value(value=use.page_faults),
        major_page_faults=api.UInt64Value(value=use.major_page_faults),
        psi=_psi(pressure(group, "memory")),
    )
    if use.limit_bytes is not None:
        message.available_bytes.value = max(0, use.limit_bytes - use.working_set_bytes)
    return message


def _set_io(message: api.ContainerStats | api.LinuxPodSandboxStats, group: Group, now: int) -> None:
    waited = pressure(group, "io")
    if waited is not None:
        message.io.CopyFrom(api.IoUsage(timestamp=now, psi=_psi(waited)))


def _psi(found: Pressure | None) -> api.PsiStats | None:
    return None if found is None else api.PsiStats(Full=_stall(found.full), Some=_stall(found.some))


def _stall(found: Stall) -> api.PsiData:
    return api.PsiData(Total=found.total_ns, Avg10=found.average_10, Avg60=found.average_60, Avg300=found.average_300)


def pod_stats(session: Session, sampler: Sampler, pool: Pool, pods: Sequence[Any]) -> list[api.PodSandboxStats]:
    """Return the stats of sandboxes: the counters of their cgroup, or the sums over their containers if they have none."""
    members = members_of(session, pods)
    interfaces = pod_interfaces(session, pool, pods, members)
    all_members = [row for rows in members.values() for row in rows]
    stats = {message.attributes.id: message for message in _of_running(session, sampler, all_members)}
    found = []
    for pod in pods:
        rows = members[pod["pod_id"]]
        item = queries.sandbox_item(pod)
        linux = api.LinuxPodSandboxStats(containers=[stats[row["id"]] for row in rows if row["id"] in stats])
        group = pod_group(pod)
        now = time.time_ns()
        if group is not None:
            linux.cpu.CopyFrom(cpu_message(group, now))
            linux.memory.CopyFrom(memory_message(group, memory_use(group), now))
            _set_io(linux, group, now)
            count = len(group_pids(group))
        else:
            _add_up(linux, now)
            count = len({pid for row in rows for pid in container_pids(row["pid"])})
        linux.cpu.usage_nano_cores.value = sampler.nano_cores(
            pod["pod_id"], linux.cpu.usage_core_nano_seconds.value, item.created_at
        )
        linux.process.timestamp = now
        linux.process.process_count.value = count
        if pod["pod_id"] in interfaces:
            linux.network.CopyFrom(network_usage(interfaces[pod["pod_id"]], now))
        attributes = api.PodSandboxAttributes(
            id=item.id, metadata=item.metadata, labels=item.labels, annotations=item.annotations
        )
        found.append(api.PodSandboxStats(attributes=attributes, linux=linux))
    return found


def members_of(session: Session, pods: Sequence[Any]) -> dict[str, list[Any]]:
    """Return the running containers of sandboxes, by sandbox id."""
    members: dict[str, list[Any]] = {pod["pod_id"]: [] for pod in pods}
    only = pods[0]["pod_id"] if len(pods) == 1 else ""
    for row in running(queries.containers(session, pod_id=only)) if pods else ():
        if row["pod_id"] in members:
            members[row["pod_id"]].append(row)
    return members


def pod_group(pod: Mapping[str, Any]) -> Group | None:
    """Return a sandbox's own cgroup, the parent of its containers' cgroups; None if it has none. A slice is always a pod's."""
    own = is_slice(pod["cgroup"]) or is_own_of_pod(pod["cgroup"], pod["pod_id"])
    group = group_at(pod["cgroup"]) if own else None
    return group if group is not None and (group.folders or group.unified) else None


def _add_up(linux: api.LinuxPodSandboxStats, now: int) -> None:
    """Set the counters of a pod without a cgroup to the sums over its containers (except available_bytes, which has no sum)."""
    linux.cpu.timestamp = linux.memory.timestamp = now
    linux.cpu.usage_core_nano_seconds.value = sum(
        container.cpu.usage_core_nano_seconds.value for container in linux.containers
    )
    for name in ("working_set_bytes", "usage_bytes", "rss_bytes", "page_faults", "major_page_faults"):
        getattr(linux.memory, name).value = sum(getattr(container.memory, name).value for container in linux.containers)


def directories(layers: Layers, paths: Sequence[str], *, within: str) -> api.FilesystemUsage:
    """Return the total usage of directories on the file system of `within`; until they have been walked, the usage of that
    whole file system.
    """
    sizes = layers.uses(paths)
    if len(sizes) == len(paths):
        used, inodes = (
            sum(size.use.allocated_bytes for size in sizes.values()),
            sum(size.use.inodes for size in sizes.values()),
        )
    else:
        whole = os.statvfs(within)
        used, inodes = (whole.f_blocks - whole.f_bfree) * whole.f_frsize, whole.f_files - whole.f_ffree
    return api.FilesystemUsage(
        timestamp=time.time_ns(),
        fs_id=api.FilesystemIdentifier(mountpoint=within),
        used_bytes=api.UInt64Value(value=used),
        inodes_used=api.UInt64Value(value=inodes),
    )
