"""Lines of podman's log on standard error (logrus, text format without a terminal), for --log-level and warnings."""

from __future__ import annotations

import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn

_LEVELS = ("trace", "debug", "info", "warn", "warning", "error", "fatal", "panic")
_REFUSED = 1


def log_line(level: str, message: str, now: float) -> str:
    """Return one line; `now` is in seconds since 1970."""
    moment = time.localtime(now)
    zone = time.strftime("%z", moment)
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", moment) + (f"{zone[:3]}:{zone[3:]}" if int(zone) else "Z")
    quoted = message.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'time="{stamp}" level={level} msg="{quoted}"'


def log_command(flags: dict[str, Any], words: list[str]) -> Callable[[str, str], None]:
    """Log what is run, as the level in `flags` allows; return a function that logs a message of a level in the same way."""
    level = "debug" if flags.get("debug") else str(flags["log-level"])

    def log(of: str, message: str) -> None:
        if _LEVELS.index(of) >= _LEVELS.index(level):
            sys.stderr.write(log_line(of, message, time.time()) + "\n")

    log("info", f"podman filtering at log level {level}")
    log("debug", f"Called {words[0] if words else 'help'} with {len(words) - 1 if words else 0} words")
    log("trace", f"Global flags: {', '.join(sorted(flags))}")
    return log


def refuse_level(level: str, *, both: bool) -> NoReturn:
    """Print that a level is none, or that --debug stands beside one, and end with podman's status for it."""
    if both:
        sys.stderr.write("Setting --log-level and --debug is not allowed\n")
    else:
        sys.stderr.write(f'Log Level "{level}" is not supported, choose from: {", ".join(_LEVELS)}\n')
    raise SystemExit(_REFUSED)
