"""The user's terminal while a container is attached: raw mode and back, window size, signals passed on."""

from __future__ import annotations

import _signal  # not `signal`, whose enums cost 1 to 5 ms
import os
import sys

from pycman.contexts import contextmanager, suppress
from pycman.runtime.attach import Streams

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_UNPROXIED = frozenset((9, 17, 19, 23, 28, 32, 33))
"""SIGKILL, SIGCHLD, SIGSTOP, SIGURG, and SIGWINCH, which is about the window; 32 and 33 are the C library's."""


@contextmanager
def attached(
    *,
    stdin: bool,
    terminal: bool,
    detach_keys: str = "ctrl-p,ctrl-q",
    proxy: Callable[[int], None] | None = None,
    signals: bool = False,
    outputs: tuple[bool, bool] = (True, True),
) -> Iterator[Streams]:
    """Give the streams of this process for the time of the block; the terminal is as before afterwards, whatever happens.

    `terminal`: the container has one. Raw mode only if standard input is a terminal too and attached. With a `proxy`, or with
    `signals` if who reads `wake` sends them on itself, signals that would end this process arrive at `wake`.
    """
    raw = terminal and stdin and os.isatty(0)
    read, write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    handled: dict[int, object] = {}
    wake = _signal.set_wakeup_fd(write, warn_on_full_buffer=False)
    numbers: set[int] = {int(_signal.SIGWINCH)} if terminal else set()
    if proxy is not None or signals:
        numbers |= {number for number in range(1, 32) if number not in _UNPROXIED} - {13, 21, 22}
    if signals:
        numbers -= {
            18,
            20,
        }  # SIGCONT and SIGTSTP: a shell stops and continues this process, not the one in the container
    for number in numbers:
        with suppress(OSError, ValueError):
            handled[number] = _signal.signal(number, _nothing)
    try:
        with _raw_mode(wanted=raw):
            yield Streams(
                stdin=0 if stdin else -1,
                stdout=1 if outputs[0] else -1,
                stderr=2 if outputs[1] else -1,
                terminal=terminal,
                detach_keys=detach_keys,
                wake=read,
                window=_window if terminal else None,
                proxy=proxy,
            )
    finally:
        _signal.set_wakeup_fd(wake)
        for each, handler in handled.items():
            _signal.signal(each, handler)
        os.close(read)
        os.close(write)


def _nothing(_number: int, _frame: object) -> None:
    """The wake-up descriptor has told the pump."""


@contextmanager
def _raw_mode(*, wanted: bool) -> Iterator[None]:
    """Have the terminal on standard input in raw mode for the time of the block, if that is wanted."""
    if not wanted:
        yield
        return
    import termios  # C modules of the standard library
    import tty  # only imported for a terminal in raw mode

    before = termios.tcgetattr(0)
    try:
        tty.setraw(0, termios.TCSANOW)
        yield
    finally:
        termios.tcsetattr(0, termios.TCSADRAIN, before)
        sys.stdout.flush()


def _window() -> tuple[int, int]:
    for descriptor in (0, 1, 2):
        try:
            size = os.get_terminal_size(descriptor)
        except OSError:
            continue
        return size.lines, size.columns
    return 0, 0
