"""When a service container fails with the containers of its play."""

from __future__ import annotations

import pytest

from pycman.containers.end.play_service import has_failed


@pytest.mark.parametrize(
    ("statuses", "propagation", "failed"),
    [
        ((0, 0), "all", False),
        ((0, 1), "all", False),
        ((1, 2), "all", True),
        ((0, 0), "any", False),
        ((1, 0), "any", True),
        ((1, 1), "any", True),
        ((1, 1), "none", False),
        ((1, 1), "", False),
        ((), "all", False),
    ],
)
def test_failures_are_passed_on_as_asked(statuses, propagation, failed):
    assert has_failed([{"exit_status": status} for status in statuses], propagation) == failed
