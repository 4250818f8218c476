"""One process of `exec` as it runs: the OCI runtime that waits for it, and our ends of what it reads and writes.

    caller ── relay ──▶ pipe ──▶ stdin              with a terminal:  caller ◀── relay ──▶ master ═ slave in the container
           ◀─────────── pipe ◀── stdout, stderr

The process gets pipes or a terminal made for it, never a descriptor of the caller's: through /proc/self/fd a process can reopen
its descriptors with other access modes, and change the mode and content of the caller's files.
"""

from __future__ import annotations

import os

from pycman.linux.files import read_text
from pycman.linux.processes import reap, runs_other_program, spawn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

STDOUT, STDERR = 1, 2
_SIGKILL, _SIGWINCH = 9, 28


class ExecProcess:
    """`pid` is the runtime's: a child of ours that ends with the process's status and passes signals on to it.

    `stdin` is the descriptor to write to (-1: none), `outputs` maps descriptors to read from to STDOUT or STDERR. With a
    terminal all three are `terminal`. `close` closes them.
    """

    def __init__(self, pid: int, pid_file: str, *, stdin: int, outputs: Mapping[int, int], terminal: int = -1) -> None:
        self.pid = pid
        self.pidfd = os.pidfd_open(pid)
        self.stdin = stdin
        self.outputs = dict(outputs)
        self.terminal = terminal
        self._pid_file = pid_file
        self._resized_by_runtime = False
        for descriptor in {stdin, *outputs} - {-1}:
            os.set_blocking(descriptor, False)

    @property
    def inner_pid(self) -> int:
        """The pid of the process itself; 0 until the runtime has written it."""
        return read_pid(self._pid_file)

    def has_begun(self) -> bool:
        """Return whether the runtime has executed the command; False also if its program cannot be read from /proc."""
        pid = self.inner_pid
        return bool(pid) and runs_other_program(pid, self.pid)

    def signal(self, number: int) -> None:
        """Send a signal, through the runtime. Must not be called after `wait`."""
        os.kill(self.pid, number)

    def resize(self, rows: int, columns: int) -> None:
        """Set the terminal's size; do nothing without a terminal, or for an unknown size (0 rows or columns)."""
        if self.terminal < 0 or not rows or not columns:
            return
        from pycman.linux.terminals import set_window_size  # 0.3 ms, only imported with a terminal

        set_window_size(self.terminal, rows, columns)
        if self._resized_by_runtime:
            self.signal(_SIGWINCH)

    def wait(self) -> int:
        """Wait for the end and return the status: 0 to 255, or 128 + n for signal n."""
        return reap(self.pid)

    def close_stdin(self) -> None:
        """Close standard input; a terminal stays open, because its output is read from the same descriptor."""
        if self.stdin >= 0 and self.terminal < 0:
            os.close(self.stdin)
        self.stdin = -1

    def close_output(self, descriptor: int) -> None:
        """Close one output: the process gets SIGPIPE when it writes to the pipe, SIGHUP if it is its terminal."""
        if self.outputs.pop(descriptor, 0):
            os.close(descriptor)
        if descriptor == self.terminal:
            self.terminal = self.stdin = -1

    def close(self) -> None:
        """Close all descriptors that are still open."""
        self.close_stdin()
        for descriptor in list(self.outputs):
            self.close_output(descriptor)
        if self.pidfd >= 0:
            os.close(self.pidfd)
            self.pidfd = -1

    @classmethod
    def with_pipes(
        cls, argv: Sequence[str], pid_file: str, null: int, attached: tuple[bool, bool, bool], extra: Mapping[int, int]
    ) -> ExecProcess:
        """Start the runtime with a pipe for each of stdin, stdout and stderr that is `attached`; the others are `null`.

        `extra` are descriptors besides those three (child's number → ours). Raises NotFound, Unavailable.
        """
        theirs: dict[int, int] = {}
        ours: dict[int, int] = {}
        try:
            for number, is_attached in enumerate(attached):
                if is_attached:
                    read, write = os.pipe()
                    theirs[number], ours[number] = (write, read) if number else (read, write)
            pid = spawn(argv, descriptors={0: null, 1: null, 2: null, **theirs, **extra}, new_session=True)
        except BaseException:
            for descriptor in ours.values():
                os.close(descriptor)
            raise
        finally:
            for descriptor in theirs.values():
                os.close(descriptor)
        stdin = ours.pop(0, -1)
        return cls(pid, pid_file, stdin=stdin, outputs={ours[number]: number for number in ours})

    @classmethod
    def with_terminal(
        cls, argv: Sequence[str], pid_file: str, null: int, directory: str, extra: Mapping[int, int]
    ) -> ExecProcess:
        """Start the runtime and receive the terminal it makes, through a console socket made in `directory`, whose path
        replaces CONSOLE in `argv`.

        If the runtime ends without making a terminal, there is nothing to read, and `wait` returns its status.
        """
        from pycman.linux.terminals import ConsoleSocket  # 0.3 ms, only imported with a terminal

        console = ConsoleSocket(directory)
        try:
            command = [argument if argument != CONSOLE else console.path for argument in argv]
            pid = spawn(command, descriptors={0: null, 1: null, 2: null, **extra}, new_session=True)
            process = cls(pid, pid_file, stdin=-1, outputs={})
            try:
                process._use_terminal(console.receive(pid, process.pidfd))
            except BaseException:
                process.signal(_SIGKILL)
                process.wait()
                process.close()
                raise
        finally:
            console.close()
        return process

    @classmethod
    def with_copied_terminal(cls, argv: Sequence[str], pid_file: str, extra: Mapping[int, int]) -> ExecProcess:
        """Start a runtime that copies between the process's terminal and one of ours, as runc does when it waits for the process."""
        master, slave = os.openpty()
        try:
            pid = spawn(argv, descriptors={0: slave, 1: slave, 2: slave, **extra}, new_session=True)
        except BaseException:
            os.close(master)
            raise
        finally:
            os.close(slave)
        process = cls(pid, pid_file, stdin=-1, outputs={})
        process._use_terminal(master)
        process._resized_by_runtime = True
        return process

    def _use_terminal(self, terminal: int) -> None:
        self.terminal = self.stdin = terminal
        if terminal >= 0:
            self.outputs[terminal] = STDOUT
            os.set_blocking(terminal, False)


CONSOLE = "{console}"
"""Stands in a command line for the path of the console socket."""


def read_pid(path: str) -> int:
    """Return the pid in a file; 0 if there is none (yet)."""
    text = read_text(path).strip()
    return int(text) if text.isascii() and text.isdigit() else 0
