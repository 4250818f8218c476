"""The processes of a pid namespace, with the columns of ps(1), from /proc."""

from __future__ import annotations

import os
import time

from pycman.linux.files import read_text
from pycman.linux.open_below import read_below
from pycman.linux.user.namespaces import current_id_map, id_map_below
from pycman.spec.id_map import map_id, unmap_id

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pycman.spec.id_map import IdRange

COLUMNS = {
    "user": "USER", "uid": "UID", "pid": "PID", "hpid": "HPID", "ppid": "PPID", "pcpu": "%CPU", "etime": "ELAPSED",
    "tty": "TTY", "time": "TIME", "args": "COMMAND", "comm": "COMMAND", "cmd": "COMMAND", "state": "STATE", "stime": "STIME",
    "group": "GROUP", "gid": "GID", "vsz": "VSZ", "rss": "RSS", "nice": "NI", "huser": "HUSER", "pgid": "PGID",
    "sid": "SID", "threads": "THREADS",
}  # fmt: skip


def pids_of_namespace(pid: int) -> list[int]:
    """Return the host pids of all processes in the pid namespace of `pid`, in order."""
    try:
        namespace = os.readlink(f"/proc/{pid}/ns/pid")
    except OSError:
        return []
    pids = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                if os.readlink(f"/proc/{name}/ns/pid") == namespace:
                    pids.append(int(name))
            except OSError:
                continue
    return sorted(pids)


def process_row(pid: int, columns: Sequence[str]) -> list[str] | None:
    """Return `columns` (keys of COLUMNS) of one process, with ids as the container sees them; None if it has ended."""
    text = read_text(f"/proc/{pid}/stat")
    if not text:
        return None
    name, _, rest = text.partition("(")[2].rpartition(")")
    stat = rest.split()
    status = dict(line.partition(":")[::2] for line in read_text(f"/proc/{pid}/status").splitlines() if ":" in line)
    ticks = os.sysconf("SC_CLK_TCK")
    uptime = float(read_text("/proc/uptime", "0").split()[0])
    age = max(0.0, uptime - int(stat[19]) / ticks)
    used = (int(stat[11]) + int(stat[12])) / ticks
    here = status.get("Uid", "0").split()[0]
    below = id_map_below(pid)
    uid = _inside(below.uids, here)
    gid = _inside(below.gids, status.get("Gid", "0").split()[0])
    arguments = read_text(f"/proc/{pid}/cmdline").replace("\0", " ").strip()
    values = {
        "user": _user(pid, uid), "uid": uid, "huser": _on_host(here), "gid": gid,
        "group": gid, "pid": status.get("NSpid", str(pid)).split()[-1], "hpid": str(pid),
        "ppid": pid_inside(int(stat[1])), "pcpu": f"{used / age * 100 if age else 0:.3f}", "etime": _elapsed(age),
        "tty": _tty(int(stat[4])), "time": _elapsed(used), "args": arguments or f"[{name}]", "cmd": arguments or f"[{name}]",
        "comm": name, "state": stat[0], "stime": time.strftime("%H:%M", time.localtime(time.time() - age)),
        "vsz": str(int(stat[20]) // 1024), "rss": str(int(stat[21]) * 4), "nice": stat[16],
        "pgid": status.get("NSpgid", "0").split()[-1], "sid": status.get("NSsid", "0").split()[-1], "threads": stat[17],
    }  # fmt: skip
    return [values[column] for column in columns]


def _inside(ranges: tuple[IdRange, ...], here: str) -> str:
    """Return an id as the container sees it."""
    inside = unmap_id(ranges, int(here))
    return here if inside is None else str(inside)


def _on_host(uid: str) -> str:
    """Return the host's uid of one as /proc shows it here: rootless, in the user's namespace."""
    inside = map_id(current_id_map().uids, int(uid))
    return uid if inside is None else str(inside)


def pid_inside(pid: int) -> str:
    """Return the pid of a process in its innermost namespace; "0" for a process of the host, as the parent of a container's first."""
    for line in read_text(f"/proc/{pid}/status").splitlines():
        if line.startswith("NSpid:"):
            ids = line.split()[1:]
            return ids[-1] if len(ids) > 1 else "0"
    return "0"


def _user(pid: int, uid: str) -> str:
    """Return the name of a uid by /etc/passwd of the container, read through the root directory of the process."""
    try:
        content = read_below(f"/proc/{pid}/root", "etc/passwd") or b""
    except OSError:
        content = b""
    for line in content.decode("utf-8", "surrogateescape").splitlines():
        parts = line.split(":")
        if len(parts) > 2 and parts[2] == uid:
            return parts[0]
    return "root" if uid == "0" else uid


def _tty(number: int) -> str:
    if not number:
        return "?"
    major, minor = os.major(number), os.minor(number)
    return f"pts/{minor + (major - 136) * 256}" if 136 <= major <= 143 else f"{major}:{minor}"


def _elapsed(seconds: float) -> str:
    whole = int(seconds)
    parts = []
    for size, unit in ((3600, "h"), (60, "m")):
        if whole >= size:
            parts.append(f"{whole // size}{unit}")
            whole %= size
    return "".join(parts) + f"{whole}s" if parts else f"{seconds:.9g}s" if seconds and seconds < 1 else f"{whole}s"
