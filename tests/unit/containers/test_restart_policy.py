from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pycman.containers.restart_policy import LONGEST_DELAY_NS, is_due, restart_delay_ns, tries_before
from pycman.spec.health import ExitRule, RestartPolicy

SECOND = 10**9
KUBERNETES = RestartPolicy(name="always", kubernetes=True)


@pytest.mark.parametrize(
    ("policy", "status", "restarts", "expected"),
    [
        (RestartPolicy(), 1, 0, None),
        (RestartPolicy(name="on-failure"), 0, 0, None),
        (RestartPolicy(name="on-failure"), 1, 0, 100_000_000),
        (RestartPolicy(name="on-failure", maximum_retries=2), 1, 1, 200_000_000),
        (RestartPolicy(name="on-failure", maximum_retries=2), 1, 2, None),
        (RestartPolicy(name="always"), 0, 3, 800_000_000),
        (RestartPolicy(name="unless-stopped"), 0, 50, 60 * SECOND),
        (KUBERNETES, 0, 0, 0),
        (KUBERNETES, 1, 1, 10 * SECOND),
        (KUBERNETES, 1, 3, 40 * SECOND),
        (KUBERNETES, 1, 6, 300 * SECOND),
        (KUBERNETES, 1, 1000, 300 * SECOND),
        (RestartPolicy(name="on-failure", kubernetes=True), 0, 1, None),
        (RestartPolicy(kubernetes=True, rules=(ExitRule(statuses=(42,)),)), 42, 1, 10 * SECOND),
        (RestartPolicy(kubernetes=True, rules=(ExitRule(statuses=(42,)),)), 1, 0, None),
        (RestartPolicy(kubernetes=True, rules=(ExitRule(statuses=(0, 1), outside=True),)), 2, 0, 0),
        (RestartPolicy(kubernetes=True, rules=(ExitRule(statuses=(0, 1), outside=True),)), 1, 0, None),
    ],
)
def test_the_delay_doubles_up_to_its_limit(
    policy: RestartPolicy, status: int, restarts: int, expected: int | None
) -> None:
    assert restart_delay_ns(policy, exit_status=status, restarts=restarts, tries=restarts) == expected


def test_a_container_ended_by_a_probe_has_failed_whatever_its_status() -> None:
    policy = RestartPolicy(name="on-failure", kubernetes=True)
    assert restart_delay_ns(policy, exit_status=0, restarts=1, tries=1, unhealthy=True) == 10 * SECOND
    assert restart_delay_ns(RestartPolicy(), exit_status=0, restarts=0, tries=0, unhealthy=True) is None


@pytest.mark.parametrize(
    ("policy", "good_s"), [(RestartPolicy(name="always"), 10), (KUBERNETES, 600)], ids=["docker", "kubernetes"]
)
def test_a_long_run_resets_the_delay(policy: RestartPolicy, good_s: int) -> None:
    assert tries_before(policy, 9, (good_s - 1) * SECOND) == 9
    assert tries_before(policy, 9, good_s * SECOND) == 0


@given(st.lists(st.integers(0, 1200), max_size=12))
def test_delays_are_counted_from_the_last_long_run(runs_s: list[int]) -> None:
    tries = 0
    for ran_s in runs_s:
        before = tries_before(KUBERNETES, tries, ran_s * SECOND)
        delay = restart_delay_ns(KUBERNETES, exit_status=1, restarts=99, tries=before)
        assert delay is not None
        assert delay == 0 if ran_s >= 600 or not tries else 10 * SECOND <= delay <= 300 * SECOND
        tries = before + 1


def test_a_restart_that_was_planned_before_the_clock_was_set_back_is_due() -> None:
    now = 1_000_000 * SECOND
    assert not is_due(0, now)
    assert is_due(now - SECOND, now)
    assert not is_due(now + SECOND, now)
    assert not is_due(now + LONGEST_DELAY_NS, now)
    assert is_due(now + LONGEST_DELAY_NS + SECOND, now)
