"""Print what containers wrote: stdout to stdout, stderr to stderr, in order, with name and time in front where asked for."""

from __future__ import annotations

import sys

from cli.specs.sizes import is_count
from pycman.containers.process.logs import LogOptions
from pycman.errors import InvalidInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from cli.call import Call
    from pycman.containers.process.logs import LogLine


def log_options(call: Call) -> LogOptions:
    """Return the values of --follow, --since, --until and --tail. Raises InvalidInput (--tail)."""
    tail = call.string("tail", "all")
    if tail not in ("all", "-1") and not is_count(tail):
        raise InvalidInput("not a number of lines", subject=f"--tail {tail}", hint="use a number or all")
    return LogOptions(
        follow=call.flag("follow"),
        since=call.string("since"),
        until=call.string("until"),
        tail=-1 if tail in ("all", "-1") else int(tail),
    )


def print_lines(lines: Iterable[tuple[str, LogLine]], *, with_names: bool, with_times: bool, at_once: bool) -> None:
    """Print pairs of container name and line; `with_names` and `with_times` add prefixes, `at_once` flushes after each."""
    outputs = {"stdout": sys.stdout.buffer, "stderr": sys.stderr.buffer}
    last = outputs["stdout"]
    unfinished: set[tuple[str, str]] = set()  # conmon splits long lines: only the first piece gets a prefix
    for name, line in lines:
        output = outputs.get(line.stream, outputs["stdout"])
        if output is not last:  # keeps the order where both streams are one terminal or file
            last.flush()
            last = output
        if (with_names or with_times) and (name, line.stream) not in unfinished:
            prefix = (f"{name} " if with_names else "") + (f"{line.time} " if with_times else "")
            output.write(prefix.encode())
        output.write(line.text)
        (unfinished.discard if line.ends else unfinished.add)((name, line.stream))
        if at_once:
            output.flush()
    last.flush()
