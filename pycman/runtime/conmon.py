"""conmon, the monitor of one container (conmon(8)): what it is told, and its end. `conmon_process.py` runs it."""

from __future__ import annotations

import os

from pycman.linux.files import read_text
from pycman.linux.processes import find_program, program_name, send_signal, start_time, wait_gone
from pycman.record import Record
from pycman.runtime.oci_runtime import OciRuntime

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from pycman.config.containers_conf import ContainersConf

_FIRST_FD = 3
_WITHOUT_NULL = 'exec "$0" "$@" <&{0}'
"""What sh(1) does between conmon and the runtime; standard output is /dev/null too where there is a terminal."""
_SHELL = "/bin/sh"
_SIGKILL = 9


class Monitor(Record):
    """The arguments of one conmon. Sizes are bytes, -1 is no limit; `timeout_s` 0 is no timeout."""

    container_id: str
    name: str
    bundle: str
    runtime: OciRuntime
    pid_file: str
    conmon_pid_file: str
    exit_dir: str
    persist_dir: str
    log_driver: str = "k8s-file"
    log_path: str = ""
    log_tag: str = ""
    log_max_size_bytes: int = -1
    keeps_log: bool = True
    """The log outlives the container's end. If not, conmon need not wait until it is on the disk before it tells the exit status."""
    terminal: bool = False
    stdin: bool = False
    stdin_once: bool = False
    """The container's standard input is closed when the first attached client disconnects (docker's StdinOnce)."""
    exit_command: tuple[str, ...] = ()
    timeout_s: int = 0
    command: str = ""
    workdir: str = "/"
    conmon_path: str = ""
    env: Mapping[str, str] = {}
    """Variables for conmon itself, in addition to those of this process."""
    keyring: bool = True
    """The container gets a session keyring of its own."""
    pivot_root: bool = True
    hides_null: bool = False
    """The runtime gets an empty pipe where conmon would give it the host's /dev/null, which crun hands over to the root of a new user
    namespace: it could close it to everybody else.
    """
    notify_socket: str = ""
    """The service manager's socket: conmon passes on what is sent to notify/notify.sock in the bundle."""
    inherited: tuple[int, ...] = ()
    """Descriptors of this process, 3 or more, that the container's process gets under the same numbers."""


def conmon_program(conf: ContainersConf) -> str:
    """Return the first executable of conmon_path in containers.conf, else conmon from helper_binaries_dir or $PATH; "" if
    it is not installed.
    """
    named = next((path for path in conf.conmon_path if os.access(path, os.X_OK)), "")
    return named or find_program("conmon", conf.helper_binaries_dir)


def monitor_argv(monitor: Monitor, conmon: str) -> list[str]:
    """Return conmon's command line. Pure."""
    runtime = monitor.runtime
    argv = [
        conmon,
        "--api-version", "1",
        "-c", monitor.container_id,
        "-u", monitor.container_id,
        "-r", _SHELL if monitor.hides_null else runtime.path,
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
    between = ["-c", f"{script} >&2" if monitor.terminal else script, runtime.path]
    for argument in [*(between if monitor.hides_null else ()), *runtime.global_arguments()]:
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
    if not monitor.keyring:
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
    """Return the flags that say where output goes; with journald also to a file, which `logs` reads on every host."""
    if monitor.log_driver in ("none", "passthrough"):
        return ["-l", monitor.log_driver]
    to_file = ["-l", f"k8s-file:{monitor.log_path}"]
    if monitor.log_driver != "journald":
        return to_file
    tag = ["--log-tag", monitor.log_tag] if monitor.log_tag else []
    return [*to_file, "-l", "journald:", *tag]


def kill_monitor(pid_file: str) -> None:
    """Kill the conmon whose pid is in `pid_file`, left behind by a start that was killed; do nothing if it has ended."""
    text = read_text(pid_file).strip()
    if not text.isdigit():
        return
    pid = int(text)
    started = start_time(pid)
    if started and "conmon" in program_name(pid):
        send_signal(pid, started, _SIGKILL)
        wait_gone(pid, started, 5)
