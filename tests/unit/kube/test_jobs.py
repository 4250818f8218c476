"""The next step of a Job, as a function of its pods."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kube_yaml.play.jobs import JobPod, next_step


def pods(*states: str, failures: int = 0) -> list[JobPod]:
    return [JobPod(pod_id=str(n), state=state, failures=failures if n == 0 else 0) for n, state in enumerate(states)]


def test_the_next_pods_are_started_as_far_as_parallelism_goes() -> None:
    step = next_step(pods("succeeded", "running", "created", "created"), parallelism=2, backoff_limit=6)
    assert step.start == ("2",)
    assert step.outcomes == {"0": "succeeded"}


def test_a_pod_that_failed_is_tried_again_before_new_ones() -> None:
    assert next_step(pods("failed", "created", failures=1), parallelism=1, backoff_limit=6).start == ("0",)


def test_too_many_failures_end_it_all() -> None:
    step = next_step(pods("failed", "running", "created", failures=3), parallelism=1, backoff_limit=2)
    assert step.failed
    assert step.start == ()
    assert set(step.outcomes.values()) == {"failed"}


@given(st.lists(st.sampled_from(["created", "running", "failed", "succeeded"]), max_size=8), st.integers(0, 5))
def test_there_are_never_more_at_once_than_allowed(states: list[str], parallelism: int) -> None:
    step = next_step(pods(*states), parallelism=parallelism, backoff_limit=100)
    running = states.count("running")
    assert running + len(step.start) <= max(parallelism, running)


@pytest.mark.parametrize(
    ("states", "starts", "outcomes"),
    [
        (("succeeded", "running", "failed", "created"), (), {"0": "succeeded"}),
        (("succeeded", "succeeded", "failed"), (), {"0": "succeeded", "1": "succeeded", "2": "succeeded"}),
        (("failed", "running"), ("0",), {}),
    ],
)
def test_a_work_queue_is_done_when_one_pod_says_so_and_no_other_runs(states, starts, outcomes) -> None:
    """Parallelism without completions (Kubernetes, "Parallel execution for Jobs")."""
    step = next_step(pods(*states), parallelism=3, backoff_limit=6, work_queue=True)
    assert (step.start, dict(step.outcomes)) == (starts, outcomes)
