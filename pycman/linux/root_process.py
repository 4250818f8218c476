"""A process in a root of its own, without an OCI runtime: with as many namespaces as this process may make, or by chroot(2) alone.

    this process                     keeper                                  the process
    start ── fork ────────────────▶  user and pid namespace, if possible
          ◀─ "map" ────────────────                    (the id map is written from outside: the same ids)
          ── fork ───────────────────────────────────▶ mount, ipc, uts namespace; mounts; the new root;
          ◀─ end of the pipe, or what failed ─────────  limits, capabilities, ids, execve(2)
    wait  ◀─ exit status ────────────  when it has ended, all that it left running is killed

The keeper adopts what loses its parent (PR_SET_CHILD_SUBREAPER), so nothing started inside goes on after the process itself. If this
process is killed, the keeper gets SIGTERM and does the same. `Level` says what is possible: `probe_level` finds out by trying.
"""

from __future__ import annotations

import _signal
import _socket
import errno
import os
import resource
import sys

from pycman.contexts import suppress
from pycman.errors import Unavailable
from pycman.linux import syscalls
from pycman.linux.files import read_text
from pycman.linux.process_tree import children_of
from pycman.linux.processes import close_all_but
from pycman.linux.root_mounts import enter_root
from pycman.linux.root_program import enter_working_directory, execute_found
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from pycman.linux.root_mounts import RootMount

_NOT_FOUND, _NOT_EXECUTABLE, _FAILED = 127, 126, 125
_LIMITS = {name[7:].lower(): value for name, value in vars(resource).items() if name.startswith("RLIMIT_")}
_OWN = syscalls.CLONE_NEWNS | syscalls.CLONE_NEWIPC | syscalls.CLONE_NEWUTS


class Level(Record):
    """What a process in a root of its own gets: namespaces for mounts (in a user namespace of its own, if `user`), one for pids."""

    mounts: bool = False
    user: bool = False
    pids: bool = False


LEVELS = (
    Level(mounts=True, pids=True),
    Level(mounts=True),
    Level(mounts=True, user=True, pids=True),
    Level(mounts=True, user=True),
    Level(),
)
"""Best first. Where a fresh /proc is refused (it is masked here), a pid namespace is of no use."""


class RootProcess(Record):
    """What is started. `capabilities` are numbers (linux/capability.h): the bounding set, and what root has.

    `limits` are rlimits by name ("nofile"), soft and hard, -1 for none. `masked`, `read_only`: paths below /proc and /sys.
    """

    root: str
    argv: tuple[str, ...]
    env: Mapping[str, str]
    working_dir: str = "/"
    uid: int = 0
    gid: int = 0
    groups: tuple[int, ...] = ()
    capabilities: tuple[int, ...] = ()
    mounts: tuple[RootMount, ...] = ()
    masked: tuple[str, ...] = ()
    read_only: tuple[str, ...] = ()
    hostname: str = ""
    limits: Mapping[str, tuple[int, int]] = {}
    own_network: bool = False


class Started:
    """A process that was started: wait for it, or end it."""

    def __init__(self, keeper: int) -> None:
        self._keeper = keeper

    def wait(self) -> int:
        """Return its exit status (128 + n for signal n), once nothing that it started runs any more.

        Raises Unavailable if the keeper was killed: then nobody knows what still runs, and what it left must not be used.
        """
        while True:
            try:
                _, status = os.waitpid(self._keeper, 0)
            except InterruptedError:
                continue
            self._keeper = -1
            if os.WIFSIGNALED(status):
                raise Unavailable("the process that waits for the step's processes was killed")
            return os.waitstatus_to_exitcode(status)

    def end(self) -> None:
        """Kill it and all that it started, and wait for that."""
        if self._keeper > 0:
            os.kill(self._keeper, _signal.SIGTERM)
            with suppress(Unavailable):
                self.wait()


