"""Health checks in podman's specs. Pure."""

from __future__ import annotations

from api_server.libpod.spec.durations import duration_ns
from api_server.translate.container import health_check
from api_server.translate.fields import Fields
from pycman.contexts import suppress
from pycman.errors import Corrupt, InvalidInput
from pycman.jsontext import parse_json
from pycman.spec.health import HealthLog

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pycman.spec.health import HealthCheck

_TYPES = ("NONE", "CMD", "CMD-SHELL")
_ACTIONS = {0: "none", 1: "none", 2: "kill", 3: "restart", 4: "stop"}
"""podman's numbers of the actions (libpod/define/healthchecks.go); 1 does nothing there."""
_PLACES = ("local", "events_logger")
_LOG_SIZE = 500
"""podman's default: how many characters of a check's output are kept."""


def health_values(fields: Fields) -> dict[str, Any]:
    """Return the fields of a ContainerSpec about health. Raises InvalidInput."""
    log = _log(fields, "healthLogDestination", "healthMaxLogCount", "healthMaxLogSize")
    action = fields.raw("health_check_on_failure_action") or 0
    if not isinstance(action, int) or isinstance(action, bool) or action not in _ACTIONS:
        raise InvalidInput("not an action", subject=f"health_check_on_failure_action {str(action)[:40]}")
    return {
        "health": health_check(_with_type(fields, "healthconfig")) if fields.given("healthconfig") else None,
        "startup_health": _startup(fields),
        "health_on_failure": _ACTIONS[action],
        "health_log": HealthLog(max_size=_LOG_SIZE).replace(**log),
    }


def _log(fields: Fields, destination: str, count: str, size: str) -> dict[str, Any]:
    """Return the fields of a HealthLog that are given by these names; the engine checks them. Raises InvalidInput for a relative path."""
    found: dict[str, Any] = {
        field: fields.number(name) for name, field in ((count, "max_count"), (size, "max_size")) if fields.given(name)
    }
    fields.ignore((count, size))  # null is none
    where = fields.absolute_path(destination, besides=_PLACES)
    return {**found, "destination": where} if where else found


def _with_type(fields: Fields, name: str) -> Fields:
    """Return a check whose Test begins with its type: to podman a list without one is a command."""
    below = fields.below(name)
    words = list(below.texts("Test"))
    if words and words[0] not in _TYPES:
        kind, space, rest = words[0].partition(" ")
        words = [kind, rest, *words[1:]] if space and kind in _TYPES else ["CMD", *words]
    values = {key: value for key, value in fields.mapping(name).items() if key.lower() != "test"}
    return Fields({**values, "Test": words}, fields.path(name))


def _startup(fields: Fields) -> HealthCheck | None:
    if not fields.given("startupHealthConfig"):
        return None
    below = _with_type(fields, "startupHealthConfig")
    successes = below.number("Successes")
    if successes < 0:
        raise InvalidInput("it is negative", subject=below.path("Successes"))
    check = health_check(below)
    return check.replace(successes=successes) if check is not None else None


_UPDATE = {"health_interval": "interval_ns", "health_timeout": "timeout_ns", "health_start_period": "start_period_ns"}
_STARTUP_UPDATE = {"health_startup_interval": "interval_ns", "health_startup_timeout": "timeout_ns"}


def update_of(fields: Fields) -> dict[str, Any]:
    """Return the fields of `Changes` about health in the body of an update. Raises InvalidInput."""
    action = fields.text("health_on_failure")
    if action not in ("", *_ACTIONS.values()):
        raise InvalidInput(
            "not an action", subject=f"health_on_failure {action[:40]}", hint="use none, kill, restart or stop"
        )
    numbers = {"health_startup_retries": "retries", "health_startup_success": "successes"}
    found = {
        "health": _changed(fields, "health_cmd", _UPDATE, {"health_retries": "retries"}),
        "startup_health": _changed(fields, "health_startup_cmd", _STARTUP_UPDATE, numbers),
        "no_health": fields.switch("no_healthcheck"),
        "on_failure": action,
        "health_log": _log(fields, "health_log_destination", "health_max_log_count", "health_max_log_size"),
    }
    return {name: value for name, value in found.items() if value}


def _changed(fields: Fields, command: str, times: dict[str, str], numbers: dict[str, str]) -> dict[str, Any]:
    changed: dict[str, Any] = {
        field: duration_ns(fields.text(name), name) for name, field in times.items() if fields.text(name)
    }
    for name, field in numbers.items():
        if fields.given(name):
            changed[field] = fields.number(name)
    for name in numbers:
        fields.raw(name)
    text = fields.text(command)
    if text:
        changed["test"] = _test(text)
    return changed


def _test(text: str) -> tuple[str, ...]:
    """Return a command as a check's: JSON of a list is that list, other text is for the shell, "none" is no check."""
    if text.strip().lower() == "none":
        return ("NONE",)
    if text.lstrip().startswith("["):
        with suppress(Corrupt):
            words = parse_json(text)
            if isinstance(words, list) and words and all(isinstance(word, str) for word in words):
                return tuple(words) if words[0] in ("CMD", "CMD-SHELL", "NONE") else ("CMD", *words)
    return ("CMD-SHELL", text.removeprefix("CMD-SHELL "))
