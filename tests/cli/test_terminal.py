"""A real pseudo-terminal in front of the command line."""

from __future__ import annotations

import os
import pty
import select
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
            argv = pycman.argv(*words)
            os.execve(argv[0], argv, {**options["env"], "TERM": "xterm"})

    def type(self, data: bytes) -> None:
        os.write(self._descriptor, data)

    def until(self, mark: bytes, timeout: float = 20) -> bytes:
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
                if not os.read(self._descriptor, 4096):
                    break
            except OSError:
                break
        return os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])


def test_a_shell_in_a_terminal_answers_and_its_status_comes_through(pycman) -> None:
    terminal = Terminal(pycman, "run", "--rm", "-it", "busybox:1", "sh")
    terminal.until(b"# ")
    terminal.type(b"test -t 0 && echo is-a-$((1+1))\n")
    terminal.until(b"is-a-2")
    terminal.type(b"exit 5\n")
    assert terminal.end() == 5


def test_the_detach_keys_leave_it_running_and_attach_comes_back(pycman) -> None:
    terminal = Terminal(pycman, "run", "-it", "--name", "c", "busybox:1", "sh")
    terminal.until(b"# ")
    terminal.type(b"\x10\x11")
    assert terminal.end() == 0
    assert pycman("ps", "--format", "{{.Names}}") == "c\n"
    again = Terminal(pycman, "attach", "c")
    again.type(b"echo back-$((1+1)); exit 3\n")
    again.until(b"back-2")
    assert again.end() == 3


def test_exec_has_a_terminal_too(pycman) -> None:
    pycman("run", "-d", "--name", "c", "busybox:1", "sleep", "100")
    terminal = Terminal(pycman, "exec", "-it", "c", "sh")
    terminal.until(b"# ")
    terminal.type(b"test -t 0 && exit 7\n")
    assert terminal.end() == 7
