"""The process that keeps a user's namespaces alive while no command runs: started once, under a lock, completely or not at all.

    this command                                   its child
    fork ────────────────────────────────────────▶ new session; unshare(user, mount) (or join existing ones)
    newuidmap / newgidmap, or one id without them ◀ "ready"
    writes PID START to pause.pid.making
    "go" ────────────────────────────────────────▶ becomes root of it, sets propagation, execs `catatonit -P`
    renames it to pause.pid                       ◀ end of file: the exec closed the pipe

If this command is killed, the child reads end of file instead of "go" and exits. After "go", the next command finds pause.pid.making,
kills the process that it names, and starts again.
"""

from __future__ import annotations

import _signal
import errno
import os

from pycman.contexts import suppress
from pycman.errors import Unavailable, Unsupported
from pycman.linux import syscalls
from pycman.linux.files import read_text, write_atomic
from pycman.linux.mounts import make_shared, make_slave
from pycman.linux.namespaces import join
from pycman.linux.processes import close_all_but, find_program, how_to_install, run, send_signal, start_time, wait_gone
from pycman.linux.systemd.own_scope import move_holder
from pycman.linux.user.subordinate_ids import subordinate_ranges
from pycman.plan import crash_point

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_TIMEOUT_S = 20.0
_SIGKILL = 9
_READY = b"ready"


def start_holder(pid_file: str, uid: int, gid: int, others: Callable[[], Iterable[int]]) -> str:
    """Start the holder and write `pid_file`; return a warning or "". The caller holds the lock.

    `others` returns pids of conmon processes. If one of them is in namespaces of this user whose holder was killed, the new holder
    joins those, so that later commands can still reach the containers. Raises Unsupported, Unavailable.
    """
    _kill_unfinished(f"{pid_file}.making")
    crash_point("namespaces-make:0")
    member = next((pid for pid in others() if _is_member(pid, uid)), 0)
    ready_read, ready_write = os.pipe()
    go_read, go_write = os.pipe()
    child = os.fork()
    if child == 0:
        _be_holder(ready_write, go_read, member)
    os.close(ready_write)
    os.close(go_read)
    try:
        warning = _set_up(child, pid_file, ready_read, go_write, None if member else _Maps(uid, gid))
    except BaseException:
        with suppress(ProcessLookupError):
            os.kill(child, _SIGKILL)
        os.waitpid(child, 0)
        raise
    finally:
        os.close(ready_read)
        os.close(go_write)
    move_holder(uid, child)
    return warning


class _Maps:
    """The id maps of the new namespace: the user's subordinate ranges, or only the user's own id without ranges or newuidmap."""

    def __init__(self, uid: int, gid: int) -> None:
        self.uid = uid
        self.gid = gid
        self.uids = subordinate_ranges("/etc/subuid", uid)
        self.gids = subordinate_ranges("/etc/subgid", uid)
        self.tools = find_program("newuidmap"), find_program("newgidmap")

    def warning(self) -> str:
        """Return a warning that only one id will be mapped, with its reason; "" if the ranges will be."""
        if not (self.uids and self.gids):
            names = " and ".join(n for n, r in (("/etc/subuid", self.uids), ("/etc/subgid", self.gids)) if not r)
            reason, fix = f"no range in {names}", "add one with usermod --add-subuids and --add-subgids"
        elif not all(self.tools):
            reason, fix = "newuidmap or newgidmap is missing", how_to_install("newuidmap")
        else:
            return ""
        return (
            f"only one user id is available, so images with files of other owners cannot be unpacked: {reason} ({fix})"
        )

    def write(self, pid: int) -> str:
        """Write the id maps of the child's namespace; return the warning. Raises OSError, Unavailable (newuidmap failed)."""
        warning = self.warning()
        if warning:
            for name, text in (("setgroups", "deny"), ("uid_map", f"0 {self.uid} 1"), ("gid_map", f"0 {self.gid} 1")):
                with open(f"/proc/{pid}/{name}", "w", encoding="ascii") as file:
                    file.write(text)
        else:
            _map_ranges(self.tools[0], pid, self.uid, self.uids)
            _map_ranges(self.tools[1], pid, self.gid, self.gids)
        return warning


def _set_up(child: int, pid_file: str, ready: int, go: int, maps: _Maps | None) -> str:
    answer = os.read(ready, 400)
    if answer != _READY:
        raise _refusal(answer.decode("utf-8", "replace"))
    crash_point("namespaces-make:1")
    warning = "" if maps is None else maps.write(child)
    crash_point("namespaces-make:2")
    making = f"{pid_file}.making"
    write_atomic(making, f"{child} {start_time(child)}\n", mode=0o600, sync=False)
    crash_point("namespaces-make:3")
    os.write(go, b"go")
    crash_point("namespaces-make:4")
    problem = os.read(ready, 400)
    if problem:
        reason = problem.decode("utf-8", "replace")
        raise Unavailable(
            f"the process that keeps them cannot be started: {reason}",
            subject="rootless namespaces",
            hint="run pycman doctor",
        )
    crash_point("namespaces-make:5")
    os.rename(making, pid_file)
    crash_point("namespaces-make:6")
    return warning


