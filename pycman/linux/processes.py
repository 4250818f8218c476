"""Processes: start one cheaply, identify one by pid and start time, wait for one (proc(5), pidfd_open(2)).

`spawn` sets everything that a child inherits, because the caller of pycman may have ignored or blocked signals, set a umask, left
descriptors open, or set variables that programs obey (with LISTEN_FDS, crun passes descriptors to a container).
"""

from __future__ import annotations

import _signal  # not `signal`, whose enums cost 1 to 5 ms
import errno
import os
import select
import time

from pycman.contexts import suppress
from pycman.errors import NotFound, Unavailable
from pycman.linux.files import descriptor_path, read_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_DRAIN_S = 1.0
"""How long the output of a killed program is still read, if another process keeps it open."""
_LATE_BYTES = 1 << 21
"""At most this much is read after a program's end, if another process keeps writing: more than a pipe of the largest usual size holds."""


_KEPT_VARIABLES = frozenset((
    "DBUS_SESSION_BUS_ADDRESS", "DOCKER_CONFIG", "HOME", "LANG", "LC_ALL", "LOGNAME", "PATH", "REGISTRIES_CONFIG_PATH",
    "REGISTRY_AUTH_FILE", "SSL_CERT_DIR", "SSL_CERT_FILE", "STORAGE_DRIVER", "TMPDIR", "TZ", "USER",
    *(name for proxy in ("http_proxy", "https_proxy", "no_proxy", "all_proxy") for name in (proxy, proxy.upper())),
))  # fmt: skip
_KEPT_PREFIXES = ("CONTAINERS_", "PYCMAN_", "XDG_")
_DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_UMASK = 0o022
_CATCHABLE = (*range(1, 9), *range(10, 19), *range(20, 32), *range(34, 65))
"""All signals except SIGKILL and SIGSTOP, whose action cannot be changed, and two that the C library reserves."""

_PF_EXITING = 4
"""Of the kernel's include/linux/sched.h."""
_SIGKILL_PENDING = 1 << 9 - 1

_boot_id = ""


def boot_id() -> str:
    """Return the id of this boot; it changes at every start of the host."""
    global _boot_id  # noqa: PLW0603 - asked once for each container that is listed; no process sees it change
    if not _boot_id:
        with open("/proc/sys/kernel/random/boot_id", encoding="utf-8") as file:
            _boot_id = file.read().strip()
    return _boot_id


def start_time(pid: int) -> int:
    """Return when `pid` started, in clock ticks since boot; 0 if there is no such process or it is a zombie."""
    try:
        with open(f"/proc/{pid}/stat", "rb", buffering=0) as file:
            fields = file.read(4096).rpartition(b")")[2].split()
    except OSError:
        return 0
    return 0 if fields[0] in (b"Z", b"X") else int(fields[19])


def namespace_path(pid: int | str, kind: str) -> str:
    """Return the path of a namespace ("net", "mnt", …) of the process `pid`, "self" for this one's (namespaces(7))."""
    return f"/proc/{pid}/ns/{kind}"


def has_one_thread() -> bool:
    """Return whether this process has no thread but this one."""
    return len(os.listdir("/proc/self/task")) == 1


def program_name(pid: int) -> str:
    """Return the kernel's name of a process's program, at most 15 bytes (proc(5), comm); "" if the process has ended."""
    return read_text(f"/proc/{pid}/comm").strip()


def root_of(pid: int) -> str:
    """Return the path of a process's root directory, as seen in its own mount namespace (proc(5), root)."""
    return f"/proc/{pid}/root"


def shares_namespace(pid: int, kind: str) -> bool:
    """Return whether the process `pid` is in our own namespace of a kind; False also if it has ended or is another user's."""
    try:
        return os.readlink(namespace_path(pid, kind)) == os.readlink(namespace_path("self", kind))
    except OSError:
        return False


