"""What a test left behind of its store: mounts, processes, cgroups."""

from __future__ import annotations

import binascii
import os
import time
from pathlib import Path


def leaks_of(folder: str, timeout: float = 60) -> list[str]:
    """Return what is left below, or bears the name of, a store's directory once the last monitors have gone."""
    deadline = time.monotonic() + timeout
    while (found := _look(folder)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


def _look(folder: str) -> list[str]:
    mounts = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    found = [f"mount {target}" for target in mounts if target.startswith(folder)]
    for name in os.listdir("/proc"):
        if name.isdigit() and int(name) != os.getpid():
            try:
                words = Path(f"/proc/{name}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
                state = Path(f"/proc/{name}/stat").read_text().rpartition(")")[2].split()[0]
            except OSError:
                continue
            if folder in words and state != "Z" and "pytest" not in words:
                found.append(f"process {name}: {words[:200]}")
    found += [f"network {path.name}" for path in Path(folder).glob("run/network/*")]
    found += _interfaces_of(f"{folder}/root")
    containers = Path(folder) / "run/containers"
    if containers.is_dir():
        found += [f"bundle {path.name}" for path in containers.iterdir()]
    return found


def _interfaces_of(root: str) -> list[str]:
    """Return bridges of a root store in this network namespace (how pycman/network/create.py names them)."""
    prefix = f"pyc{binascii.crc32(root.encode()) & 0xFFFFFF:06x}-"
    return [f"interface {name}" for name in os.listdir("/sys/class/net") if name.startswith(prefix)]
