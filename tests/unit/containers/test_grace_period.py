"""What is left of a grace period for those that end after others (Kubernetes, "Pod Lifecycle", Termination of Pods)."""

from __future__ import annotations

import pytest

from pycman.containers.end.stop_one import what_is_left


@pytest.mark.parametrize(
    ("timeout", "late", "left"),
    [(30, 0, 30), (30, 10.5, 19.5), (30, 29, 2), (30, 500, 2), (1, 9, 1), (0, 5, 0), (-1, 5, -1)],
)
def test_a_container_gets_what_those_before_have_left_and_two_seconds_at_least(timeout, late, left) -> None:
    assert what_is_left(timeout, late) == left
