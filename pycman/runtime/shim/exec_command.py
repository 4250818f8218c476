"""One process of `exec` in a shim's container, as a program that behaves as an OCI runtime's exec does (`ContainerRuntime.exec_argv`).

    BUNDLE ID NAME BASE [--detach] [--tty]      BASE.json is the process, BASE.pid and BASE.log are written

    own stdin ──▶ fifo ═▶ shim ═▶ process       process ═▶ shim ═▶ fifos ──▶ own stdout, stderr      signals ──▶ Kill

It ends with the process's status. So whoever runs a process in a container (exec, health checks, hooks, the CRI server) has one way.
"""

from __future__ import annotations

import _signal
import os
import select
import time

from pycman.contexts import suppress
from pycman.errors import PycmanError
from pycman.linux.files import read_text, remove_tree, write_atomic
from pycman.linux.processes import close_all_but
from pycman.runtime.shim.task_client import PROCESS_TYPE, ShimGone, TaskClient, read_address

_READ_BYTES = 65536
_MOST_UNSENT = 65536
_QUIET_MS = 200
_LATE_S = 2.0
_FAILED = 255
_SIGHUP, _SIGWINCH = 1, 28
_PASSED_ON = (1, 2, 3, 10, 12, 15, 18, _SIGWINCH)
"""Signals that somebody may send to the caller's process (kill(1), the terminal) and mean the one in the container."""


def run_exec(arguments: list[str]) -> int:
    """Run the process that `arguments` name (as above), and return its exit status, or 255 with an error in BASE.log."""
    bundle, container_id, name, base, *flags = arguments
    command = _ExecCommand(bundle, container_id, name, base, terminal="--tty" in flags)
    try:
        command.start()
        if "--detach" in flags:
            return command.leave()
        return command.attend()
    except PycmanError as error:
        write_atomic(f"{base}.log", f"{error.facts.get('said') or error.problem}\n", mode=0o600, sync=False)
        return _FAILED
    finally:
        command.remove()


