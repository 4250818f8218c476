"""Control groups of processes: where their files are, on v1, v2 and hybrid hosts alike, and how such files are read (cgroups(7)).

v2       /sys/fs/cgroup/PATH                               all controllers
v1       /sys/fs/cgroup/memory/PATH, …/cpu,cpuacct/PATH    a hierarchy for each controller (or several)
hybrid   v1, and /sys/fs/cgroup/unified/PATH               controllers of v1, and what only v2 has (pressure)
"""

from __future__ import annotations

import os
import select
import time

from pycman.linux.cgroup.setup import CGROUP_ROOT
from pycman.record import Record
from pycman.spec.cgroup_names import is_of_container

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_NO_LIMIT = 1 << 60
"""v1 writes 2^63 less a page for "no limit"."""
_READ_BYTES = 1 << 16
_NOWHERE = "/nonexistent"


class Group(Record):
    """The directories of a cgroup: those of v1 by controller, and that of v2 ("" if it has none)."""

    folders: Mapping[str, str] = {}
    unified: str = ""

    def folder(self, controller: str) -> str:
        """Return the directory with a controller's files; one that does not exist if the cgroup has none."""
        return self.folders.get(controller) or self.unified or _NOWHERE

    def is_v1(self, controller: str) -> bool:
        """Say whether a controller is on v1, whose files have other names."""
        return controller in self.folders


def own_groups(text: str, marker: str) -> dict[str, str]:
    """Return the paths of a container's own cgroups by controller ("" is v2). Pure.

    `text` is /proc/PID/cgroup of one of its processes; `marker` is the container's name in it, pycman-ID: a part of the path that
    only its cgroup has, whichever manager made it.
    """
    paths = {}
    for line in text.splitlines():
        _, controllers, path = (*line.split(":", 2), "", "")[:3]
        parts = path.split("/")
        own = next(("/".join(parts[: at + 1]) for at, part in enumerate(parts) if is_of_container(part, marker)), "")
        if own:
            for controller in controllers.split(","):
                paths[controller] = own
    return paths


def path_of_container(pid: int, marker: str) -> str:
    """Return the path of the cgroup that a container has for itself, by its process `pid`; "" if it has none."""
    paths = own_groups(read_file(f"/proc/{pid}/cgroup"), marker)
    return paths.get("memory") or paths.get("") or next(iter(paths.values()), "")


def find_group(paths: Mapping[str, str], *, root: str = CGROUP_ROOT) -> Group:
    """Return the cgroup with these paths below their hierarchies, by controller ("" is v2)."""
    mounted = _hierarchies(root)
    folders = {name: f"{mounted[name]}{path}" for name, path in paths.items() if name and name in mounted}
    unified = f"{mounted['']}{paths['']}" if "" in paths and "" in mounted else ""
    return Group(folders={name: path for name, path in folders.items() if os.path.isdir(path)}, unified=unified)


def group_at(path: str, *, root: str = CGROUP_ROOT) -> Group:
    """Return the cgroup at the same path of every hierarchy; without any directory if it does not exist."""
    folders = {name: f"{top}{path}" for name, top in _hierarchies(root).items() if os.path.isdir(f"{top}{path}")}
    return Group(folders={name: folder for name, folder in folders.items() if name}, unified=folders.get("", ""))


def _hierarchies(root: str) -> dict[str, str]:
    """Return the mount points of the hierarchies by controller ("" is v2); one such as cpu,cpuacct is that of several."""
    if os.path.exists(f"{root}/cgroup.controllers"):
        return {"": root}
    try:
        names = os.listdir(root)
    except OSError:
        return {}
    mounted = {
        controller: f"{root}/{name}"
        for name in names
        for controller in name.split(",")
        if name not in ("unified", "systemd")
    }
    return {**mounted, "": f"{root}/unified"} if "unified" in names else mounted


def group_pids(group: Group) -> list[int]:
    """Return the pids of the processes in a cgroup and in the cgroups below it."""
    folders = [group.folder("pids" if group.is_v1("pids") else "memory")]
    pids: list[int] = []
    while folders:
        folder = folders.pop()
        pids += [int(pid) for pid in read_file(f"{folder}/cgroup.procs").split()]
        try:
            with os.scandir(folder) as entries:
                folders += [entry.path for entry in entries if entry.is_dir(follow_symlinks=False)]
        except OSError:
            continue
    return pids


def wait_empty(group: Group, timeout_s: float) -> bool:
    """Wait until there is no process in a cgroup of v2 nor below it, at most so long; return whether there is none."""
    deadline = time.monotonic() + timeout_s
    try:
        descriptor = os.open(f"{group.unified}/cgroup.events", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return True
    try:
        poller = select.poll()
        poller.register(descriptor, select.POLLPRI)
        while keyed(os.pread(descriptor, _READ_BYTES, 0).decode()).get("populated"):
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            poller.poll(int(left * 1000) + 1)
        return True
    except OSError:
        return True  # it was removed meanwhile
    finally:
        os.close(descriptor)


def keyed(text: str) -> dict[str, int]:
    """Return the numbers of a flat keyed file, lines NAME NUMBER, by name. Pure."""
    fields = text.split()
    if len(fields) % 2 == 0:
        try:
            return dict(zip(fields[::2], map(int, fields[1::2]), strict=True))
        except ValueError:
            pass
    pairs = (line.partition(" ") for line in text.splitlines())
    return {name: int(value) for name, _, value in pairs if value.isdigit()}


def read_file(path: str, default: str = "") -> str:
    """Return a small file of the kernel, `default` if it cannot be read. Uses read(2) directly: a listing reads hundreds."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return default
    try:
        return os.read(descriptor, _READ_BYTES).decode("ascii", "replace")
    except OSError:
        return default
    finally:
        os.close(descriptor)


def read_number(path: str) -> int:
    """Return the number in a file, 0 if it cannot be read."""
    text = read_file(path).strip()
    return int(text) if text.isdigit() else 0


def read_limit(path: str) -> int | None:
    """Return a limit; None for "max", and for the number that v1 has in its place."""
    text = read_file(path).strip()
    return int(text) if text.isdigit() and int(text) < _NO_LIMIT else None