def probe_level(root: str) -> Level:
    """Return the best level that works here; `root` is a directory, empty or the root that is to be used."""
    for level in LEVELS:
        try:
            started = start(RootProcess(root=root, argv=(), env={}), level, 1, 2)
        except OSError:
            continue
        with suppress(Unavailable):
            if started.wait() == 0:
                return level
    return LEVELS[-1]


def start(process: RootProcess, level: Level, stdout: int, stderr: int) -> Started:
    """Start `process` with these outputs and an empty input; return once it has been executed, or nothing is left of it.

    Must be called without other threads. Raises OSError for what the kernel refuses (also the program: ENOENT, EACCES).
    """
    told_read, told_write = os.pipe()
    go_read, go_write = os.pipe()
    parent = os.getpid()
    keeper = os.fork()
    if keeper == 0:
        _keep(process, level, stdout, stderr, told_write, go_read, parent)
    os.close(told_write)
    os.close(go_read)
    started = Started(keeper)
    try:
        text = b""
        while data := os.read(told_read, 4096):
            text += data
            if text == b"map":
                text = b""
                _write_maps(keeper)
                os.write(go_write, b"\n")
        if text:
            number, _, what = text.decode("utf-8", "surrogateescape").partition(" ")
            started.end()
            raise OSError(int(number), os.strerror(int(number)), what)
    except BaseException:
        started.end()
        raise
    finally:
        os.close(told_read)
        os.close(go_write)
    return started


def _write_maps(pid: int) -> None:
    """Give a process's new user namespace the ids of this one, each as itself (user_namespaces(7))."""
    for kind in ("uid_map", "gid_map"):
        with open(f"/proc/self/{kind}", encoding="ascii") as file:
            ranges = [line.split() for line in file]
        text = "".join(f"{inside} {inside} {size}\n" for inside, _, size in ranges)
        descriptor = os.open(f"/proc/{pid}/{kind}", os.O_WRONLY | os.O_CLOEXEC)
        try:
            os.write(descriptor, text.encode())
        finally:
            os.close(descriptor)


def _keep(process: RootProcess, level: Level, stdout: int, stderr: int, told: int, go: int, parent: int) -> None:
    """Be the keeper. Never returns."""
    status = _FAILED
    try:
        _signal.signal(_signal.SIGINT, _signal.SIG_IGN)
        _signal.signal(_signal.SIGTERM, _signal.SIG_DFL)
        _signal.set_wakeup_fd(-1)
        syscalls.end_with_parent(parent, _signal.SIGTERM)
        null = os.open("/dev/null", os.O_RDONLY)
        stdout, stderr = os.dup(stdout), os.dup(stderr)
        for number, descriptor in enumerate((null, stdout, stderr)):
            os.dup2(descriptor, number)
        close_all_but(told, go)
        os.setsid()
        syscalls.prctl(syscalls.PR_SET_CHILD_SUBREAPER, 1)
        if level.user:
            syscalls.unshare(syscalls.CLONE_NEWUSER)
            os.write(told, b"map")
            if os.read(go, 1) != b"\n":
                os._exit(_FAILED)
        syscalls.prctl(
            syscalls.PR_SET_DUMPABLE, 0
        )  # its memory and environment are those of its parent: nobody may look
        if level.pids:
            syscalls.unshare(syscalls.CLONE_NEWPID)
        os.close(go)
        status = _run_and_clean(process, level, told)
    except OSError as error:
        _tell(told, error)
    finally:
        os._exit(status)


def _run_and_clean(process: RootProcess, level: Level, told: int) -> int:
    child = os.fork()
    if child == 0:
        _become(process, level, told)
    os.close(told)

    def end(_number: int, _frame: object) -> None:
        with suppress(ProcessLookupError):
            os.kill(child, _signal.SIGKILL)

    _signal.signal(_signal.SIGTERM, end)
    for number in (0, 1, 2):
        os.close(number)
    code = _wait_for(child)
    while _kill_children():
        with suppress(ChildProcessError):
            os.waitpid(-1, 0)
    return 128 - code if code < 0 else code


