"""logs: print what containers wrote."""

from __future__ import annotations

from cli.output.log_lines import log_options, print_lines
from cli.targets import containers_meant

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cli.call import Call
    from pycman.containers.process.logs import LogLine, LogOptions


def run(call: Call) -> int:
    """Print the log lines: with --follow of all containers as they are written, else of one container after the other."""
    options = log_options(call)
    print_lines(
        _lines(call, containers_meant(call), options),
        with_names=call.flag("names"),
        with_times=call.flag("timestamps"),
        at_once=options.follow,
    )
    return 0


def _lines(call: Call, names: Sequence[str], options: LogOptions) -> Iterator[tuple[str, LogLine]]:
    containers = call.engine.containers
    if options.follow and len(names) > 1:
        yield from containers.follow_logs(names, options)
        return
    for name in names:
        for line in containers.logs(name, options):
            yield name, line
