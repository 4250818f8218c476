"""Work done by a forked child: in other namespaces, or in parallel to this process (fork(2), setns(2)).

    parent                                    child
    ForkedChild(work) ──────────────────────▶ work(self)
    send_line(text) ────────────────────────▶ receive_line()
    finish() ◀──────────────────────────────  the result of `work`, or its error; or send_result() and then work without a parent

The child keeps open only the descriptors it is given, so it holds no lock and no terminal of the parent; it must not use the database.
If the parent is killed, the child reads the end of its pipe and exits.
"""

from __future__ import annotations

import os
import select

from pycman.errors import TimedOut, Unavailable, decode_error, encode_error, from_os_error
from pycman.jsontext import format_json, parse_json
from pycman.linux.processes import close_all_but, has_one_thread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

_SIGKILL = 9


def may_fork() -> bool:
    """Say whether this process has one thread only: a copy of one with more may hang on a lock that another thread held."""
    return has_one_thread()


class ForkedChild:
    """A running child. `finish` returns the result of its work (a JSON value) or raises its error."""

    def __init__(
        self,
        work: Callable[[ForkedChild], Any],
        *,
        keep: Sequence[int] = (),
        subject: str = "",
        timeout_s: float = 60.0,
    ) -> None:
        """Fork. `work` runs in the child, which keeps the descriptors `keep` open; `subject` names it in errors.

        Raises Unavailable if this user may have no more processes, or this process no more descriptors.
        """
        self._subject = subject
        self._timeout_s = timeout_s
        opened: list[int] = []
        try:
            opened += os.pipe()
            opened += os.pipe()
            self._pid = os.fork()
        except OSError as error:
            for descriptor in opened:
                os.close(descriptor)
            raise Unavailable(
                f"a process for this cannot be started: {(error.strerror or str(error)).lower()}",
                subject=subject,
                hint="look at the limits that ulimit -u and ulimit -n tell",
            ) from error
        self._read, answer_write, lines_read, self._write = opened
        if self._pid == 0:
            self._read, self._write = lines_read, answer_write
            self._be_child(work, keep)
        os.close(answer_write)
        os.close(lines_read)

    def send_line(self, text: str) -> None:
        """In the parent: send the child one line."""
        try:
            os.write(self._write, text.encode() + b"\n")
        except BrokenPipeError:
            return  # the child has failed; `finish` raises its error

    def receive_line(self) -> str:
        """In the child: wait for a line from the parent, and exit if the parent has closed the pipe or was killed."""
        data = b""
        while not data.endswith(b"\n"):
            piece = os.read(self._read, 4096)
            if not piece:
                os._exit(1)
            data += piece
        return data.decode().rstrip("\n")

    def send_result(self, value: Any) -> None:
        """In the child: send the result before the work ends. A grandchild does the rest, for which the parent does not wait."""
        if os.fork():
            self._send({"value": value})
            os._exit(0)
        os.close(self._write)
        self._write = -1
        os.setsid()

    def wait_for_parent(self, timeout_s: float) -> None:
        """In the child, after `send_result`: wait until the parent has taken the result or was killed, at most so long."""
        poller = select.poll()
        poller.register(self._read, select.POLLIN)
        poller.poll(timeout_s * 1000)

    def finish(self) -> Any:
        """In the parent: return the child's result. Raises the child's error, TimedOut, or Unavailable if the child was killed."""
        if self._pid < 0:
            return None
        poller = select.poll()
        poller.register(self._read, select.POLLIN)
        data = b""
        try:
            while not data.endswith(b"\n"):
                if not poller.poll(self._timeout_s * 1000):
                    raise TimedOut(f"it did not finish within {self._timeout_s:g} s", subject=self._subject)
                piece = os.read(self._read, 65536)
                if not piece:
                    break
                data += piece
        finally:
            self.abandon(kill=not data)
        if not data:
            raise Unavailable("the process doing this was killed", subject=self._subject, hint="try again")
        message = parse_json(data, subject=self._subject)
        if "error" in message:
            raise decode_error(message["error"])
        return message["value"]

    def abandon(self, *, kill: bool = True) -> None:
        """In the parent: stop waiting for the child; with `kill` end it. Does nothing after `finish`."""
        if self._pid < 0:
            return
        os.close(self._read)
        os.close(self._write)
        if kill:
            os.kill(self._pid, _SIGKILL)
        os.waitpid(self._pid, 0)
        self._pid = -1

    def _be_child(self, work: Callable[[ForkedChild], Any], keep: Sequence[int]) -> None:
        """Do the work and send its result or error. Never returns: the child must not continue with the parent's code."""
        status = 1
        try:
            null = os.open("/dev/null", os.O_RDWR)
            for descriptor in (0, 1, 2):
                os.dup2(null, descriptor)
            close_all_but(self._read, self._write, *keep)
            value = work(self)
            if self._write >= 0:
                self._send({"value": value})
            status = 0
        except BaseException as error:
            if self._write >= 0:
                reported = from_os_error(error, subject=self._subject) if isinstance(error, OSError) else error
                self._send({"error": encode_error(reported)})
        finally:
            os._exit(status)

    def _send(self, message: dict[str, Any]) -> None:
        data = format_json(message).encode() + b"\n"
        while data:
            data = data[os.write(self._write, data) :]
