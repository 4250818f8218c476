"""What the outcome of a health check does: docker's and podman's rules as functions from state to state. Pure.

    starting ──success──▶ healthy ──`retries` failures in a row──▶ unhealthy ──success──▶ healthy
       └──`retries` failures in a row after the start period──▶ unhealthy

A startup check runs first, until it has succeeded `successes` times (0 counts as 1); then the regular check takes over.
A startup check that fails `retries` times in a row requests a restart.
"""

from __future__ import annotations

from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.spec.health import HealthCheck

STARTING, HEALTHY, UNHEALTHY = "starting", "healthy", "unhealthy"


class HealthState(Record):
    """A container's health. `streak` counts failures in a row, `started` successes of the startup check.

    `due_ns` is when to check next (ns since 1970), 0 for never.
    """

    status: str = STARTING
    streak: int = 0
    started: int = 0
    due_ns: int = 0
    restart: bool = False
    """The startup check has failed `retries` times in a row: restart the container."""
    turned_unhealthy: bool = False
    """This outcome made it unhealthy: do what `--health-on-failure` says."""


def active_check(check: HealthCheck | None, startup: HealthCheck | None, started: int) -> HealthCheck | None:
    """Return the check to run now: the startup check until it has succeeded often enough, then the regular one."""
    if startup is not None and started < max(1, startup.successes):
        return startup
    return None if check is not None and check.is_off else check


def first_due_ns(check: HealthCheck | None, startup: HealthCheck | None, started_at_ns: int) -> int:
    """Return when the first check of a container that started at `started_at_ns` is due (ns since 1970; 0: never)."""
    first = active_check(check, startup, 0)
    return _due(started_at_ns, first, in_start_period=True)


def after_check(
    check: HealthCheck | None,
    startup: HealthCheck | None,
    state: HealthState,
    *,
    succeeded: bool,
    now_ns: int,
    started_at_ns: int,
) -> HealthState:
    """Return the state after one outcome at `now_ns` of a container that started at `started_at_ns`."""
    active = active_check(check, startup, state.started)
    if active is None:
        return state
    if startup is not None and active is startup:
        return _after_startup(check, startup, state, succeeded=succeeded, now_ns=now_ns)
    in_start_period = state.status == STARTING and 0 <= now_ns - started_at_ns < active.start_period_ns
    due = _due(now_ns, active, in_start_period=in_start_period and not succeeded)
    if succeeded:
        return HealthState(status=HEALTHY, started=state.started, due_ns=due)
    if in_start_period:
        return HealthState(status=STARTING, started=state.started, due_ns=due)
    streak = state.streak + 1
    unhealthy = streak >= max(1, active.retries)
    status = UNHEALTHY if unhealthy else state.status
    return HealthState(
        status=status,
        streak=streak,
        started=state.started,
        due_ns=due,
        turned_unhealthy=unhealthy and state.status != UNHEALTHY,
    )


def _after_startup(
    check: HealthCheck | None, startup: HealthCheck, state: HealthState, *, succeeded: bool, now_ns: int
) -> HealthState:
    if succeeded:
        started = state.started + 1
        done = started >= max(1, startup.successes)
        due = _due(now_ns, check, in_start_period=True) if done else _due(now_ns, startup)
        status = HEALTHY if done and (check is None or check.is_off) else STARTING
        return HealthState(status=status, started=started, due_ns=due)
    streak = state.streak + 1
    restart = 0 < startup.retries <= streak
    return HealthState(status=STARTING, streak=streak, due_ns=_due(now_ns, startup), restart=restart)


def _due(after_ns: int, check: HealthCheck | None, *, in_start_period: bool = False) -> int:
    """Return when a check is due that follows `after_ns`; 0 (never) without a check, or if its interval is 0 (disabled)."""
    if check is None or check.is_off or not check.interval_ns:
        return 0
    if in_start_period and check.start_period_ns:
        return after_ns + min(check.start_interval_ns, check.interval_ns)
    return after_ns + check.interval_ns