class _ExecCommand:
    def __init__(self, bundle: str, container_id: str, name: str, base: str, *, terminal: bool) -> None:
        self._base = base
        self._terminal = terminal
        self._exec_id = (
            f"of-{os.path.basename(base)}"  # runc's shim has a file EXEC_ID.pid in the bundle, and removes it
        )
        self._task: TaskClient
        self._where = read_address(bundle)
        self._container_id = container_id
        self._name = name
        self._paths = {number: f"{base}-{number}" for number in ((0, 1) if terminal else (0, 1, 2))}
        self._stdin = -1
        self._sources: dict[int, int] = {}
        self._unsent = b""
        self._left = False

    def start(self) -> None:
        """Have the shim start the process, and write its pid. Raises what the shim says."""
        if self._where is None:
            raise ShimGone("its shim does not run", subject=self._name)
        self._task = TaskClient(self._where, self._container_id, self._name)
        for number, path in self._paths.items():
            os.mkfifo(path, 0o600)
            descriptor = os.open(path, (os.O_RDONLY if number else os.O_RDWR) | os.O_NONBLOCK | os.O_CLOEXEC)
            if number:
                self._sources[descriptor] = number
            else:
                self._stdin = descriptor
        process = {
            "type_url": PROCESS_TYPE,
            "value": read_text(f"{self._base}.json").encode("utf-8", "surrogateescape"),
        }
        self._task.call(
            "Exec",
            exec_id=self._exec_id,
            terminal=self._terminal,
            stdin=self._paths[0],
            stdout=self._paths[1],
            stderr=self._paths.get(2, ""),
            spec=process,
        )
        try:
            started = self._task.call("Start", exec_id=self._exec_id)
        except PycmanError:
            with suppress(PycmanError):
                self._task.call("Delete", exec_id=self._exec_id)
            raise
        write_atomic(f"{self._base}.pid", str(started["pid"]), mode=0o600, sync=False)

    def attend(self) -> int:
        """Pass bytes and signals until the process has ended; return its status."""
        wake = _catch_signals()
        if self._terminal:
            _make_raw(0)
            self._resize()
        status = self._pump({0: 0, wake: 0}, discard=False)
        with suppress(PycmanError):
            self._task.call("Delete", exec_id=self._exec_id)
        return status

    def leave(self) -> int:
        """Leave a child that reads what the process writes, so that it is never held up, and return 0."""
        if os.fork():
            self._left = True
            return 0
        os.setsid()
        null = os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC)
        for number in (0, 1, 2):
            os.dup2(null, number)
        close_all_but(self._task.fileno(), self._stdin, *self._sources)
        if not self._terminal:
            self._end_input()
        self._pump({}, discard=True)
        with suppress(PycmanError):
            self._task.call("Delete", exec_id=self._exec_id)
        return 0

    def remove(self) -> None:
        """Remove the fifos, unless a child uses them."""
        if not self._left:
            for path in self._paths.values():
                remove_tree(path)

    def _pump(self, inputs: dict[int, int], *, discard: bool) -> int:
        """Pass bytes until the process has ended and its output was read. `inputs` are standard input and the signals' pipe."""
        wait = self._task.send("Wait", exec_id=self._exec_id)
        status, ended_at = -1, 0.0
        while status < 0 or (self._sources and time.monotonic() - ended_at < _LATE_S):
            poller = select.poll()
            for descriptor in self._sources:
                poller.register(descriptor, select.POLLIN)
            for descriptor in inputs if status < 0 else ():
                if descriptor or not self._unsent:
                    poller.register(descriptor, select.POLLIN)
            if self._unsent and self._stdin >= 0:
                poller.register(self._stdin, select.POLLOUT)
            if status < 0:
                poller.register(self._task.fileno(), select.POLLIN)
            ready = [descriptor for descriptor, _events in poller.poll(None if status < 0 else _QUIET_MS)]
            if not ready:
                break  # others that outlived the process keep its streams open
            for descriptor in ready:
                if descriptor in self._sources:
                    self._pass_output(descriptor, discard=discard)
                elif descriptor == self._stdin:
                    self._send()
                elif descriptor == self._task.fileno():
                    found = self._ended(wait)
                    if found >= 0:
                        status, ended_at = found, time.monotonic()
                elif descriptor:
                    self._signals(os.read(descriptor, 64))
                elif not self._read_input():
                    del inputs[0]
        return status

    def _ended(self, wait: int) -> int:
        """Return the process's status, -1 if it runs. Raises ShimGone."""
        replies = self._task.receive(0.001)
        if replies is None:
            raise ShimGone("the shim has ended", subject=self._name)
        for reply in replies:
            if reply.stream == wait:
                return int(self._task.answer("Wait", reply)["exit_status"])
        return -1

    def _pass_output(self, descriptor: int, *, discard: bool) -> None:
        try:
            data = os.read(descriptor, _READ_BYTES)
        except BlockingIOError:
            return
        if not data:
            os.close(descriptor)
            del self._sources[descriptor]
            return
        view = memoryview(data)
        try:
            while view and not discard:
                view = view[os.write(self._sources[descriptor], view) :]
        except BlockingIOError:
            select.select((), (self._sources[descriptor],), ())
        except OSError:  # the caller reads no more: the process writes on, to nobody
            return

    def _read_input(self) -> bool:
        """Read from our standard input; False at its end."""
        try:
            data = os.read(0, _READ_BYTES)
        except OSError:
            data = b""
        self._unsent += data
        if data:
            self._send()
            return True
        if not self._terminal:
            self._end_input()
        else:  # whoever had the other side of the terminal is gone
            with suppress(PycmanError):
                self._task.send("Kill", exec_id=self._exec_id, signal=_SIGHUP)
        return False

    def _end_input(self) -> None:
        while self._unsent and self._stdin >= 0:
            select.select((), (self._stdin,), (), _LATE_S)
            before = len(self._unsent)
            self._send()
            if len(self._unsent) == before:
                break
        if self._stdin >= 0:
            os.close(self._stdin)
            self._stdin = -1
            with suppress(PycmanError):
                self._task.send("CloseIO", exec_id=self._exec_id, stdin=True)

    def _send(self) -> None:
        try:
            self._unsent = self._unsent[os.write(self._stdin, self._unsent) :]
        except BlockingIOError:
            return
        except OSError:
            self._unsent = b""

    def _signals(self, numbers: bytes) -> None:
        for number in numbers:
            if number == _SIGWINCH:
                self._resize()
            else:
                with suppress(PycmanError):
                    self._task.send("Kill", exec_id=self._exec_id, signal=number)

    def _resize(self) -> None:
        if self._terminal:
            columns, rows = os.get_terminal_size(0)
            with suppress(PycmanError):
                self._task.send("ResizePty", exec_id=self._exec_id, width=columns, height=rows)


def _catch_signals() -> int:
    """Have signals written as bytes to a pipe; return its reading end."""
    read, write = os.pipe()
    os.set_blocking(write, False)
    _signal.set_wakeup_fd(write)
    for number in _PASSED_ON:
        _signal.signal(number, lambda *_arguments: None)
    return read


def _make_raw(terminal: int) -> None:
    import tty  # only with a terminal

    with suppress(OSError):
        tty.setraw(terminal)