def command_line(pid: int) -> list[str]:
    """Return the arguments that the process `pid` was started with; none if it has ended or is a zombie."""
    return read_text(f"/proc/{pid}/cmdline").split("\0")[:-1]


def has_handler(pid: int, signal: int) -> bool:
    """Return whether the process `pid` has installed a handler for a signal."""
    for line in read_text(f"/proc/{pid}/status").splitlines():
        if line.startswith("SigCgt:"):
            return bool(int(line.split()[1], 16) >> (signal - 1) & 1)
    return False


def is_alive(pid: int, started: int) -> bool:
    """Return whether the process `pid` that started at `started` ticks still runs."""
    return pid > 0 and start_time(pid) == started != 0


def is_ending(pid: int) -> bool:
    """Return whether the process `pid` has ended or is about to: it was sent SIGKILL, or is in the middle of exit(2).

    Its sockets are still there and may take connections, its files are still mapped: wait for its end before you use them.
    """
    try:
        with open(f"/proc/{pid}/stat", "rb", buffering=0) as file:
            return _says_ending(file.read(4096))
    except OSError:
        return True


def _says_ending(stat: bytes) -> bool:
    """Say so of a line of /proc/PID/stat: fields 3, 9 and 31 of proc(5)."""
    fields = stat.rpartition(b")")[2].split()
    return fields[0] in (b"Z", b"X") or bool(int(fields[6]) & _PF_EXITING or int(fields[28]) & _SIGKILL_PENDING)


def send_signal(pid: int, started: int, signal: int) -> bool:
    """Send a signal to the process if it is still the one that started at `started`; return False if it has ended."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return False
    try:
        if not is_alive(pid, started):
            return False
        _signal.pidfd_send_signal(descriptor, signal)
        return True
    except ProcessLookupError:
        return False
    finally:
        os.close(descriptor)


def wait_gone(pid: int, started: int, timeout_s: float) -> bool:
    """Wait until that process has ended, at most `timeout_s` seconds (negative: no limit); return whether it has."""
    try:
        descriptor = os.pidfd_open(pid)
    except OSError:
        return True
    try:
        if not is_alive(pid, started):
            return True
        poller = select.poll()
        poller.register(descriptor, select.POLLIN)
        return bool(poller.poll(poll_time(timeout_s)))
    finally:
        os.close(descriptor)


_ROUNDING_S = 0.001
_LONGEST_POLL_S = (1 << 31) // 1000 - 1


def poll_time(seconds: float) -> int | None:
    """Return poll(2)'s timeout in ms, a C int: None, which is no limit, for negative times and for those of more than 24 days."""
    return int(seconds * 1000) if 0 <= seconds < _LONGEST_POLL_S else None


def find_program(name: str, extra_directories: Sequence[str] = ()) -> str:
    """Return the path of a program, from `extra_directories`, PATH and the usual sbin and libexec folders; "" if none."""
    if "/" in name:
        return name if os.access(name, os.X_OK) else ""
    for path in program_places(name, extra_directories):
        if os.path.isfile(path) and os.access(path, os.X_OK):
            return path
    return ""


def program_places(name: str, extra_directories: Sequence[str] = ()) -> list[str]:
    """Return the paths at which `find_program` looks for a program, in order, each once."""
    usual = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
    helpers = ("/usr/libexec/podman", "/usr/lib/podman", "/usr/local/libexec/podman", "/usr/lib/cni")
    folders = (*extra_directories, *os.environ.get("PATH", "").split(":"), *usual, *helpers)
    return [f"{folder}/{name}" for folder in dict.fromkeys(folders) if folder]


def how_to_install(*programs: str) -> str:
    """Return the command line that installs programs on this host's distribution, for the hint of an error."""
    from pycman.linux import distribution  # only where one is missing

    return distribution.how_to_install(*programs)


def find_init(extra_directories: Sequence[str] = ()) -> str:
    """Return the path of an init program for --init; "" if none is installed."""
    names = ("catatonit", "docker-init", "tini")
    return next(filter(None, (find_program(name, extra_directories) for name in names)), "")


