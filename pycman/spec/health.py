"""Health checks and restart policies."""

from __future__ import annotations

from pycman.record import Record


class HealthCheck(Record):
    """One check (image-spec config, "Healthcheck", Docker's extension). `test` is ("CMD", ...), ("CMD-SHELL", text) or
    ("NONE",). Times are nanoseconds; `retries` failures in a row make it unhealthy, `successes` end a startup check.
    """

    test: tuple[str, ...]
    interval_ns: int = 30_000_000_000
    timeout_ns: int = 30_000_000_000
    start_period_ns: int = 0
    start_interval_ns: int = 5_000_000_000
    retries: int = 3
    successes: int = 0


class ExitRule(Record):
    """A container that ends with one of some statuses (`outside`: with any other) is started again."""

    statuses: tuple[int, ...]
    outside: bool = False

    def holds(self, status: int) -> bool:
        """Say whether it is for this status."""
        return (status in self.statuses) != self.outside


class RestartPolicy(Record):
    """`name` is no, on-failure, always or unless-stopped; `maximum_retries` 0 is without end.

    `kubernetes`: waits are kubelet's and not docker's. `rules` may start again what `name` would not.
    """

    name: str = "no"
    maximum_retries: int = 0
    kubernetes: bool = False
    rules: tuple[ExitRule, ...] = ()
