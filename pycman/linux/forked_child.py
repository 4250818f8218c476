"""Work done by a forked child: in other namespaces, or beside what this process does meanwhile (fork(2), setns(2)).

The child has nothing open but what it is given, so it holds no lock and no terminal of ours; it must not use the database.
What goes wrong in it is raised here. Should this process be killed, the child reads the end of its pipe and goes away.
"""

from __future__ import annotations

import os
import select

from pycman.errors import TimedOut, Unavailable, decode_error, encode_error, from_os_error
from pycman.jsontext import format_json, parse_json
from pycman.linux.processes import close_all_but

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

_SIGKILL = 9


class ForkedChild:
    """A child at work. `finish` waits for what it returns (a JSON value) or raises what it raised."""

    def __init__(
        self,
        work: Callable[[ForkedChild], Any],
        *,
        keep: Sequence[int] = (),
        subject: str = "",
        timeout_s: float = 60.0,
    ) -> None:
        """Start it. `work` runs in the child, which keeps the descriptors `keep` open; `subject` names it in errors."""
        self._subject = subject
        self._timeout_s = timeout_s
        self._answer = b""
        self._read, answer_write = os.pipe()
        told_read, self._write = os.pipe()
        self._pid = os.fork()
        if self._pid == 0:
            self._read, self._write = told_read, answer_write
            self._be_child(work, keep)
        os.close(answer_write)
        os.close(told_read)

    def tell(self, text: str) -> None:
        """Send the child one line."""
        try:
            os.write(self._write, text.encode() + b"\n")
        except BrokenPipeError:
            return  # it has failed; `finish` says why

    def hear(self) -> str:
        """In the child: wait for a line from the parent; if there will be none, end quietly."""
        data = b""
        while not data.endswith(b"\n"):
            piece = os.read(self._read, 4096)
            if not piece:
                os._exit(1)
            data += piece
        return data.decode().rstrip("\n")

    def answer(self, value: Any) -> None:
        """In the child: give the result before the work ends. What follows is done by a grandchild nobody waits for."""
        if os.fork():
            self._send({"value": value})
            os._exit(0)
        os.close(self._write)
        self._write = -1
        os.setsid()

    def wait_interim(self) -> bool:
        """Wait until the child has said `interim`; False if it has failed or ended, as `finish` will tell. Raises TimedOut."""
        poller = select.poll()
        poller.register(self._read, select.POLLIN)
        while not self._answer:
            if not poller.poll(self._timeout_s * 1000):
                raise TimedOut("it takes too long", subject=self._subject)
            piece = os.read(self._read, 65536)
            if piece[:1] == b"\n":
                self._answer = piece[1:]
                return True
            self._answer = piece
            if not piece:
                break
        return False

    def interim(self) -> None:
        """In the child: say that what the parent must wait for is done; the work goes on."""
        os.write(self._write, b"\n")

    def finish(self) -> Any:
        """Return what the child returned. Raises what it raised, TimedOut, or Unavailable if it was killed."""
        if self._pid < 0:
            return None
        poller = select.poll()
        poller.register(self._read, select.POLLIN)
        data = self._answer.removeprefix(b"\n")
        try:
            while not data.endswith(b"\n"):
                if not poller.poll(self._timeout_s * 1000):
                    raise TimedOut("it takes too long", subject=self._subject)
                piece = os.read(self._read, 65536)
                if not piece:
                    break
                data = (data + piece).removeprefix(b"\n")
        finally:
            self.abandon(kill=not data)
        if not data:
            raise Unavailable("the process that did it was killed", subject=self._subject, hint="try again")
        message = parse_json(data, subject=self._subject)
        if "error" in message:
            raise decode_error(message["error"])
        return message["value"]

    def abandon(self, *, kill: bool = True) -> None:
        """Stop waiting for it."""
        if self._pid < 0:
            return
        os.close(self._read)
        os.close(self._write)
        if kill:
            os.kill(self._pid, _SIGKILL)
        os.waitpid(self._pid, 0)
        self._pid = -1

    def _be_child(self, work: Callable[[ForkedChild], Any], keep: Sequence[int]) -> None:
        """Do the work and tell how it went. Never returns: a forked child must not run its parent's code."""
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
                told = from_os_error(error, subject=self._subject) if isinstance(error, OSError) else error
                self._send({"error": encode_error(told)})
        finally:
            os._exit(status)

    def _send(self, message: dict[str, Any]) -> None:
        data = format_json(message).encode() + b"\n"
        while data:
            data = data[os.write(self._write, data) :]
