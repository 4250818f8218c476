from __future__ import annotations

import pytest

from pycman.containers.checks.health_rules import (
    HEALTHY,
    STARTING,
    UNHEALTHY,
    HealthState,
    active_check,
    after_check,
    first_due_ns,
)
from pycman.spec.health import HealthCheck

SECOND = 10**9
CHECK = HealthCheck(test=("CMD", "true"), interval_ns=10 * SECOND, retries=2)


def outcome(
    state: HealthState,
    *,
    succeeded: bool,
    check: HealthCheck = CHECK,
    at: int = 100,
    startup: HealthCheck | None = None,
) -> HealthState:
    return after_check(check, startup, state, succeeded=succeeded, now_ns=at * SECOND, started_at_ns=0)


def test_one_success_makes_it_healthy_and_plans_the_next_check() -> None:
    after = outcome(HealthState(), succeeded=True)
    assert (after.status, after.due_ns) == (HEALTHY, 110 * SECOND)


def test_only_failures_in_a_row_make_it_unhealthy() -> None:
    first = outcome(HealthState(status=HEALTHY), succeeded=False)
    second = outcome(first, succeeded=False)
    assert (first.status, second.status, second.turned_unhealthy) == (HEALTHY, UNHEALTHY, True)


def test_it_turns_unhealthy_only_once() -> None:
    assert not outcome(HealthState(status=UNHEALTHY, streak=5), succeeded=False).turned_unhealthy


def test_failures_within_the_start_period_do_not_count() -> None:
    check = CHECK.replace(start_period_ns=60 * SECOND, start_interval_ns=SECOND)
    after = outcome(HealthState(), succeeded=False, check=check, at=30)
    assert (after.status, after.streak, after.due_ns) == (STARTING, 0, 31 * SECOND)
    set_back = outcome(HealthState(), succeeded=False, check=check, at=-86400)  # it started a day ahead
    assert set_back.streak == 1


def test_the_startup_check_runs_first_and_hands_over() -> None:
    startup = HealthCheck(test=("CMD", "up"), successes=2, interval_ns=SECOND, retries=3)
    one = outcome(HealthState(), succeeded=True, startup=startup)
    two = outcome(one, succeeded=True, startup=startup)
    assert active_check(CHECK, startup, one.started) is startup
    assert active_check(CHECK, startup, two.started) is CHECK


def test_a_startup_check_that_keeps_failing_asks_for_a_restart() -> None:
    startup = HealthCheck(test=("CMD", "up"), interval_ns=SECOND, retries=2)
    one = outcome(HealthState(), succeeded=False, startup=startup)
    assert [one.restart, outcome(one, succeeded=False, startup=startup).restart] == [False, True]


def test_the_first_check_is_due_one_interval_after_the_start() -> None:
    assert first_due_ns(CHECK, None, 5 * SECOND) == 15 * SECOND


@pytest.mark.parametrize("startup", [None, HealthCheck(test=("CMD", "true"), interval_ns=0)])
def test_a_check_whose_interval_is_disabled_is_never_due(startup) -> None:
    check = HealthCheck(test=("CMD", "true"), interval_ns=0)
    assert first_due_ns(check, startup, 100) == 0
    after = after_check(check, startup, HealthState(status=STARTING), succeeded=False, now_ns=200, started_at_ns=100)
    assert after.due_ns == 0
