"""Lift the CPU quota of a container on cgroup v1."""

from __future__ import annotations

from pycman.linux.cgroup.container_usage import container_group


def lift_cpu_quota(pid: int, marker: str) -> None:
    """Take the CPU quota of a container's cgroup away: the group of its process `pid` whose path has a part `marker`.

    Raises OSError. Does nothing on cgroup v2, and for a container without a cgroup.
    """
    group = container_group(pid, marker)
    if group is not None and group.is_v1("cpu"):
        with open(f"{group.folder('cpu')}/cpu.cfs_quota_us", "w", encoding="ascii") as file:
            file.write("-1")