def _wait_for(child: int) -> int:
    """Wait for the process, and reap others that end before it."""
    while True:
        pid, status = os.waitpid(-1, 0)
        if pid == child:
            return os.waitstatus_to_exitcode(status)


def _kill_children() -> bool:
    """Kill all children of this process; return whether there were any."""
    found = children_of(os.getpid())
    for pid in found:
        with suppress(ProcessLookupError):
            os.kill(pid, _signal.SIGKILL)
    return bool(found)


def _tell(told: int, error: OSError) -> None:
    os.write(told, f"{error.errno or 5} {error.filename or ''}".encode("utf-8", "surrogateescape"))


def _become(process: RootProcess, level: Level, told: int) -> None:
    """Be the process. Never returns."""
    status = _FAILED
    sets_groups = (
        read_text("/proc/self/setgroups", "allow") != "deny\n"
    )  # user_namespaces(7): of one id alone nobody may
    ours = os.stat("/proc/self/exe") if os.path.exists("/proc/self/exe") else None
    sys.meta_path.clear()  # nothing is imported any more: in the new root a stranger's modules may lie where ours do here
    try:
        syscalls.prctl(syscalls.PR_SET_PDEATHSIG, _signal.SIGKILL)
        if level.mounts:
            syscalls.unshare(_OWN | (syscalls.CLONE_NEWNET if process.own_network else 0))
            enter_root(
                process.root, process.mounts, fresh_proc=level.pids, masked=process.masked, read_only=process.read_only
            )
            if process.hostname:
                with suppress(
                    PermissionError
                ):  # a seccomp filter around us may forbid it even where the namespace is ours
                    _socket.sethostname(process.hostname)
        else:
            os.chroot(process.root)
            os.chdir("/")
        if not process.argv:
            os._exit(0)
        close_all_but(told)
        _execute(process, ours, sets_groups=sets_groups)
    except FileNotFoundError as error:
        status = _NOT_FOUND
        _tell(told, error)
    except OSError as error:
        _tell(told, error)
    except Exception as error:  # a fault of ours: it must not look like the program's own status
        _tell(told, OSError(errno.EPROTO, "", f"{type(error).__name__}: {error}"))
    finally:
        os._exit(status)


def _execute(process: RootProcess, ours: os.stat_result | None, *, sets_groups: bool) -> None:
    """Take limits, capabilities and ids, and execute the program. Raises OSError."""
    for name, (soft, hard) in process.limits.items():
        resource.setrlimit(_LIMITS[name], (soft, hard))
    os.umask(0o022)
    enter_working_directory(process.working_dir)
    mask = sum(1 << number for number in process.capabilities)
    for number in range(64):
        if not mask >> number & 1:
            with suppress(OSError):  # EINVAL: this kernel has no such capability
                syscalls.prctl(syscalls.PR_CAPBSET_DROP, number)
    with suppress(OSError):
        syscalls.prctl(syscalls.PR_CAP_AMBIENT, syscalls.PR_CAP_AMBIENT_CLEAR_ALL)
    if sets_groups:
        os.setgroups(tuple(dict.fromkeys((process.gid, *process.groups))))  # its own too: CVE-2022-2990
    os.setresgid(process.gid, process.gid, process.gid)
    os.setresuid(process.uid, process.uid, process.uid)
    if process.uid == 0:
        syscalls.capset(mask)
    syscalls.prctl(syscalls.PR_SET_PDEATHSIG, _signal.SIGKILL)  # a change of ids clears it
    _default_signals()
    execute_found(process.argv, dict(process.env), ours)


def _default_signals() -> None:
    for number in range(1, _signal.NSIG):
        with suppress(OSError, ValueError):
            _signal.signal(number, _signal.SIG_DFL)
    _signal.pthread_sigmask(_signal.SIG_SETMASK, ())
