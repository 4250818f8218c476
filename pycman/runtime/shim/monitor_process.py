"""The monitor of one container of a shim: what conmon is to an OCI runtime. pycman/__main__.py runs it, without the command line.

    fork ─▶ fifos, attach, ctl ─▶ shim start ─▶ Create ─▶ Wait … exit file ─▶ the exit command, in this process

Killed, it can be started again (`--again`): the shim keeps the fifos open, and knows the exit status.
"""

from __future__ import annotations

import _socket
import os
import time

from pycman.contexts import suppress
from pycman.errors import PycmanError
from pycman.jsontext import format_json
from pycman.linux.files import remove_tree, write_atomic
from pycman.linux.process_name import name_process
from pycman.linux.processes import start_time
from pycman.runtime.attach_protocol import STDERR, STDOUT
from pycman.runtime.exit_file import KILLED_AT_TIME_LIMIT
from pycman.runtime.shim.container_streams import ContainerStreams
from pycman.runtime.shim.end_of_run import become_exit_command, write_exit
from pycman.runtime.shim.events import EventListener
from pycman.runtime.shim.log_writer import LogWriter
from pycman.runtime.shim.messages import TABLE
from pycman.runtime.shim.protobuf import encode
from pycman.runtime.shim.start_monitor import BEGIN, PLAN, SYNC, read_plan
from pycman.runtime.shim.start_shim import EVENTS_SOCKET, delete_shim, start_shim
from pycman.runtime.shim.task_client import CREATE_TIMEOUT_S, TaskClient, process_id, read_address, write_address

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    from pycman.runtime.monitor import Monitor
    from pycman.runtime.shim.journal import Journal
    from pycman.runtime.shim.start_monitor import Plan

_NAME = "conmon-shim"
"""What ps shows; `conmon.kill_monitor` knows a monitor by the first six letters."""
_STDIN, _STDOUT, _STDERR = "shim-stdin", "shim-stdout", "shim-stderr"
_LOG = "log"
_KILLED = 128 + 9


def run_monitor(bundle: str, *, again: bool) -> int:
    """Be the monitor of the container in `bundle`; descriptors SYNC and BEGIN are the starter's. Ends in the exit command."""
    if os.fork():
        return 0
    for number in (SYNC, BEGIN):
        os.set_inheritable(number, False)
    name_process(_NAME)
    os.chdir(bundle)  # names below are short, whatever the store's path
    os.umask(0o077)
    plan = read_plan(".")
    if plan is None:
        return 1
    write_atomic(plan.monitor.conmon_pid_file, str(os.getpid()), mode=0o600, sync=False)
    os.read(BEGIN, 1)
    os.close(BEGIN)
    process = _MonitorProcess(plan)
    try:
        pid = process.reconnect() if again else process.create()
    except PycmanError as error:
        _say({"data": -1, "message": error.facts.get("said") or error.problem})
        process.give_up(again=again)
        return 1
    _say({"data": pid})
    os.close(SYNC)
    process.watch()
    return process.end()


def _say(message: dict[str, object]) -> None:
    with suppress(OSError):
        os.write(SYNC, format_json(message).encode() + b"\n")


