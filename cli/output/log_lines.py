"""What containers wrote, printed: stdout to stdout and stderr to stderr, in their order, each whole line with its front."""

from __future__ import annotations

import sys

from pycman.containers.process.logs import LogOptions
from pycman.errors import InvalidInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from cli.call import Call
    from pycman.containers.process.logs import LogLine


def log_options(call: Call) -> LogOptions:
    """Return what --follow, --since, --until and --tail ask for."""
    tail = call.string("tail", "all")
    if tail not in ("all", "-1") and not tail.isdigit():
        raise InvalidInput("not a number of lines", subject=f"--tail {tail}", hint="use a number or all")
    return LogOptions(
        follow=call.flag("follow"),
        since=call.string("since"),
        until=call.string("until"),
        tail=-1 if tail in ("all", "-1") else int(tail),
    )


def print_lines(lines: Iterable[tuple[str, LogLine]], *, with_names: bool, with_times: bool, at_once: bool) -> None:
    """Print (name, line); `at_once` flushes after each."""
    outputs = {"stdout": sys.stdout.buffer, "stderr": sys.stderr.buffer}
    last = outputs["stdout"]
    unfinished: set[tuple[str, str]] = set()  # a long line comes in pieces
    for name, line in lines:
        output = outputs.get(line.stream, outputs["stdout"])
        if output is not last:  # so that both keep their order where they go to one place
            last.flush()
            last = output
        if (with_names or with_times) and (name, line.stream) not in unfinished:
            front = (f"{name} " if with_names else "") + (f"{line.time} " if with_times else "")
            output.write(front.encode())
        output.write(line.text)
        (unfinished.discard if line.ends else unfinished.add)((name, line.stream))
        if at_once:
            output.flush()
    last.flush()
