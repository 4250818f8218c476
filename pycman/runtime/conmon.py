"""conmon, the monitor of one container (conmon(8)): its command line, what it reports, its end. `conmon_process.py` runs it."""

from __future__ import annotations

import os

from pycman.errors import Corrupt, RuntimeFailed
from pycman.jsontext import parse_json
from pycman.linux.cgroup.setup import group_of
from pycman.linux.files import read_text
from pycman.linux.processes import (
    find_program,
    program_name,
    send_signal,
    start_time,
    wait_gone,
)
from pycman.runtime.monitor import Started
from pycman.spec.cgroup_names import is_in_service

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pycman.config.containers_conf import ContainersConf
    from pycman.runtime.monitor import Monitor, RuntimeProgram

_FIRST_FD = 3
_WITHOUT_NULL = 'exec "$0" "$@" <&{0}'
"""What sh(1) does between conmon and the runtime; standard output is /dev/null too where there is a terminal."""
_SHELL = "/bin/sh"
_SIGKILL = 9
_MESSAGE_BYTES = 1 << 20


def conmon_program(conf: ContainersConf) -> str:
    """Return the first executable of conmon_path in containers.conf, else conmon from helper_binaries_dir or $PATH; "" if
    it is not installed.
    """
    named = next((path for path in conf.conmon_path if os.access(path, os.X_OK)), "")
    return named or find_program("conmon", conf.helper_binaries_dir)


def monitor_argv(monitor: Monitor, runtime: RuntimeProgram, conmon: str) -> list[str]:
    """Return conmon's command line. Pure."""
    program = runtime.copy or runtime.path
    argv = [
        conmon,
        "--api-version", "1",
        "-c", monitor.container_id,
        "-u", monitor.container_id,
        "-r", _SHELL if monitor.hides_null else program,
        "-b", monitor.bundle,
        "-p", monitor.pid_file,
        "-P", monitor.conmon_pid_file,
        "-n", monitor.name,
        "--exit-dir", monitor.exit_dir,
        "--persist-dir", monitor.persist_dir,
        "--full-attach",
        "--log-level", "error",
    ]  # fmt: skip
    script = _WITHOUT_NULL.format(first_own_fd(monitor) + 2)
    between = ["-c", f"{script} >&2" if monitor.terminal else script, program]
    for argument in [*(between if monitor.hides_null else ()), *runtime.arguments]:
        argv += ["--runtime-arg", argument]
    argv += _logs(monitor)
    if monitor.log_max_size_bytes > 0:
        argv += ["--log-size-max", str(monitor.log_max_size_bytes)]
    if not monitor.keeps_log:
        argv.append("--no-sync-log")
    if monitor.terminal:
        argv.append("-t")
    if monitor.stdin:
        argv.append("-i")
    if monitor.terminal or (monitor.stdin and not monitor.stdin_once):
        argv.append("--leave-stdin-open")  # a client that detached, or has not attached yet, may attach later
    if monitor.restore_from:
        argv += ["--restore", monitor.restore_from]
        for option in monitor.restore_options:
            argv += ["--runtime-opt", option]
    elif not monitor.keyring:
        argv.append("--no-new-keyring")
    if not monitor.pivot_root:
        argv.append("--no-pivot")
    if monitor.inherited:
        argv += ["--runtime-opt", "--preserve-fds", "--runtime-opt", str(first_own_fd(monitor) - _FIRST_FD)]
    if monitor.notify_socket:
        argv += ["--sdnotify-socket", monitor.notify_socket]
    if monitor.timeout_s:
        argv += ["-T", str(monitor.timeout_s)]
    if monitor.exit_command:
        argv += ["--exit-command", monitor.exit_command[0]]
        for argument in monitor.exit_command[1:]:
            argv += ["--exit-command-arg", argument]
    return argv


def first_own_fd(monitor: Monitor) -> int:
    """Return the number of the first of three descriptors that conmon gets for itself: those for the container come before."""
    return max((*monitor.inherited, _FIRST_FD - 1)) + 1


def _logs(monitor: Monitor) -> list[str]:
    """Return the flags that say where output goes; with journald also to a file, where `log_path` names one."""
    if monitor.log_driver in ("none", "passthrough"):
        return ["-l", monitor.log_driver]
    to_file = ["-l", f"k8s-file:{monitor.log_path}"]
    if monitor.log_driver != "journald":
        return to_file
    tag = ["--log-tag", monitor.log_tag] if monitor.log_tag else []
    return [*(to_file if monitor.log_path else ()), "-l", "journald:", *tag]


def said_path(monitor: Monitor) -> str:
    """Return the file in the bundle with what conmon itself writes to standard error."""
    return f"{monitor.bundle}/conmon-log"


def read_sync(descriptor: int, monitor: Monitor, runtime: RuntimeProgram, status: int) -> Started:
    """Read lines of JSON until one reports the pid; `status` is that of the monitor's first process. Raises what `ConmonProcess.go` raises."""
    data = b""
    while len(data) < _MESSAGE_BYTES:
        *lines, rest = data.split(b"\n")
        for line in lines:
            message = parse_json(line, subject="conmon")
            pid = _reported_pid(message, monitor, runtime)
            if pid:
                return Started(pid=pid, conmon_pid=int(read_text(monitor.conmon_pid_file, "0") or 0))
        data = rest
        piece = os.read(descriptor, 65536)
        if not piece:
            break
        data += piece
    if data.strip():
        pid = _reported_pid(parse_json(data, subject="conmon"), monitor, runtime)
        if pid:
            return Started(pid=pid, conmon_pid=int(read_text(monitor.conmon_pid_file, "0") or 0))
    said = read_text(said_path(monitor)).strip().rpartition("\n")[2]
    words = f": {said.rpartition(']: ')[2] or said}" if said else ""
    if status:
        raise RuntimeFailed(f"it ended with status {status} before the container was made{words}", subject="conmon")
    problem = f"it failed{words}" if words else "it failed without a message"
    raise RuntimeFailed(problem, subject=runtime.path, hint="run that program by hand")


def _reported_pid(message: Any, monitor: Monitor, runtime: RuntimeProgram) -> int:
    """Return the pid in one message of conmon's; raise the error it reports instead."""
    if not isinstance(message, dict):
        raise Corrupt("its answer is not a JSON object", subject="conmon")
    value = int(message.get("data", -1))
    if value < 0:
        from pycman.runtime.failures import classify  # only imported when a runtime fails

        text = str(message.get("message", "")) or read_text(f"{monitor.bundle}/oci-log")
        raise classify(runtime.name, text, command=monitor.command, workdir=monitor.workdir)
    return value


def kill_monitor(pid_file: str, *, has_exited: bool = False) -> None:
    """Kill the conmon whose pid is in `pid_file`, left behind by a start that was killed; do nothing if it has ended.

    `has_exited`: it has written the exit file and ends by itself as soon as its exit command has. Where systemd waits for that, as it is
    a service's main process, it is left alone: its exit status is the service's.
    """
    text = read_text(pid_file).strip()
    if not text.isdigit():
        return
    pid = int(text)
    if has_exited and any(is_in_service(group_of(pid, hierarchy)) for hierarchy in ("", "name=systemd")):
        return
    started = start_time(pid)
    if started and "conmon" in program_name(pid):
        send_signal(pid, started, _SIGKILL)
        wait_gone(pid, started, 5)
