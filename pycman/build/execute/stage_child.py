"""One stage built by a forked child: what it reports, its output and its result come back through pipes.

    parent                                   child
    StageChild(work) ── fork ──────────────▶ work(report, stdout, stderr)
      ◀─ {"event": …} ───────────────────── report(event), which waits until
      ── one byte ─────────────────────────▶ it was passed on: so events and output stay in their order
      ◀─ lines of RUN, on two pipes ───────
      ◀─ {"value": …} or {"error": …} ─────
    end() ── SIGTERM ──────────────────────▶ it undoes its step, and exits

If the parent is killed, the child gets the same SIGTERM from the kernel.
"""

from __future__ import annotations

import _signal
import os
import select

from pycman.build.execute.output_pump import write_all
from pycman.build.outcome import BuildEvent, StepFailed
from pycman.contexts import suppress
from pycman.errors import PycmanError, Unavailable, decode_error, encode_error, from_os_error
from pycman.jsontext import format_json, parse_json
from pycman.linux import syscalls

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from pycman.build.outcome import Report

    Work = Callable[[Report, int, int], Any]

_READ_BYTES = 65536
_LONGEST_LINE = 65536


class Ended(BaseException):
    """The parent, or its death, has ended this child: `finally` blocks undo what is half done."""


class StageChild:
    """A child that builds one stage. `descriptors` are those to poll; `take` handles one that is ready."""

    def __init__(
        self, work: Work, title: str, report: Report, streams: Sequence[int], others: Sequence[StageChild]
    ) -> None:
        """Fork. `title` stands before each line; `streams` get the output of RUN (-1: it is kept by the child).

        `others` are the children that run already, whose pipes this one closes. Raises OSError.
        """
        self.title = title
        self._report = report
        self._streams = tuple(streams)
        self._pending = [b"", b""]
        self._message = b""
        self.answer: dict[str, Any] | None = None
        """The last message, once there is one."""
        messages, told = os.pipe()
        go, self._go = os.pipe()
        outputs = [os.pipe() if stream >= 0 else (-1, -1) for stream in self._streams]
        parent = os.getpid()
        self._pid = os.fork()
        if self._pid == 0:
            inherited = [
                messages,
                self._go,
                *(pipe for pipe, _ in outputs),
                *(each for one in others for each in one.all()),
            ]
            _work_as_child(work, told, go, [pipe for _, pipe in outputs], inherited, parent)
        self._messages = messages
        self._outputs = [pipe for pipe, _ in outputs]
        for descriptor in (told, go, *(pipe for _, pipe in outputs)):
            if descriptor >= 0:
                os.close(descriptor)
        for pipe in self._outputs:
            if pipe >= 0:
                os.set_blocking(pipe, False)

    def all(self) -> list[int]:
        """Return every descriptor of this side."""
        return [each for each in (self._messages, self._go, *self._outputs) if each >= 0]

    def descriptors(self) -> list[int]:
        """Return the descriptors that it is read from."""
        return [each for each in (self._messages, *self._outputs) if each >= 0]

    def take(self, descriptor: int) -> None:
        """Pass on what has come on a descriptor that is ready. Afterwards `answer` may be there."""
        if descriptor == self._messages:
            self._take_message()
        elif descriptor in self._outputs:
            self._take_output(self._outputs.index(descriptor))

    def _take_message(self) -> None:
        data = os.read(self._messages, _READ_BYTES)
        self._message += data
        if not data:
            self.answer = {"error": encode_error(Unavailable("the process doing this was killed", hint="try again"))}
        elif self._message.endswith(b"\n"):
            message = parse_json(self._message, subject="stage")
            self._message = b""
            self._drain()
            if "event" not in message:
                self.answer = message
                return
            event = BuildEvent.from_dict(message["event"])
            self._report(event.replace(stage=event.stage or self.title))
            with suppress(BrokenPipeError):
                os.write(self._go, b"\n")

    def _drain(self) -> None:
        """Pass on all output until now: what RUN has written comes before the event that follows it."""
        for number in range(len(self._outputs)):
            while self._take_output(number):
                pass
            self._write(number, b"\n" if self._pending[number] else b"")

    def _take_output(self, number: int) -> bool:
        pipe = self._outputs[number]
        if pipe < 0:
            return False
        try:
            data = os.read(pipe, _READ_BYTES)
        except BlockingIOError:
            return False
        if not data:
            self._outputs[number] = -1
            os.close(pipe)
            return False
        self._write(number, data)
        return True

    def _write(self, number: int, data: bytes) -> None:
        """Write the complete lines, each with the stage's title before it; the rest waits for its end."""
        lines, newline, rest = (self._pending[number] + data).rpartition(b"\n")
        if len(rest) > _LONGEST_LINE:
            lines, newline, rest = lines + newline + rest, b"\n", b""
        self._pending[number] = rest
        if newline:
            title = self.title.encode("utf-8", "surrogateescape")
            write_all(self._streams[number], b"".join(title + line + b"\n" for line in lines.split(b"\n")))

    def result(self) -> Any:
        """Return the value of the work, or raise its error; `answer` must be there."""
        assert self.answer is not None
        self._close()
        if "error" in self.answer:
            raise _decode(self.answer["error"])
        return self.answer["value"]

    def ask_to_end(self) -> None:
        """Have the child undo its step and exit; see `wait_end`."""
        if self._pid > 0:
            os.kill(self._pid, _signal.SIGTERM)

    def wait_end(self) -> None:
        """Wait until it has. An interrupt meanwhile kills it."""
        try:
            while self.answer is None:
                self._take_quietly()
        except BaseException:
            if self._pid > 0:
                os.kill(self._pid, _signal.SIGKILL)
            raise
        finally:
            self._close()

    def _take_quietly(self) -> None:
        """Read what still comes from a child that is ending, so that it does not wait for a reader."""
        poller = select.poll()
        for descriptor in self.descriptors():
            poller.register(descriptor, select.POLLIN)
        for descriptor, _event in poller.poll():
            if descriptor == self._messages:
                data = os.read(descriptor, _READ_BYTES)
                if b'"event"' in data and data.endswith(b"\n"):
                    with suppress(BrokenPipeError):
                        os.write(self._go, b"\n")
                elif not data:
                    self.answer = {"value": None}
            elif not os.read(descriptor, _READ_BYTES):
                self._outputs[self._outputs.index(descriptor)] = -1
                os.close(descriptor)

    def _close(self) -> None:
        for descriptor in self.all():
            os.close(descriptor)
        self._messages = self._go = -1
        self._outputs = [-1 for _ in self._outputs]
        if self._pid > 0:
            os.waitpid(self._pid, 0)
            self._pid = -1


