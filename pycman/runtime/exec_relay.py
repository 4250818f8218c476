"""Pass bytes between a caller's streams and a process of `exec` until it ends (poll(2), splice(2)).

    caller's stdin ──▶ Relay ──▶ the process        stdout, stderr ──▶ one Flow each ──▶ the caller's

All that the process wrote before its end arrives; output of child processes that outlive it is not waited for. A slow reader slows
the process down. When the reader of an output has closed it, the process gets SIGPIPE, as if it wrote there itself.

An OCI runtime writes its error messages to the standard error of the process it could not start, as well as into its log. So the first
bytes of that stream are kept until their writer is known: they are written once the command runs, and dropped if the runtime failed,
whose log is then raised as an error.
"""

from __future__ import annotations

import errno
import os
import select
import stat

from pycman.errors import output_failed
from pycman.runtime.attach import watch
from pycman.runtime.attach_protocol import DetachFilter, parse_detach_keys
from pycman.runtime.exec_process import STDERR, STDOUT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pycman.runtime.attach import Streams
    from pycman.runtime.exec_process import ExecProcess

_READ_BYTES = 65536
_SAFE_BYTES = 4096
"""PIPE_BUF: a pipe that poll(2) reports as writable takes this much without blocking (pipe(7))."""
_SPLICE_BYTES = 1 << 20
_KEPT_BYTES = 65536
_LATE_BYTES = 1 << 21
"""At most this much is read after the process has ended: more than a pipe of the largest usual size holds."""
_RECHECK_MS = 5
_MOST_RECHECKS = 20
"""A runtime that fails ends within 100 ms; a process that still runs after as many checks is the command, even if its program
cannot be read from /proc."""
_SIGWINCH = 28
_GONE = select.POLLERR | select.POLLHUP | select.POLLNVAL


class Flow:
    """One output, passed from `source`, a pipe or terminal that never blocks, to `target`, which may block.

    It waits for its source or for its target, never for both (`awaited_event`). While `kept`, bytes are read but not written.
    """

    def __init__(self, source: int, target: int, *, kept: bool, is_terminal: bool = False) -> None:
        self.source = source
        self.target = target
        self.kept = kept
        self.is_open = True
        self.late_bytes = 0
        self._pending = bytearray()
        self._full = False
        kind = _kind(target)
        self._splices = kind == "pipe" and not is_terminal
        self._write_bytes = _READ_BYTES if kind == "file" else _SAFE_BYTES

    @property
    def has_kept(self) -> bool:
        """Whether bytes are kept because their writer, the runtime or the command, is not known yet."""
        return self.kept and bool(self._pending)

    @property
    def has_kept_much(self) -> bool:
        """Whether more is kept than an error message of a runtime is long."""
        return self.kept and len(self._pending) >= _KEPT_BYTES

    @property
    def is_finished(self) -> bool:
        """Whether nothing is left to read or write."""
        return not self.is_open and not self._pending

    def awaited_event(self) -> tuple[int, int] | None:
        """Return (descriptor, events) to wait for; None while there is nothing to wait for."""
        if (self._pending and not self.kept) or self._full:
            return self.target, select.POLLOUT
        if not self.is_open or self.has_kept_much:
            return None
        return self.source, select.POLLIN

    def advance(self) -> None:
        """Move some bytes, after the awaited event has come. Raises BrokenPipeError, OutputFailed."""
        if self._pending and not self.kept:
            self._write()
        elif self._splices and not self.kept:
            self._splice()
        else:
            self._read()

    def release(self) -> None:
        """Stop keeping bytes: those kept so far are written by the next `advance`."""
        self.kept = False

    def drop(self) -> bytes:
        """Discard all bytes not written yet, and return them."""
        dropped = bytes(self._pending)
        self._pending.clear()
        self._full = False
        return dropped

    def _read(self) -> None:
        try:
            data = os.read(self.source, _READ_BYTES)
        except BlockingIOError:
            return
        except OSError as error:
            if error.errno != errno.EIO:  # all processes have closed the other side of the terminal
                raise
            data = b""
        self.is_open = bool(data)
        self.late_bytes += len(data)
        if self.target >= 0:
            self._pending += data
        if self._pending and not self.kept and self._write_bytes == _READ_BYTES:
            self._write()

    def _write(self) -> None:
        try:
            del self._pending[: os.write(self.target, self._pending[: self._write_bytes])]
        except BlockingIOError:  # the caller may have made it non-blocking
            return
        except BrokenPipeError:
            raise
        except OSError as error:
            raise output_failed(error, self.target) from error

    def _splice(self) -> None:
        """Move pages from pipe to pipe. EAGAIN may mean either side: so wait for the other one next."""
        try:
            moved = os.splice(self.source, self.target, _SPLICE_BYTES, flags=os.SPLICE_F_NONBLOCK)
        except BlockingIOError:
            self._full = not self._full
            return
        except BrokenPipeError:
            raise
        except OSError:  # these two cannot be spliced: fall back to read and write
            self._splices = self._full = False
            return
        self._full = False
        self.is_open = moved > 0
        self.late_bytes += moved


