"""Print what containers wrote: stdout to stdout, stderr to stderr, in order, with name and time in front where asked for."""

from __future__ import annotations

import sys
import time

from cli.specs.sizes import is_count
from pycman.containers.process.logs import LogOptions
from pycman.errors import InvalidInput
from pycman.state.times import parse_time_ns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cli.call import Call
    from pycman.containers.process.logs import LogLine

_COLORS = (b"\x1b[36m", b"\x1b[33m", b"\x1b[32m", b"\x1b[35m", b"\x1b[34m", b"\x1b[31m", b"\x1b[37m")
_RESET = b"\x1b[0m"


def log_options(call: Call) -> LogOptions:
    """Return the values of --follow, --since, --until and --tail. Raises InvalidInput (--tail)."""
    tail = call.string("tail", "all")
    if tail not in ("all", "-1") and not is_count(tail):
        raise InvalidInput("not a number of lines", subject=f"--tail {tail}", hint="use a number or all")
    return LogOptions(
        follow=call.flag("follow"),
        since=call.string("since"),
        until=until_of(call),
        tail=-1 if tail in ("all", "-1") else int(tail),
    )


def until_of(call: Call) -> str:
    """Return --until; where podman's habits hold, a duration is counted from now on."""
    text = call.string("until")
    if not text or not call.habits.until_is_later or not text[-1].isalpha() or "T" in text or text == "now":
        return text
    now = time.time_ns()
    later = 2 * now - parse_time_ns(text, now_ns=now)
    return f"{later // 10**9}.{later % 10**9:09d}"


def print_lines(
    lines: Iterable[tuple[str, LogLine]],
    *,
    with_names: bool,
    with_times: bool,
    at_once: bool,
    in_utc: bool = False,
    with_colors: bool = False,
    details: Mapping[str, str] | None = None,
) -> None:
    """Print pairs of container name and line; `with_names` and `with_times` add prefixes, `at_once` flushes after each.

    `in_utc`: times in UTC, as docker prints them, and not as they are in the log. `with_colors`: a color for each name.
    `details`: what stands before the lines of a container, behind the time.
    """
    outputs = {"stdout": sys.stdout.buffer, "stderr": sys.stderr.buffer}
    last = outputs["stdout"]
    unfinished: set[tuple[str, str]] = set()  # conmon splits long lines: only the first piece gets a prefix
    colors: dict[str, bytes] = {}
    for name, line in lines:
        output = outputs.get(line.stream, outputs["stdout"])
        if output is not last:  # keeps the order where both streams are one terminal or file
            last.flush()
            last = output
        text = line.text
        if (with_names or with_times or details) and (name, line.stream) not in unfinished:
            moment = (utc_time(line.time) if in_utc else line.time) if with_times else ""
            prefix = (name if with_names else "", moment, details.get(name, "") if details else "")
            text = "".join(f"{part} " for part in prefix if part).encode("utf-8", "surrogateescape") + text
        if with_colors:
            color = colors.setdefault(name, _COLORS[len(colors) % len(_COLORS)])
            text = color + text.removesuffix(b"\n") + _RESET + (b"\n" if line.ends else b"")
        output.write(text)
        (unfinished.discard if line.ends else unfinished.add)((name, line.stream))
        if at_once:
            output.flush()
    last.flush()


def utc_time(text: str) -> str:
    """Return a time of the log file in UTC with nine digits of a second (Go's RFC3339Nano of fixed width)."""
    if text.endswith("+00:00"):
        return text.removesuffix("+00:00") + "Z"
    if text.endswith("Z"):
        return text
    try:
        seconds, rest = divmod(parse_time_ns(text), 10**9)
    except InvalidInput:
        return text
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(seconds))}.{rest:09d}Z"