def _work_as_child(
    work: Work, told: int, go: int, outputs: Sequence[int], inherited: Sequence[int], parent: int
) -> None:
    """Do the work and send what comes of it. Never returns."""
    status = 1
    try:
        _signal.set_wakeup_fd(-1)
        _signal.signal(_signal.SIGTERM, _end)
        _signal.signal(_signal.SIGINT, _signal.SIG_IGN)  # a terminal sends it to the parent, too, which decides
        syscalls.end_with_parent(parent, _signal.SIGTERM)
        for descriptor in inherited:
            if descriptor >= 0:
                os.close(descriptor)

        def report(event: BuildEvent) -> None:
            _send(told, {"event": event.to_dict()})
            if not os.read(go, 1):
                raise Ended

        _send(told, {"value": work(report, *outputs)})
        status = 0
    except BaseException as error:
        with suppress(BrokenPipeError):
            _send(told, {"error": _encode(error)})
    finally:
        os._exit(status)


def _end(_number: int, _frame: object) -> None:
    _signal.signal(_signal.SIGTERM, _signal.SIG_IGN)
    raise Ended


def _send(descriptor: int, message: dict[str, Any]) -> None:
    write_all(descriptor, format_json(message).encode() + b"\n")


def _encode(error: BaseException) -> dict[str, Any]:
    if isinstance(error, OSError):
        error = from_os_error(error)
    encoded: dict[str, Any] = dict(encode_error(error))
    encoded["notes"] = list(getattr(error, "__notes__", ()))
    if isinstance(error, StepFailed):
        encoded["step"] = {
            "place": error.place, "step": error.step, "status": error.status, "output": list(error.output),
        }  # fmt: skip
    return encoded


def _decode(encoded: dict[str, Any]) -> PycmanError:
    step = encoded.get("step")
    error = decode_error(encoded)
    if step is not None:
        failed = StepFailed(
            encoded["problem"], subject=encoded["subject"], hint=encoded["hint"], place=step["place"], step=step["step"],
            status=step["status"],
        )  # fmt: skip
        failed.output = tuple(step["output"])
        error = failed
    for note in encoded["notes"]:
        error.add_note(note)
    return error
