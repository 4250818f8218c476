"""One input given to a target, in this process: what came of it."""

from __future__ import annotations

import resource
import signal
import traceback
import warnings

from tests.fuzz.target import Target

LONGEST_S = 5.0
"""Of processor time: how busy the machine is does not count."""
ROOM_BYTES = 512 << 20
"""What a process may have more than at its beginning."""


class TooLong(BaseException):
    """The input took more processor time than one may take."""


def limit_memory() -> None:
    """Let this process have `ROOM_BYTES` more than now: what asks for more gets MemoryError."""
    with open("/proc/self/statm", encoding="ascii") as file:
        used = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + ROOM_BYTES, used + ROOM_BYTES))


def attempt(target: Target, data: bytes) -> str:
    """Return "" if the input was read or refused, else what went wrong: kind of error and place, then the traceback."""

    def late(_number: int, _frame: object) -> None:
        raise TooLong

    before = signal.signal(signal.SIGVTALRM, late)
    signal.setitimer(signal.ITIMER_VIRTUAL, LONGEST_S)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            target.run(data)
    except target.expected as error:
        text = str(error)
        return f"two lines: {type(error).__name__}\n{text!r}" if "\n" in text.strip("\n") else ""
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "/tests/fuzz/" not in frame.filename]
        place = f"{frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}" if frames else "?"
        return f"{type(error).__name__} at {place}\n{''.join(traceback.format_exception(error))[-4000:]}"
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
    return ""
