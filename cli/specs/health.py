"""Health checks from the --health flags of `run`, `create` and `update`."""

from __future__ import annotations

import os

from cli.specs.pairs import split_command
from cli.specs.sizes import parse_time_ns
from pycman.errors import InvalidInput
from pycman.spec.health import HealthCheck, HealthLog

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cli.call import Call

ON_FAILURE = ("none", "kill", "restart", "stop")
_TIMES = (
    ("health-interval", "interval_ns"), ("health-timeout", "timeout_ns"), ("health-start-period", "start_period_ns"),
    ("health-start-interval", "start_interval_ns"),
)  # fmt: skip
_PLACES = ("local", "events_logger")
_STARTUP_TIMES = (("health-startup-interval", "interval_ns"), ("health-startup-timeout", "timeout_ns"))


def health_check(call: Call) -> HealthCheck | None:
    """Return the check of `run` and `create`; ("NONE",) with --no-healthcheck, () for that of the image. Raises InvalidInput."""
    if call.flag("no-healthcheck"):
        if call.given("health-cmd"):
            raise InvalidInput(
                "--no-healthcheck and --health-cmd cannot be used together",
                subject="--health-cmd",
                hint="leave one out",
            )
        return HealthCheck(test=("NONE",))
    fields = health_fields(call)
    return HealthCheck(**{"test": (), **fields}) if fields else None


def startup_check(call: Call) -> HealthCheck | None:
    """Return the startup check of `run` and `create`. Raises InvalidInput."""
    if not call.string("health-startup-cmd"):
        return None
    return HealthCheck(**{"retries": 0, **startup_fields(call)})


def health_log(call: Call) -> HealthLog:
    """Return what `run` and `create` say of the log of checks."""
    return HealthLog(max_size=call.habits.health_log_size).replace(**health_log_fields(call))


def health_log_fields(call: Call) -> dict[str, Any]:
    """Return the fields of a HealthLog that the flags give; the engine checks them."""
    fields: dict[str, Any] = {}
    for flag, field in (("health-max-log-count", "max_count"), ("health-max-log-size", "max_size")):
        if call.given(flag):
            fields[field] = call.number(flag)
    destination = call.string("health-log-destination")
    if destination:
        fields["destination"] = destination if destination in _PLACES else os.path.abspath(destination)
    return fields


def health_fields(call: Call) -> dict[str, Any]:
    """Return the fields of a HealthCheck that the flags give. Raises InvalidInput."""
    return _fields(call, "health-cmd", _TIMES, (("health-retries", "retries"),))


def startup_fields(call: Call) -> dict[str, Any]:
    """Return the fields of a startup check that the flags give. Raises InvalidInput."""
    numbers = (("health-startup-retries", "retries"), ("health-startup-success", "successes"))
    return _fields(call, "health-startup-cmd", _STARTUP_TIMES, numbers)


def _fields(
    call: Call, command: str, times: tuple[tuple[str, str], ...], numbers: tuple[tuple[str, str], ...]
) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for flag, field in times:
        if call.string(flag):
            fields[field] = parse_time_ns(call.string(flag), f"--{flag}", 0)
    for flag, field in numbers:
        if call.given(flag):
            fields[field] = call.number(flag)
    if call.string(command):
        fields["test"] = _test(call.string(command))
    return fields


def _test(command: str) -> tuple[str, ...]:
    """Return a command as an image's Healthcheck.Test: a JSON list of several is CMD, of one and text CMD-SHELL, "none" is NONE."""
    if command.strip().lower() == "none":
        return ("NONE",)
    argv = command.split() if command.startswith("CMD ") else split_command(command)
    if argv == ["NONE"] or (len(argv) > 1 and argv[0] in ("CMD", "CMD-SHELL", "NONE")):
        return tuple(argv)
    return ("CMD", *argv) if len(argv) > 1 else ("CMD-SHELL", argv[0] if argv else command)