class Relay:
    """Passes bytes between the caller's `streams` and an exec `process`; `is_complaint` returns whether a status is the
    failed runtime's and not the process's.
    """

    def __init__(self, process: ExecProcess, streams: Streams, is_complaint: Callable[[int], bool]) -> None:
        self._process = process
        self._streams = streams
        self._is_complaint = is_complaint
        self.status = -1
        self.runtime_words = b""
        """What a runtime that failed wrote to the standard error of the process it did not start."""
        self._rechecks = 0
        terminal = process.terminal >= 0
        self._keys = DetachFilter(parse_detach_keys(streams.detach_keys) if streams.terminal else b"")
        targets = {STDOUT: streams.stdout, STDERR: streams.stderr}
        self._flows = [
            Flow(source, targets[number], kept=terminal or number == STDERR, is_terminal=terminal)
            for source, number in process.outputs.items()
        ]
        self._stdin = streams.stdin if process.stdin >= 0 else -1
        self._unsent = b""

    def run(self) -> str:
        """Return "ended" once the process has ended (`status`) and all is written, or "detached" if the user typed the
        detach keys.

        Raises OutputFailed.
        """
        self._resize()
        poller = select.poll()
        watched: dict[int, int] = {}
        while self.status < 0 or not all(flow.is_finished for flow in self._flows):
            watched = watch(poller, watched, self._awaited_events())
            ready = dict(poller.poll(self._timeout_ms()))
            if self._process.pidfd in ready and self.status < 0:
                self._end()
                continue  # `ready` may lack what the process wrote just before it ended; the next poll reports it
            if self._streams.wake in ready:
                self._signals(os.read(self._streams.wake, 64))
            if self._stdin in ready and not self._unsent and not self._read_stdin():
                return "detached"
            self._feed(ready.get(self._process.stdin, 0))
            for flow in self._flows:
                self._advance(flow, ready)
        return "ended"

    def _awaited_events(self) -> dict[int, int]:
        """Return what to wait for: descriptor → events."""
        awaited: dict[int, int] = {}
        if self.status < 0:
            awaited[self._process.pidfd] = select.POLLIN
            if self._streams.wake >= 0:
                awaited[self._streams.wake] = select.POLLIN
            if self._process.stdin >= 0:
                if self._unsent:
                    awaited[self._process.stdin] = select.POLLOUT
                elif self._stdin >= 0:
                    awaited[self._stdin] = select.POLLIN
                    if self._process.terminal < 0:
                        awaited[self._process.stdin] = 0  # poll reports a pipe without a reader even then
        for flow in self._flows:
            event = flow.awaited_event()
            if event is not None:
                awaited[event[0]] = awaited.get(event[0], 0) | event[1]
        return awaited

    def _timeout_ms(self) -> int | None:
        if self.status >= 0 and any(self._waits_for_source(flow) for flow in self._flows):
            return 0  # the process has ended, so all it wrote is in the pipe already
        return _RECHECK_MS if any(flow.has_kept for flow in self._flows) else None

    @staticmethod
    def _waits_for_source(flow: Flow) -> bool:
        event = flow.awaited_event()
        return event is not None and event[0] == flow.source

    def _advance(self, flow: Flow, ready: dict[int, int]) -> None:
        event = flow.awaited_event()
        if event is not None and event[0] in ready:
            try:
                flow.advance()
            except BrokenPipeError:
                flow.drop()
                flow.is_open = False
        elif self.status >= 0 and event is not None and event[0] == flow.source:
            flow.is_open = False
        if self.status >= 0 and flow.late_bytes > _LATE_BYTES:
            flow.is_open = False
        if flow.has_kept and self.status < 0:
            self._release_if_begun(flow)
        if not flow.is_open:
            self._process.close_output(flow.source)
            flow.source = -1

    def _release_if_begun(self, flow: Flow) -> None:
        self._rechecks += 1
        if flow.has_kept_much or self._rechecks > _MOST_RECHECKS or self._process.has_begun():
            flow.release()

    def _end(self) -> None:
        self.status = self._process.wait()
        complaint = self._is_complaint(self.status)
        for flow in self._flows:
            if complaint and flow.kept:
                self.runtime_words += flow.drop()
                flow.target = -1
            flow.release()
            flow.late_bytes = 0
        self._end_input()

    def _read_stdin(self) -> bool:
        """Read from the caller and write it on; False once the detach keys were typed."""
        try:
            data = os.read(self._stdin, _READ_BYTES)
        except BlockingIOError:
            return True
        except OSError:
            data = b""
        detach = False
        if data:
            data, detach = self._keys.feed(data)
        else:
            data = self._keys.flush()
            self._stdin = -1
        self._unsent = data
        self._send()
        return not detach

    def _feed(self, events: int) -> None:
        """Continue writing to the process, or stop if the pipe has no reader any more. The end of a terminal is seen by its
        output's Flow.
        """
        if events & _GONE and self._process.terminal < 0:
            self._end_input()
        elif events & select.POLLOUT:
            self._send()

    def _send(self) -> None:
        """Write without blocking; until the process reads the rest, the caller's stream is not read."""
        try:
            while self._unsent:
                self._unsent = self._unsent[os.write(self._process.stdin, self._unsent) :]
        except BlockingIOError:
            return
        except OSError:
            self._end_input()
        if self._stdin < 0:
            self._process.close_stdin()

    def _end_input(self) -> None:
        """Close the process's input and read no more from the caller."""
        self._unsent = b""
        self._stdin = -1
        self._process.close_stdin()

    def _resize(self) -> None:
        if self._streams.window is not None:
            self._process.resize(*self._streams.window())

    def _signals(self, numbers: bytes) -> None:
        for number in numbers:
            if number == _SIGWINCH:
                self._resize()
            elif self.status < 0:
                self._process.signal(number)


def _kind(target: int) -> str:
    """Return "file" if a writer never waits for another process, "pipe" if it can be spliced into, else "other"."""
    try:
        mode = os.fstat(target).st_mode
    except OSError:
        return "other"
    if stat.S_ISFIFO(mode):
        return "pipe"
    return "file" if stat.S_ISREG(mode) or (stat.S_ISCHR(mode) and not os.isatty(target)) else "other"
