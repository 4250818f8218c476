"""logs: what containers wrote."""

from __future__ import annotations

import sys

from cli.several import names_of
from pycman.containers.logs import LogOptions
from pycman.errors import InvalidInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Print it, stdout to stdout and stderr to stderr."""
    names = names_of(call)
    tail = call.text("tail", "all")
    if tail not in ("all", "-1") and not tail.isdigit():
        raise InvalidInput("not a number of lines", subject=f"--tail {tail}", hint="use a number or all")
    options = LogOptions(
        follow=call.switch("follow"),
        since=call.text("since"),
        until=call.text("until"),
        tail=-1 if tail in ("all", "-1") else int(tail),
    )
    with_names, with_times = call.switch("names"), call.switch("timestamps")
    outputs = {"stdout": sys.stdout.buffer, "stderr": sys.stderr.buffer}
    last = outputs["stdout"]
    unfinished: set[str] = set()  # a long line comes in pieces
    for name in names:
        for line in call.engine.containers.logs(name, options):
            output = outputs.get(line.stream, outputs["stdout"])
            if output is not last:  # so that both keep their order where they go to one place
                last.flush()
                last = output
            if (with_names or with_times) and line.stream not in unfinished:
                front = (f"{name} " if with_names else "") + (f"{line.time} " if with_times else "")
                output.write(front.encode())
            output.write(line.text)
            (unfinished.discard if line.ends else unfinished.add)(line.stream)
            if options.follow:
                output.flush()
        last.flush()
    return 0
