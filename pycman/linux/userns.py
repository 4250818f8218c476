"""The user's own namespaces, rootless: made once, held by a small process, joined by every command (user_namespaces(7)).

    first command                                        every other one
    fork a child ── unshare(user, mount) ── waits        read pause.pid, check that it is that process
    newuidmap / newgidmap (or one id by ourselves)       setns(user), setns(mount)
    child becomes root of it, mounts made slave, execs
    `catatonit -P`; its pid is written; we join it

Inside, 0 is the user and 1, 2, … are the subordinate ids of /etc/subuid and /etc/subgid. A process must have one thread to
join a user namespace, and cannot leave it again.
"""

from __future__ import annotations

import contextlib
import os
import signal

from pycman.errors import Unavailable, Unsupported
from pycman.linux import syscalls
from pycman.linux.files import locked, read_text, write_atomic
from pycman.linux.identity import ROOTLESS_GID_VARIABLE, ROOTLESS_UID_VARIABLE
from pycman.linux.processes import find_program, is_alive, run, start_time
from pycman.plan import crash_point
from pycman.spec.id_map import IdMap, IdRange

_SETUP_TIMEOUT_S = 20.0


def enter_user_namespaces(pause_pid_path: str, uid: int, gid: int) -> str:
    """Join the user's user and mount namespaces, made and held first if nobody has; return a warning or "".

    Raises Unsupported (no user namespaces here, more than one thread), Unavailable (newuidmap fails).
    """
    warning = ""
    if not _join_held(pause_pid_path):
        with locked(pause_pid_path + ".lock", timeout_s=_SETUP_TIMEOUT_S * 2, subject="rootless namespaces"):
            if not _join_held(pause_pid_path):
                warning = _make(pause_pid_path, uid, gid)
                if not _join_held(pause_pid_path):
                    raise Unavailable("the process that holds them ended at once", subject="rootless namespaces")
    os.environ[ROOTLESS_UID_VARIABLE] = str(uid)
    os.environ[ROOTLESS_GID_VARIABLE] = str(gid)
    return warning


