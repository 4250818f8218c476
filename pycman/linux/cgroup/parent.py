"""A cgroup that is a parent of containers' cgroups, with limits for all of them together (cgroups(7), v1 and v2).

Limits are as the runtime spec has them ("memory": {"limit": …}); what a controller's files are called is known here.
"""

from __future__ import annotations

import contextlib
import os

from pycman.errors import Unavailable, from_os_error
from pycman.linux.cgroup.setup import CGROUP_ROOT, cgroup_setup
from pycman.linux.files import read_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_V1 = {
    ("memory", "limit"): "memory/memory.limit_in_bytes",
    ("memory", "swap"): "memory/memory.memsw.limit_in_bytes",
    ("memory", "reservation"): "memory/memory.soft_limit_in_bytes",
    ("memory", "swappiness"): "memory/memory.swappiness",
    ("cpu", "shares"): "cpu/cpu.shares",
    ("cpu", "period"): "cpu/cpu.cfs_period_us",
    ("cpu", "quota"): "cpu/cpu.cfs_quota_us",
    ("cpu", "cpus"): "cpuset/cpuset.cpus",
    ("cpu", "mems"): "cpuset/cpuset.mems",
    ("blockIO", "weight"): "blkio/blkio.weight",
    ("pids", "limit"): "pids/pids.max",
}
_OPTIONAL = frozenset(("memory/memory.memsw.limit_in_bytes", "blkio/blkio.weight"))
"""Files that kernels are built without: the limit is then left out, as the runtimes do."""


def make_parent(path: str, limits: Mapping[str, Mapping[str, Any]]) -> None:
    """Make the group `path` (below the hierarchy's root) and set its limits. Raises Unavailable.

    Without limits nothing is made: the OCI runtime makes parents by itself.
    """
    wanted = {(part, key): value for part, values in limits.items() for key, value in values.items()}
    if not wanted:
        return
    try:
        if cgroup_setup().kind == "v2":
            _make_v2(path, wanted)
        else:
            _make_v1(path, wanted)
    except OSError as error:
        raise from_os_error(error, subject=f"cgroup {path}", doing="limits cannot be set") from error


def _make_v1(path: str, wanted: Mapping[tuple[str, str], Any]) -> None:
    for key, value in wanted.items():
        name = _V1.get(key)
        if name is None:
            raise Unavailable(f"{key[0]} {key[1]} is no limit of a pod", subject=f"cgroup {path}")
        controller, _, file = name.partition("/")
        folder = f"{CGROUP_ROOT}/{controller}{path}"
        if not os.path.isdir(f"{CGROUP_ROOT}/{controller}"):
            raise Unavailable(f"the controller {controller} is not there", subject=f"cgroup {path}")
        os.makedirs(folder, exist_ok=True)
        if controller == "cpuset":
            _inherit_cpuset(path)
        if name in _OPTIONAL and not os.path.exists(f"{folder}/{file}"):
            continue
        _write(f"{folder}/{file}", value)


def _inherit_cpuset(path: str) -> None:
    """Give every group on the way its parent's processors and nodes: v1 makes them empty."""
    folder = f"{CGROUP_ROOT}/cpuset"
    for part in path.strip("/").split("/"):
        parent, folder = folder, f"{folder}/{part}"
        for name in ("cpuset.cpus", "cpuset.mems"):
            if not read_text(f"{folder}/{name}").strip():
                _write(f"{folder}/{name}", read_text(f"{parent}/{name}").strip())


def _make_v2(path: str, wanted: Mapping[tuple[str, str], Any]) -> None:
    folder = CGROUP_ROOT
    controllers = {"memory": "memory", "cpu": "cpu", "pids": "pids", "blockIO": "io"}
    needed = {controllers[part] for part, _ in wanted} | {"cpuset" for _, key in wanted if key in ("cpus", "mems")}
    for part in path.strip("/").split("/"):
        there = set(read_text(f"{folder}/cgroup.subtree_control").split())
        if needed - there:
            _write(f"{folder}/cgroup.subtree_control", " ".join(f"+{name}" for name in sorted(needed - there)))
        folder = f"{folder}/{part}"
        os.makedirs(folder, exist_ok=True)
    for name, value in _v2_files(wanted).items():
        _write(f"{folder}/{name}", value)


def _v2_files(wanted: Mapping[tuple[str, str], Any]) -> dict[str, Any]:
    """Return files of v2 and their values; what v1 counts otherwise is converted as the runtimes do."""
    found: dict[str, Any] = {}
    for (part, key), value in wanted.items():
        if key == "limit":
            found[f"{part}.max"] = "max" if value < 0 else value
        elif key == "swap":
            memory = wanted.get(("memory", "limit"), 0)
            found["memory.swap.max"] = "max" if value < 0 else max(0, value - memory)
        elif key == "reservation":
            found["memory.low"] = value
        elif key == "shares":
            found["cpu.weight"] = 1 + ((value - 2) * 9999) // 262142
        elif key in ("quota", "period"):
            quota = wanted.get(("cpu", "quota"), -1)
            found["cpu.max"] = f"{quota if quota > 0 else 'max'} {wanted.get(('cpu', 'period'), 100000)}"
        elif key in ("cpus", "mems"):
            found[f"cpuset.{key}"] = value
        elif (part, key) == ("blockIO", "weight"):
            found["io.weight"] = 1 + ((value - 10) * 9999) // 990
    return found


def remove_parent(path: str) -> None:
    """Remove the group from every hierarchy, with empty groups below it; one with processes stays."""
    roots = [CGROUP_ROOT]
    with contextlib.suppress(OSError):
        roots += [f"{CGROUP_ROOT}/{name}" for name in os.listdir(CGROUP_ROOT)]
    for root in roots:
        folder = f"{root}{path}"
        if os.path.isdir(folder):
            for inner, _, _ in os.walk(folder, topdown=False):
                with contextlib.suppress(OSError):
                    os.rmdir(inner)


def _write(path: str, value: object) -> None:
    with open(path, "w", encoding="ascii") as file:
        file.write(str(value))
