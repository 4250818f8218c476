"""The user's terminal while a container is attached: raw mode and back, window size, signals forwarded to the container."""

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
"""Never forwarded: SIGKILL, SIGCHLD, SIGSTOP, SIGURG, SIGWINCH (handled as a resize); 32 and 33 belong to the C library."""


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
    """Yield this process's streams for attaching; restore terminal mode and signal handlers when the block ends.

    `terminal`: the container has one; raw mode is set only if standard input is attached and a terminal too. `proxy` gets the
    numbers of signals to forward; with `proxy`, or with `signals` if the reader of `wake` forwards them itself, signals that would
    end this process arrive at `wake`. `outputs`: whether stdout and stderr are attached.
    """
    raw = terminal and stdin and os.isatty(0)
    read, write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    handled: dict[int, object] = {}
    wake = _signal.set_wakeup_fd(write, warn_on_full_buffer=False)
    numbers: set[int] = {int(_signal.SIGWINCH)} if terminal else set()
    if proxy is not None or signals:
        numbers |= {number for number in range(1, 32) if number not in _UNPROXIED} - {13, 21, 22}  # PIPE, TTIN, TTOU
    if signals:
        # SIGCONT and SIGTSTP: a shell stops and continues this process, not the one in the container
        numbers -= {18, 20}
    for number in numbers:
        with suppress(OSError, ValueError):
            handled[number] = _signal.signal(number, _ignore)
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
        for number, handler in handled.items():
            _signal.signal(number, handler)
        os.close(read)
        os.close(write)


def _ignore(_number: int, _frame: object) -> None:
    """Do nothing: the signal's number reaches the byte pump through the wake-up descriptor."""


@contextmanager
def _raw_mode(*, wanted: bool) -> Iterator[None]:
    """Have the terminal on standard input in raw mode for the time of the block, if that is wanted."""
    if not wanted:
        yield
        return
    import termios  # only imported when the user attaches a terminal
    import tty  # only imported when the user attaches a terminal

    before = termios.tcgetattr(0)
    try:
        tty.setraw(0, termios.TCSANOW)
        yield
    finally:
        termios.tcsetattr(0, termios.TCSADRAIN, before)
        sys.stdout.flush()


def _window() -> tuple[int, int]:
    """Return (rows, columns) of the first standard stream that is a terminal; (0, 0) if none is."""
    for descriptor in (0, 1, 2):
        try:
            size = os.get_terminal_size(descriptor)
        except OSError:
            continue
        return size.lines, size.columns
    return 0, 0