def _refusal(answer: str) -> Unsupported:
    number, _, reason = answer.partition(" ")
    return Unsupported(
        f"user namespaces cannot be created: {reason.lower() or 'the kernel refused'}",
        subject="rootless",
        hint=_refusal_hint(int(number) if number.isdigit() else 0),
    )


def _refusal_hint(number: int) -> str:
    """Return what to do about an errno of unshare(CLONE_NEWUSER), by the settings of this host."""
    if number == errno.ENOSPC or read_text("/proc/sys/user/max_user_namespaces").strip() == "0":
        return "allow more of them, as root: sysctl -w user.max_user_namespaces=15000"
    if read_text("/proc/sys/kernel/unprivileged_userns_clone").strip() == "0":
        return "allow them, as root: sysctl -w kernel.unprivileged_userns_clone=1"
    if read_text("/proc/sys/kernel/apparmor_restrict_unprivileged_userns").strip() == "1":
        return "allow them, as root: sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"
    return "run pycman doctor"


def _kill_unfinished(path: str) -> None:
    """Kill the holder named in `path`, which a command started and was killed before it was complete."""
    fields = read_text(path).split()
    if len(fields) == 2 and send_signal(int(fields[0]), int(fields[1]), _SIGKILL):
        wait_gone(int(fields[0]), int(fields[1]), _TIMEOUT_S)
    with suppress(FileNotFoundError):
        os.unlink(path)


def _is_member(pid: int, uid: int) -> bool:
    """Say whether a process is a conmon inside namespaces of this user; its pid may have been reused since."""
    if read_text(f"/proc/{pid}/comm").strip() != "conmon" or not start_time(pid):
        return False
    return read_text(f"/proc/{pid}/uid_map").split()[:2] == ["0", str(uid)]


def _be_holder(ready: int, go: int, member: int) -> None:
    """Run as the child. Never returns; writes an error to `ready`."""
    try:
        os.setsid()
        close_all_but(ready, go)
        _enter(ready, member)
        os.write(ready, _READY)
        if os.read(go, 2) != b"go":
            os._exit(1)
        os.setresgid(0, 0, 0)
        os.setresuid(0, 0, 0)
        if not member:
            make_slave("/")  # receive the host's mounts …
            make_shared("/")  # … and propagate mounts between containers with :rshared volumes
        null = os.open("/dev/null", os.O_RDWR)
        for number in (0, 1, 2):
            os.dup2(null, number)
        os.chdir("/")
        _exec_pause()
        os.close(ready)  # neither program exists: this process itself keeps the namespaces
        while True:
            _signal.pause()
    except BaseException as error:  # a forked child must not continue with the parent's code
        with suppress(OSError):
            os.write(ready, str(error).encode("utf-8", "replace")[:390])
    finally:
        os._exit(1)


def _enter(ready: int, member: int) -> None:
    try:
        if member:
            join(member, ("user", "mnt"))
        else:
            syscalls.unshare(syscalls.CLONE_NEWUSER | syscalls.CLONE_NEWNS)
    except OSError as error:
        os.write(ready, f"{error.errno} {error.strerror}".encode()[:390])
        os._exit(1)


def _exec_pause() -> None:
    for name, arguments in (("catatonit", ["-P"]), ("sleep", ["infinity"])):
        program = find_program(name)
        if program:
            with suppress(OSError):
                os.execve(program, [name, *arguments], {})


def _map_ranges(tool: str, pid: int, own: int, ranges: list[tuple[int, int]]) -> None:
    """Map 0 to the user's own id and 1, 2, … to the ranges, one after the other."""
    arguments = ["0", str(own), "1"]
    inside = 1
    for first, size in ranges:
        arguments += [str(inside), str(first), str(size)]
        inside += size
    finished = run([tool, str(pid), *arguments], timeout_s=_TIMEOUT_S)
    if finished.status:
        reason = finished.stderr.decode("utf-8", "replace").strip().splitlines()
        raise Unavailable(
            f"it failed: {reason[-1].removeprefix(f'{os.path.basename(tool)}: ') if reason else finished.status}",
            subject=os.path.basename(tool),
            hint=_tool_hint(tool),
        )


def _tool_hint(tool: str) -> str:
    if not os.stat(tool).st_mode & 0o4000 and "security.capability" not in os.listxattr(tool):
        return f"make it set-uid again, as root: chmod u+s {tool}"
    return "check the user's lines in /etc/subuid and /etc/subgid"
