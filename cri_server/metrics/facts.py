"""The values that metrics are computed from: the counters of one container at one moment."""

from __future__ import annotations

from pycman.linux.cgroup.counters import CpuUse, DeviceIo, GroupLimits, MemoryHistory, MemoryUse, Pressure
from pycman.record import Record
from pycman.storage.usage import TreeUse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


class FileSystem(Record):
    """The file system that writable layers are on; `device` is "" if it is on no block device."""

    device: str = ""
    size_bytes: int = 0
    inodes: int = 0
    free_inodes: int = 0


class Facts(Record):
    """The counters of one container. `device_names`: "MAJOR:MINOR" → name of the block device; `limits` None is no limit."""

    now_s: int
    started_s: int = 0
    cpu: CpuUse = CpuUse()
    memory: MemoryUse = MemoryUse()
    history: MemoryHistory = MemoryHistory()
    kernel_bytes: int = 0
    limits: GroupLimits = GroupLimits()
    devices: tuple[DeviceIo, ...] = ()
    device_names: Mapping[str, str] = {}
    huge_pages: Mapping[str, tuple[int, int | None]] = {}
    pressures: Mapping[str, Pressure] = {}
    tasks: int = 0
    tasks_limit: int | None = None
    processes: int = 0
    descriptors: int = 0
    sockets: int = 0
    open_files_limit: int | None = None
    layer: TreeUse = TreeUse()
    file_system: FileSystem = FileSystem()
