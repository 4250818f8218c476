from __future__ import annotations

import pytest

from pycman.containers.restart import delay_ns
from pycman.spec.health import RestartPolicy

SECOND = 10**9


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
    ],
)
def test_the_wait_doubles_up_to_a_minute(
    policy: RestartPolicy, status: int, restarts: int, expected: int | None
) -> None:
    assert delay_ns(policy, exit_status=status, restarts=restarts, ran_ns=SECOND) == expected


def test_a_good_run_sets_the_wait_back() -> None:
    assert delay_ns(RestartPolicy(name="always"), exit_status=1, restarts=9, ran_ns=11 * SECOND) == 100_000_000
