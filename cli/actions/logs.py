"""logs: what containers wrote."""

from __future__ import annotations

from cli.output.log_lines import log_options, print_lines
from cli.targets import names_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cli.call import Call
    from pycman.containers.process.logs import LogLine, LogOptions


def run(call: Call) -> int:
    """Print it; several are followed side by side, and else come one after the other."""
    options = log_options(call)
    print_lines(
        _lines(call, names_of(call), options),
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