_MOST_OUTPUT_BYTES = 64 << 20
"""More is no answer of a helper program, whoever wrote it."""


class Finished:
    """How a child ended: `status` is 0 to 255, or 128 + n for signal n; `stdout` and `stderr` are its output."""

    def __init__(self, status: int, stdout: bytes, stderr: bytes) -> None:
        self.status = status
        self.stdout = stdout
        self.stderr = stderr


def made_environment() -> dict[str, str]:
    """Return the environment of programs that pycman runs for itself: paths, user, locale, proxies, and settings of the engine.

    All other variables are dropped: LD_* and PYTHON*, NOTIFY_SOCKET and LISTEN_*, and passwords that a shell has exported.
    """
    env = {
        name: value for name, value in os.environ.items() if name in _KEPT_VARIABLES or name.startswith(_KEPT_PREFIXES)
    }
    env.setdefault("PATH", _DEFAULT_PATH)
    return env


def spawn(
    argv: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    descriptors: Mapping[int, int] | None = None,
    new_session: bool = False,
    program: int = -1,
) -> int:
    """Start `argv[0]` (a path) with posix_spawn and return its pid.

    `program` is a descriptor of a copy of it, which is executed in its place if it can be (-1: none).

    `descriptors` maps numbers in the child to descriptors here; 0, 1 and 2 are inherited unless mapped, and nothing else is open
    in the child. All its signals have their default effect and none is blocked, its umask is 022, and its environment is
    `made_environment()` unless `env` is given. With `new_session` it is the leader of a session of its own.
    Raises NotFound or Unavailable.
    """
    mapping = dict(descriptors or {})
    high = max([*mapping, *mapping.values(), 2, program]) + 1
    actions: list[tuple[int, int, int]] = []
    for offset, source in enumerate(mapping.values()):  # first to unused numbers, so that none overwrites another
        actions.append((os.POSIX_SPAWN_DUP2, source, high + offset))
    closing = []
    for offset, target in enumerate(mapping):
        actions.append((os.POSIX_SPAWN_DUP2, high + offset, target))
        closing.append((os.POSIX_SPAWN_CLOSE, high + offset))
    closing += [(os.POSIX_SPAWN_CLOSE, number) for number in _inherited() if number not in mapping]
    umask = os.umask(_UMASK)  # inherited by the child; for that moment it applies to other threads of this process, too
    deleted = _leave_deleted_directory()
    environment = made_environment() if env is None else dict(env)

    def start(path: str) -> int:
        return os.posix_spawn(
            path,
            list(argv),
            environment,
            file_actions=[*actions, *closing],
            setsid=new_session,
            setsigdef=_CATCHABLE,
            setsigmask=(),
        )

    try:
        if program >= 0 and program not in mapping:
            with suppress(OSError):
                return start(descriptor_path(program))  # the child's own, which it closes as it executes it
        return start(argv[0])
    except FileNotFoundError:
        raise NotFound("no such program", subject=argv[0]) from None
    except OSError as error:
        if error.errno == errno.EBADF:  # a number that the limit does not allow, as all that are copied are open
            raise Unavailable(
                "cannot be started: so few files may be open",
                subject=argv[0],
                hint="raise the limit with ulimit -n 1024",
            ) from error
        raise Unavailable(f"cannot be started: {error.strerror}", subject=argv[0]) from error
    finally:
        os.umask(umask)
        if deleted >= 0:
            os.fchdir(deleted)
            os.close(deleted)


def _leave_deleted_directory() -> int:
    """Change to / if the working directory was deleted, as conmon does not start in such a one; return a descriptor of it, or -1."""
    try:
        os.getcwd()
    except FileNotFoundError:
        deleted = os.open(".", os.O_PATH | os.O_CLOEXEC)
        os.chdir("/")
        return deleted
    except OSError:  # it cannot be named, as above it is a directory that this user may not search
        return -1
    return -1


