"""Health checks and restart policies: what the supervisor does about a container that fails."""

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

    @property
    def is_off(self) -> bool:
        """Say whether it stands for no check at all, not even the image's (--no-healthcheck)."""
        return self.test[:1] == ("NONE",)


class HealthLog(Record):
    """Where outcomes of checks are kept, and how many and how much of each; a number of 0 is no limit.

    `destination` is local (the store), events_logger (their events too) or a directory, by its absolute path.
    """

    destination: str = "local"
    max_count: int = 5
    max_size: int = 4096
    """Characters of the output of one check."""

    @property
    def is_directory(self) -> bool:
        """Say whether the outcomes are written to a file in a directory as well."""
        return self.destination.startswith("/")


class ExitRule(Record):
    """Restart a container that exits with one of `statuses`, or with `outside` one that exits with any other status."""

    statuses: tuple[int, ...]
    outside: bool = False

    def applies_to(self, status: int) -> bool:
        """Say whether the rule applies to an exit status."""
        return (status in self.statuses) != self.outside


class RestartPolicy(Record):
    """`name` is no, on-failure, always or unless-stopped; `maximum_retries` 0 is no limit.

    `kubernetes` uses the kubelet's back-off between restarts instead of docker's. `rules` restart what `name` alone
    would not.
    """

    name: str = "no"
    maximum_retries: int = 0
    kubernetes: bool = False
    rules: tuple[ExitRule, ...] = ()
