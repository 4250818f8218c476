"""Rates from two samples."""

from __future__ import annotations

from pycman.containers.inspect.stats import Stats, with_rates

SECOND = 10**9


def sample(at, cpu, started=0, running=True):
    return Stats(
        container_id="a", name="a", running=running, sampled_at_ns=at * SECOND, started_at_ns=started, cpu_ns=cpu
    )


def test_the_first_sample_is_an_average_since_the_start():
    found = with_rates(sample(10, 5 * SECOND), None)
    assert (found.cpu_percent, found.average_cpu_percent) == (50.0, 50.0)


def test_the_second_is_what_happened_since_the_first():
    found = with_rates(sample(12, 9 * SECOND), sample(10, 5 * SECOND))
    assert found.cpu_percent == 200.0
    assert found.average_cpu_percent == 75.0


def test_a_restart_begins_anew():
    found = with_rates(sample(20, SECOND, started=18 * SECOND), sample(10, 5 * SECOND))
    assert found.cpu_percent == 50.0


def test_what_does_not_run_uses_nothing():
    assert with_rates(sample(10, 0, running=False), None).cpu_percent == 0