def _inherited() -> list[int]:
    """Return the descriptors above 2 that a child would inherit."""
    inherited = []
    for name in os.listdir("/proc/self/fd"):
        try:
            if int(name) > 2 and os.get_inheritable(int(name)):
                inherited.append(int(name))
        except OSError:
            continue  # listdir's own descriptor, which is closed again
    return inherited


def close_all_but(*kept: int) -> None:
    """Close every descriptor above 2 except these; for a forked child that outlives its parent."""
    low = 3
    for descriptor in sorted(kept):
        os.closerange(low, descriptor)
        low = max(low, descriptor + 1)
    os.closerange(low, os.sysconf("SC_OPEN_MAX"))


def is_inherited(descriptor: int) -> bool:
    """Return whether a descriptor was inherited from the parent process: those that pycman opens are all close-on-exec."""
    try:
        return os.get_inheritable(descriptor)
    except OSError:
        return False


def runs_other_program(pid: int, than: int) -> bool:
    """Return whether `pid` runs another program than the process `than`; False if that cannot be read (proc(5), "exe")."""
    try:
        return not os.path.samestat(os.stat(f"/proc/{pid}/exe"), os.stat(f"/proc/{than}/exe"))
    except OSError:  # one of them has ended, or this user may not read its link
        return False


def run(
    argv: Sequence[str],
    *,
    stdin: bytes = b"",
    env: Mapping[str, str] | None = None,
    timeout_s: float = -1,
    descriptors: Mapping[int, int] | None = None,
    new_session: bool = False,
    limit_bytes: int = _MOST_OUTPUT_BYTES,
    at_timeout: Callable[[], object] | None = None,
    program: int = -1,
    own_output: bool = False,
) -> Finished:
    """Run a program until it ends and return its output. It is killed after `timeout_s` (status 137). `program` is `spawn`'s.

    At the timeout `at_timeout` is called first, if the program still runs. With `new_session` its process group is killed
    with it. `limit_bytes` of each output are kept (negative: all), the rest is read and discarded.

    Output is read until nobody has it open any more. With `own_output` that of processes which outlive the program is not waited
    for: what was written before its end is returned.
    """
    started = Running(argv, stdin=stdin, env=env, descriptors=descriptors, new_session=new_session, program=program)
    return started.finish(timeout_s, limit_bytes=limit_bytes, at_timeout=at_timeout, own_output=own_output)


class Running:
    """A program that was started and is beside this process until `finish`, which must be called: it feeds it and takes its output.

    What fits into a pipe of its `stdin` it has from the start. Raises what `spawn` raises.
    """

    def __init__(
        self,
        argv: Sequence[str],
        *,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
        descriptors: Mapping[int, int] | None = None,
        new_session: bool = False,
        program: int = -1,
    ) -> None:
        """The parameters are those of `run`."""
        null = os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC)
        self._out, out_write = os.pipe()
        self._err, err_write = os.pipe()
        in_read, self._in = os.pipe() if stdin else (null, -1)
        try:
            streams = {0: in_read, 1: out_write, 2: err_write, **(descriptors or {})}
            self._pid = spawn(argv, env=env, descriptors=streams, new_session=new_session, program=program)
        except BaseException:
            for descriptor in {self._out, out_write, self._err, err_write, in_read, self._in, null} - {-1}:
                os.close(descriptor)
            raise
        for descriptor in {out_write, err_write, in_read, null}:
            os.close(descriptor)
        self._group = new_session
        self._todo = memoryview(stdin)
        if stdin:
            os.set_blocking(self._in, False)
            self._todo = _feed(self._in, self._todo)

    def finish(
        self,
        timeout_s: float = -1,
        *,
        limit_bytes: int = _MOST_OUTPUT_BYTES,
        at_timeout: Callable[[], object] | None = None,
        own_output: bool = False,
    ) -> Finished:
        """Wait until it ends and return its output. It is killed `timeout_s` from now; the parameters are those of `run`."""
        deadline = time.monotonic() + timeout_s
        in_write = self._in if self._todo else -1
        until = self._pid if own_output else 0
        if timeout_s < 0:
            stdout, stderr = _communicate(
                in_write, self._todo, self._out, self._err, limit_bytes=limit_bytes, until=until
            )
            return Finished(reap(self._pid), stdout, stderr)

        def kill() -> None:
            nonlocal at_timeout
            if at_timeout is not None and start_time(self._pid):
                at_timeout()
            at_timeout = None
            (os.killpg if self._group else os.kill)(self._pid, 9)  # not reaped yet, so the pid cannot have been reused

        stdout, stderr = _communicate(in_write, self._todo, self._out, self._err, deadline, kill, limit_bytes, until)
        if not wait_gone(self._pid, start_time(self._pid), max(0.0, deadline - time.monotonic())):
            kill()  # it has closed its outputs but still runs
        return Finished(reap(self._pid), stdout, stderr)


