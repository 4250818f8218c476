"""Rates from two samples."""

from __future__ import annotations

from pycman.containers.inspect.stats import Stats, with_rates

SECOND = 10**9


def sample(at, cpu, started=0, running=True):
    return Stats(
        container_id="a", name="a", running=running, sampled_at_ns=at * SECOND, started_at_ns=started, cpu_ns=cpu
    )


def test_the_first_sample_is_an_average_since_the_start():
    stats = with_rates(sample(10, 5 * SECOND), None)
    assert (stats.cpu_percent, stats.average_cpu_percent) == (50.0, 50.0)


def test_the_second_sample_is_the_rate_since_the_first():
    stats = with_rates(sample(12, 9 * SECOND), sample(10, 5 * SECOND))
    assert stats.cpu_percent == 200.0
    assert stats.average_cpu_percent == 75.0


def test_a_restart_begins_a_new_average():
    stats = with_rates(sample(20, SECOND, started=18 * SECOND), sample(10, 5 * SECOND))
    assert stats.cpu_percent == 50.0


def test_a_container_that_does_not_run_uses_no_cpu():
    assert with_rates(sample(10, 0, running=False), None).cpu_percent == 0