class _MonitorProcess:
    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._monitor: Monitor = plan.monitor
        self._task: TaskClient | None = None
        self._streams: ContainerStreams | None = None
        self._deadline = time.monotonic() + _left(plan.monitor.timeout_s) if plan.monitor.timeout_s else 0.0
        self._fifos = self._open_fifos()
        self._attach = _listener("attach", _socket.SOCK_SEQPACKET)
        self._events = EventListener(_listener(EVENTS_SOCKET, _socket.SOCK_STREAM), os.path.dirname(os.getcwd()))

    def create(self) -> int:
        """Start the shim and have it create the container; return its first process's pid. Raises what the shim says."""
        monitor, plan = self._monitor, self._plan
        os.close(os.open(_LOG, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))  # the shim writes its own log there
        where = start_shim(plan.shim, encode(TABLE, "Any", plan.options) if plan.options else b"")
        write_address(".", where)
        self._task = TaskClient(where, monitor.container_id, plan.shim.name)
        created = self._task.call(
            "Create",
            timeout_s=CREATE_TIMEOUT_S,
            command=monitor.command,
            workdir=monitor.workdir,
            bundle=monitor.bundle,
            terminal=monitor.terminal,
            stdin=f"{monitor.bundle}/{_STDIN}" if _STDIN in self._fifos else "",
            stdout=f"{monitor.bundle}/{_STDOUT}",
            stderr=f"{monitor.bundle}/{_STDERR}" if _STDERR in self._fifos else "",
            options=plan.options,
        )
        first = process_id(created, plan.shim.name)
        write_atomic(monitor.pid_file, str(first), mode=0o600, sync=False)
        with suppress(PycmanError):  # only to be killed if it hangs
            pid = process_id(self._task.call("Connect"), plan.shim.name, "shim_pid")
            write_address(".", where.replace(pid=pid, started=start_time(pid)))
        return first

    def reconnect(self) -> int:
        """Connect to the shim of a container that was created by another monitor; return its first process's pid. Raises ShimGone."""
        where = read_address(".")
        assert where is not None
        self._task = TaskClient(where, self._monitor.container_id, self._plan.shim.name)
        return process_id(self._task.call("State"), self._plan.shim.name)

    def give_up(self, *, again: bool) -> None:
        """Forget a container that could not be created."""
        if again:
            return
        with suppress(PycmanError):
            if self._task is not None:
                self._task.call("Shutdown", now=False)

    def watch(self) -> None:
        """Pass bytes until the container has ended."""
        monitor = self._monitor
        assert self._task is not None
        outputs = {self._fifos[_STDOUT]: STDOUT}
        if _STDERR in self._fifos:
            outputs[self._fifos[_STDERR]] = STDERR
        control = os.open("ctl", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        path = "" if monitor.log_driver == "none" else monitor.log_path
        log = LogWriter(path, monitor.log_max_size_bytes, _journal(monitor))
        others = self._events.watched
        self._streams = ContainerStreams(
            self._task,
            log,
            listener=self._attach,
            control=control,
            stdin=self._fifos.get(_STDIN, -1),
            outputs=outputs,
            keeps_stdin=monitor.terminal or (monitor.stdin and not monitor.stdin_once),
            others=others,
        )
        if not self._streams.run(self._deadline):
            self._streams.status = self._after_shim()
        self._streams.close()

    def end(self) -> NoReturn:
        """Write the exit file, and become the exit command."""
        streams, monitor = self._streams, self._monitor
        assert streams is not None
        status = KILLED_AT_TIME_LIMIT if streams.killed_at_deadline else streams.status & 0xFF
        write_exit(monitor, status)
        become_exit_command(monitor)

    def _after_shim(self) -> int:
        """Kill what a killed shim has left behind, for nobody can control it any more; return the exit status of that."""
        try:
            return delete_shim(self._plan.shim, self._monitor.bundle) or _KILLED
        except PycmanError as error:
            os.write(2, f"{error}\n".encode())
            return _KILLED

    def _open_fifos(self) -> dict[str, int]:
        """Make and open the fifos that the container's streams need."""
        monitor = self._monitor
        names = [_STDOUT] if monitor.terminal else [_STDOUT, _STDERR]
        opened = {name: _fifo(name, os.O_RDONLY) for name in names}
        if monitor.stdin or monitor.terminal:
            opened[_STDIN] = _fifo(_STDIN, os.O_RDWR)  # it can be written to before the shim has opened it
        os.close(_fifo("ctl", os.O_RDONLY))
        return opened


def _left(timeout_s: int) -> float:
    """Return how much of the time is left since the container was made, for a monitor that was started again, too."""
    return max(0.0, timeout_s - max(0.0, time.time() - os.stat(PLAN).st_mtime))


def _journal(monitor: Monitor) -> Journal | None:
    if monitor.log_driver != "journald":
        return None
    from pycman.runtime.shim.journal import Journal  # only for that log driver

    return Journal(monitor.container_id, monitor.name, monitor.log_tag)


def _fifo(name: str, access: int) -> int:
    with suppress(FileExistsError):  # the monitor was started again
        os.mkfifo(name, 0o600)
    return os.open(name, access | os.O_NONBLOCK | os.O_CLOEXEC)


def _listener(name: str, kind: int) -> _socket.socket:
    remove_tree(name)  # of the monitor before
    listener = _socket.socket(_socket.AF_UNIX, kind | _socket.SOCK_CLOEXEC | _socket.SOCK_NONBLOCK)
    listener.bind(name)
    listener.listen(16)
    return listener
