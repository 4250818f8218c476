"""A command in a real pseudo-terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import termios
import time


class Terminal:
    """One command in a terminal of its own; `until` reads to a mark, `type` types."""

    def __init__(self, pycman, *words: str) -> None:
        options = pycman.options()
        self._output = b""
        self._pid, self._descriptor = pty.fork()
        if self._pid == 0:
            if "user" in options:
                os.setgroups([])
                os.setgid(options["group"])
                os.setuid(options["user"])
            os.chdir(options["cwd"])
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 43, 121, 0, 0))
            argv = pycman.argv(*words)
            os.execve(argv[0], argv, {**options["env"], "TERM": "xterm"})

    @property
    def left(self) -> bytes:
        """What was read and not looked at."""
        return self._output

    def type(self, data: bytes) -> None:
        os.write(self._descriptor, data)

    def resize(self, rows: int, columns: int) -> None:
        fcntl.ioctl(self._descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def kill(self, number: int) -> None:
        os.kill(self._pid, number)

    def until(self, mark: bytes, timeout: float = 120) -> bytes:
        deadline = time.monotonic() + timeout
        while mark not in self._output:
            assert time.monotonic() < deadline, self._output
            if select.select([self._descriptor], [], [], 0.1)[0]:
                self._output += os.read(self._descriptor, 4096)
        before, _, self._output = self._output.partition(mark)
        return before

    def end(self) -> int:
        """Read to the end and return the exit status."""
        while True:
            try:
                data = os.read(self._descriptor, 4096)
            except OSError:
                break
            if not data:
                break
            self._output += data
        os.close(self._descriptor)
        return os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])