def _communicate(
    in_write: int,
    todo: memoryview,
    out: int,
    err: int,
    deadline: float = -1,
    kill: Callable[[], None] = lambda: None,
    limit_bytes: int = -1,
    until: int = 0,
) -> tuple[bytes, bytes]:
    """Write a child's input and collect its outputs; after the deadline call `kill`, and return the output until then.

    After the end of the child with the pid `until`, if one is given, only what has been written is read.
    """
    chunks: dict[int, list[bytes]] = {out: [], err: []}
    room = {out: limit_bytes, err: limit_bytes}
    poller = select.poll()
    end = os.pidfd_open(until) if until else -1
    late_bytes = _LATE_BYTES
    if end >= 0:
        poller.register(end, select.POLLIN)
    for descriptor in chunks:
        poller.register(descriptor, select.POLLIN)
    if in_write >= 0:
        poller.register(in_write, select.POLLOUT)
    open_outputs = 2
    while open_outputs:
        has_ended = until > 0 > end
        left = -1 if deadline < 0 else max(0.0, deadline - time.monotonic()) + _ROUNDING_S
        ready = poller.poll(0 if has_ended else poll_time(left))
        if has_ended:
            if not ready or late_bytes <= 0:
                break  # who has the output open now is another process
        elif 0 <= deadline <= time.monotonic():
            kill()
            if not ready or time.monotonic() > deadline + _DRAIN_S:
                break  # another process has inherited its output and keeps writing
        for descriptor, _event in ready:
            if descriptor == in_write:
                todo = _feed(in_write, todo)
                if not todo:
                    poller.unregister(in_write)
                continue
            if descriptor == end:
                poller.unregister(end)
                os.close(end)
                end = -1
                continue
            data = os.read(descriptor, 65536)
            late_bytes -= len(data) if has_ended else 0
            if limit_bytes < 0:
                chunks[descriptor].append(data)
            elif room[descriptor]:
                chunks[descriptor].append(data[: room[descriptor]])
                room[descriptor] -= len(chunks[descriptor][-1])
            if not data:
                poller.unregister(descriptor)
                open_outputs -= 1
    os.close(out)
    os.close(err)
    if end >= 0:
        os.close(end)
    if todo:
        os.close(in_write)
    return b"".join(chunks[out]), b"".join(chunks[err])


def _feed(descriptor: int, todo: memoryview) -> memoryview:
    """Write what fits into a pipe, return what is left, and close the pipe if that is nothing."""
    try:
        todo = todo[os.write(descriptor, todo[:65536]) :]
    except BrokenPipeError:
        todo = todo[:0]
    except OSError as error:
        if error.errno != errno.EAGAIN:
            raise
    if not todo:
        os.close(descriptor)
    return todo


def reap(pid: int) -> int:
    """Wait for a child and return its status: 0 to 255, or 128 + n for signal n."""
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return 128 - status if status < 0 else status
