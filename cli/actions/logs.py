"""logs: print what containers wrote."""

from __future__ import annotations

from cli.output.log_lines import log_options, print_lines
from cli.targets import containers_meant

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cli.call import Call
    from pycman.containers.process.logs import LogLine, LogOptions


def run(call: Call) -> int:
    """Print the log lines: with --follow of all containers as they are written, else of one container after the other.

    Lines of several containers begin with the container's short id, or with --names its name.
    """
    options = log_options(call)
    names = containers_meant(call)
    labels = _labels(call, names)
    print_lines(
        ((labels.get(name, name), line) for name, line in _lines(call, names, options)),
        with_names=len(names) > 1 or call.flag("names"),
        with_times=call.flag("timestamps"),
        at_once=options.follow,
        in_utc=call.habits.logs_in_utc,
        with_colors=call.flag("color"),
        details=_details(call, names, labels) if call.flag("details") else {},
    )
    return 0


def _labels(call: Call, names: Sequence[str]) -> dict[str, str]:
    """Return what stands before the lines of each container."""
    if call.flag("names") or len(names) > 1:
        found = {name: call.engine.containers.get(name) for name in names}
        return {name: c.name if call.flag("names") else c.id[:12] for name, c in found.items()}
    return {}


def _details(call: Call, names: Sequence[str], labels: Mapping[str, str]) -> dict[str, str]:
    """Return what --details puts before the lines of each container."""
    from cli.output.log_details import log_details  # only imported for --details

    return {labels.get(name, name): log_details(call.engine.containers.inspect(name)) for name in names}


def _lines(call: Call, names: Sequence[str], options: LogOptions) -> Iterator[tuple[str, LogLine]]:
    containers = call.engine.containers
    if options.follow and len(names) > 1:
        yield from containers.follow_logs(names, options)
        return
    for name in names:
        for line in containers.logs(name, options):
            yield name, line
