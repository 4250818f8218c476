"""Parse --log-driver and --log-opt. Logs are files that conmon writes; what it cannot do is refused, or told in a warning."""

from __future__ import annotations

import os

from cli.specs.pairs import parse_pairs
from cli.specs.sizes import is_count
from pycman.errors import InvalidInput, Unsupported
from pycman.spec.container import LOG_DRIVERS, LogConfig
from pycman.spec.resources import parse_size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call

_OPTIONS = frozenset(("path", "max-size", "max-file", "compress", "mode", "tag", "labels", "env"))


def log_config(call: Call) -> LogConfig:
    """Return the LogConfig of the command line. Raises InvalidInput, Unsupported (mode=non-blocking)."""
    driver = call.string("log-driver")
    if driver not in LOG_DRIVERS:
        raise InvalidInput(
            "not a log driver",
            subject=f"--log-driver {driver}",
            hint="use k8s-file, journald, none or passthrough",
            code="not-a-log-driver",
        )
    options = parse_pairs(call.values("log-opt"), "--log-opt")
    for name in options:
        if name not in _OPTIONS:
            raise InvalidInput(
                "not a log option", subject=f"--log-opt {name}", hint=f"use {', '.join(sorted(_OPTIONS))}"
            )
    if options.get("mode", "blocking") != "blocking":
        raise Unsupported(
            "no line of a log is left out", subject=f"--log-opt mode={options['mode']}", hint="use mode=blocking"
        )
    _tell_of_files(call, options.get("max-file", ""))
    size = (
        parse_size(options["max-size"], "--log-opt max-size", unlimited=True, decimal=True)
        if options.get("max-size")
        else -1
    )
    return LogConfig(
        driver=LOG_DRIVERS[driver],
        path=os.path.abspath(options["path"]) if options.get("path") else "",
        max_size_bytes=size,
        tag=options.get("tag", ""),
        options={**options, **({"driver": driver} if driver else {})},
    )


def _tell_of_files(call: Call, count: str) -> None:
    """Warn that conmon keeps one file: it begins anew at max-size. Raises InvalidInput for what is no number of files."""
    if not count:
        return
    if not is_count(count) or int(count) < 1:
        raise InvalidInput("not a number of files", subject=f"--log-opt max-file={count}", hint="use 1 or more")
    if int(count) > 1:
        call.warn(f"--log-opt max-file={count}: one file is kept, which begins anew at max-size")
