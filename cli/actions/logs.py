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
    with_names = call.switch("names") or (len(names) > 1 and call.switch("names"))
    for name in names:
        for line in call.engine.containers.logs(name, options):
            stream = sys.stderr if line.stream == "stderr" else sys.stdout
            front = f"{name} " if with_names else ""
            front += f"{line.time} " if call.switch("timestamps") else ""
            stream.flush()
            stream.buffer.write(front.encode() + line.text)
            if options.follow:
                stream.buffer.flush()
        sys.stdout.flush()
        sys.stderr.flush()
    return 0
