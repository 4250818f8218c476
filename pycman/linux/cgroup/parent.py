"""The parent cgroup of a pod's containers, with limits for all of them together (cgroups(7), v1 and v2).

Limits have the form of the OCI runtime-spec, `linux.resources` ("memory": {"limit": …}); this file knows the controllers' file names.
"""

from __future__ import annotations

import os

from pycman.contexts import suppress
from pycman.errors import Unavailable, from_os_error
from pycman.linux.cgroup.setup import CGROUP_ROOT, cgroup_setup
from pycman.linux.files import read_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
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
    ("blockIO", "throttleReadBpsDevice"): "blkio/blkio.throttle.read_bps_device",
    ("blockIO", "throttleWriteBpsDevice"): "blkio/blkio.throttle.write_bps_device",
    ("blockIO", "throttleReadIOPSDevice"): "blkio/blkio.throttle.read_iops_device",
    ("blockIO", "throttleWriteIOPSDevice"): "blkio/blkio.throttle.write_iops_device",
}
_IO_MAX = {
    "throttleReadBpsDevice": "rbps", "throttleWriteBpsDevice": "wbps",
    "throttleReadIOPSDevice": "riops", "throttleWriteIOPSDevice": "wiops",
}  # fmt: skip
"""The keys of io.max, v2's file for all rates of a device."""
_OPTIONAL = frozenset(("memory/memory.memsw.limit_in_bytes", "blkio/blkio.weight"))
_OPTIONAL_V2 = frozenset(("memory.swap.max", "io.weight"))
"""Files that some kernels are built without. The limit is then omitted, as the OCI runtimes do."""


def make_parent(path: str, limits: Mapping[str, Mapping[str, Any]]) -> None:
    """Create the cgroup `path` (below the root of the hierarchies) and set its limits. Raises Unavailable.

    Without limits nothing is created: the OCI runtime creates missing parents.
    """
    requested = {(part, key): value for part, values in limits.items() for key, value in values.items()}
    if not requested:
        return
    try:
        if cgroup_setup().kind == "v2":
            _make_v2(path, requested)
        else:
            _make_v1(path, requested)
    except OSError as error:
        raise from_os_error(error, subject=f"cgroup {path}", doing="limits cannot be set") from error


def _make_v1(path: str, requested: Mapping[tuple[str, str], Any]) -> None:
    for key, value in requested.items():
        name = _V1.get(key)
        if name is None:
            raise Unavailable(f"{key[0]} {key[1]} is not supported as a limit of a pod", subject=f"cgroup {path}")
        controller, _, file = name.partition("/")
        folder = f"{CGROUP_ROOT}/{controller}{path}"
        if not os.path.isdir(f"{CGROUP_ROOT}/{controller}"):
            raise Unavailable(f"the controller {controller} is not mounted", subject=f"cgroup {path}")
        os.makedirs(folder, exist_ok=True)
        if controller == "cpuset":
            _inherit_cpuset(path)
        if name in _OPTIONAL and not os.path.exists(f"{folder}/{file}"):
            continue
        for text in _device_lines(value) if isinstance(value, list) else (value,):
            _write(f"{folder}/{file}", text)


def _device_lines(rates: Sequence[Mapping[str, int]], key: str = "") -> list[str]:
    """Return a line for each device with its rate: "8:0 1048576", with `key` "8:0 rbps=1048576"."""
    return [f"{one['major']}:{one['minor']} {f'{key}=' if key else ''}{one['rate']}" for one in rates]


def _inherit_cpuset(path: str) -> None:
    """Copy CPUs and memory nodes from parent to child along `path`: v1 creates cpusets empty, and refuses processes in them."""
    folder = f"{CGROUP_ROOT}/cpuset"
    for part in path.strip("/").split("/"):
        parent, folder = folder, f"{folder}/{part}"
        for name in ("cpuset.cpus", "cpuset.mems"):
            if not read_text(f"{folder}/{name}").strip():
                _write(f"{folder}/{name}", read_text(f"{parent}/{name}").strip())


def _make_v2(path: str, requested: Mapping[tuple[str, str], Any]) -> None:
    folder = CGROUP_ROOT
    controllers = {"memory": "memory", "cpu": "cpu", "pids": "pids", "blockIO": "io"}
    needed = {controllers[part] for part, _ in requested} | {
        "cpuset" for _, key in requested if key in ("cpus", "mems")
    }
    for part in path.strip("/").split("/"):
        enabled = set(read_text(f"{folder}/cgroup.subtree_control").split())
        if needed - enabled:
            _write(f"{folder}/cgroup.subtree_control", " ".join(f"+{name}" for name in sorted(needed - enabled)))
        folder = f"{folder}/{part}"
        os.makedirs(folder, exist_ok=True)
    for name, value in v2_files(requested).items():
        if name in _OPTIONAL_V2 and not os.path.exists(f"{folder}/{name}"):
            continue
        for text in value if isinstance(value, list) else (value,):
            _write(f"{folder}/{name}", text)


def v2_files(requested: Mapping[tuple[str, str], Any]) -> dict[str, Any]:
    """Return the values of v2's files by name, a list for one that is written line by line. Pure.

    Shares and weights are converted by the formulas of the OCI runtimes. Raises Unavailable for what v2 has no file for.
    """
    from pycman.linux.systemd.properties import cpu_weight, io_weight  # not for who removes a group

    files: dict[str, Any] = {}
    for (part, key), value in requested.items():
        if key == "limit":
            files[f"{part}.max"] = "max" if value < 0 else value
        elif key == "swap":
            memory = requested.get(("memory", "limit"), 0)
            files["memory.swap.max"] = "max" if value < 0 else max(0, value - memory)
        elif key == "reservation":
            files["memory.low"] = value
        elif key == "shares":
            files["cpu.weight"] = cpu_weight(value)
        elif key in ("quota", "period"):
            quota = requested.get(("cpu", "quota"), -1)
            files["cpu.max"] = f"{quota if quota > 0 else 'max'} {requested.get(('cpu', 'period'), 100000)}"
        elif key in ("cpus", "mems"):
            files[f"cpuset.{key}"] = value
        elif (part, key) == ("blockIO", "weight"):
            files["io.weight"] = io_weight(value)
        elif key in _IO_MAX:
            files.setdefault("io.max", []).extend(_device_lines(value, _IO_MAX[key]))
        else:
            raise Unavailable(f"{part} {key} is not supported as a limit of a pod", subject="cgroup v2")
    return files


def remove_empty_group(path: str) -> None:
    """Remove a cgroup of v2 that nothing is in; do nothing for others, and on v1."""
    if os.path.exists(f"{CGROUP_ROOT}/cgroup.controllers"):
        with suppress(OSError):
            os.rmdir(f"{CGROUP_ROOT}{path}")


def remove_parent(path: str) -> None:
    """Remove the cgroup from every hierarchy, with the empty cgroups below it. One that has processes is kept."""
    roots = [CGROUP_ROOT]
    with suppress(OSError):
        roots += [f"{CGROUP_ROOT}/{name}" for name in os.listdir(CGROUP_ROOT)]
    for root in roots:
        folder = f"{root}{path}"
        if os.path.isdir(folder):
            for inner, _, _ in os.walk(folder, topdown=False):
                with suppress(OSError):
                    os.rmdir(inner)


def _write(path: str, value: object) -> None:
    with open(path, "w", encoding="ascii") as file:
        file.write(str(value))