def _join_held(path: str) -> bool:
    """Join the namespaces of the process in the pid file; False if there is none (any more)."""
    words = read_text(path).split()
    if len(words) != 2 or not is_alive(int(words[0]), int(words[1])):
        return False
    pid = words[0]
    try:
        user = os.open(f"/proc/{pid}/ns/user", os.O_RDONLY | os.O_CLOEXEC)
        mount = os.open(f"/proc/{pid}/ns/mnt", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    here = os.getcwd()
    try:
        syscalls.setns(user, syscalls.CLONE_NEWUSER)
        syscalls.setns(mount, syscalls.CLONE_NEWNS)
    except OSError as error:
        raise Unsupported(
            f"cannot be joined: {(error.strerror or '').lower()}",
            subject="rootless namespaces",
            hint="a program with threads must use the engine's worker",
        ) from error
    finally:
        os.close(user)
        os.close(mount)
    os.setresgid(0, 0, 0)
    os.setresuid(0, 0, 0)
    try:
        os.chdir(here)
    except OSError:
        os.chdir("/")
    return True


def _make(path: str, uid: int, gid: int) -> str:
    """Make the namespaces and the process that holds them; return a warning or ""."""
    uids, gids = subordinate_ranges("/etc/subuid", uid), subordinate_ranges("/etc/subgid", uid)
    tools = find_program("newuidmap"), find_program("newgidmap")
    single = not (uids and gids and all(tools))
    ready_read, ready_write = os.pipe()
    go_read, go_write = os.pipe()
    child = os.fork()
    if child == 0:
        _hold(ready_write, go_read)
    os.close(ready_write)
    os.close(go_read)
    try:
        answer = os.read(ready_read, 200)
        if answer != b"unshared":
            reason = answer.decode() or "the kernel refused"
            raise Unsupported(f"user namespaces cannot be made: {reason}", subject="rootless", hint="run pycman doctor")
        if single:
            _map_one(child, uid, gid)
        else:
            _map_ranges(child, tools[0], uid, uids)
            _map_ranges(child, tools[1], gid, gids)
        crash_point("namespaces:mapped")
        os.write(go_write, b"go")
        if os.read(ready_read, 10) != b"":  # the exec closes it
            raise Unavailable("catatonit cannot be started", subject="rootless", hint="install the package catatonit")
        write_atomic(path, f"{child} {start_time(child)}\n", mode=0o600, sync=False)
    except BaseException:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        raise
    finally:
        os.close(ready_read)
        os.close(go_write)
    if not single:
        return ""
    return "only one user id is available: files of other owners cannot be unpacked; add a range to /etc/subuid and /etc/subgid"


def _hold(ready: int, go: int) -> None:
    """Be the child: unshare, wait for the maps, become the holder. Never returns."""
    try:
        # Not one more descriptor of the parent's: with its own end of the pipe it would wait for ever after the parent was
        # killed, and with a copy of the lock it would keep every later command out.
        for name in os.listdir("/proc/self/fd"):
            if int(name) > 2 and int(name) not in (ready, go):
                with contextlib.suppress(OSError):
                    os.close(int(name))
        os.setsid()
        try:
            syscalls.unshare(syscalls.CLONE_NEWUSER | syscalls.CLONE_NEWNS)
        except OSError as error:
            os.write(ready, (error.strerror or "?").encode()[:190])
            os._exit(1)
        os.write(ready, b"unshared")
        if os.read(go, 2) != b"go":
            os._exit(1)
        os.setresgid(0, 0, 0)
        os.setresuid(0, 0, 0)
        syscalls.mount("", "/", "", syscalls.MS_SLAVE | syscalls.MS_REC)
        null = os.open("/dev/null", os.O_RDWR)
        for number in (0, 1, 2):
            os.dup2(null, number)
        os.chdir("/")
        program = find_program("catatonit")
        if program:
            os.execve(program, ["catatonit", "-P"], {})
        sleep = find_program("sleep")
        os.execve(sleep, ["sleep", "infinity"], {})
    finally:
        os.write(ready, b"failed")
        os._exit(1)


def _map_one(child: int, uid: int, gid: int) -> None:
    for name, text in (("setgroups", "deny"), ("uid_map", f"0 {uid} 1"), ("gid_map", f"0 {gid} 1")):
        with open(f"/proc/{child}/{name}", "w", encoding="ascii") as file:
            file.write(text)


def _map_ranges(child: int, tool: str, own: int, ranges: list[tuple[int, int]]) -> None:
    words = ["0", str(own), "1"]
    inside = 1
    for first, size in ranges:
        words += [str(inside), str(first), str(size)]
        inside += size
    finished = run([tool, str(child), *words], timeout_s=_SETUP_TIMEOUT_S)
    if finished.status:
        reason = finished.stderr.decode("utf-8", "replace").strip().splitlines()
        raise Unavailable(
            f"it failed: {reason[-1] if reason else finished.status}",
            subject=os.path.basename(tool),
            hint="check /etc/subuid and /etc/subgid, and that the tool is set-uid root",
        )


def subordinate_ranges(path: str, uid: int) -> list[tuple[int, int]]:
    """Return (first id, count) of a user's lines in /etc/subuid or /etc/subgid (subuid(5)), by name or number."""
    names = {str(uid)}
    for line in read_text("/etc/passwd").splitlines():
        parts = line.split(":")
        if len(parts) > 2 and parts[2] == str(uid):
            names.add(parts[0])
    found = []
    for line in read_text(path).splitlines():
        parts = line.strip().split(":")
        if len(parts) == 3 and parts[0] in names and parts[1].isdigit() and parts[2].isdigit() and int(parts[2]):
            found.append((int(parts[1]), int(parts[2])))
    return found


def current_id_map() -> IdMap:
    """Return the maps of the namespace this process is in, as its parent sees them."""
    return IdMap(uids=_read_map("/proc/self/uid_map"), gids=_read_map("/proc/self/gid_map"))


def _read_map(path: str) -> tuple[IdRange, ...]:
    found = []
    for line in read_text(path).splitlines():
        inside, outside, size = line.split()
        found.append(IdRange(container_id=int(inside), host_id=int(outside), size=int(size)))
    return tuple(found)


def available_ids() -> int:
    """Return how many ids from 0 on are mapped without a gap in the present namespace (the fewer of uids and gids)."""
    found = current_id_map()
    return min(_without_gap(found.uids), _without_gap(found.gids))


def _without_gap(ranges: tuple[IdRange, ...]) -> int:
    end = 0
    for part in sorted(ranges, key=lambda each: each.container_id):
        if part.container_id != end:
            break
        end += part.size
    return end
