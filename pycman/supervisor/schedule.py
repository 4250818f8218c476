"""Decide what is due and how long to sleep; knows times and kinds of work, but no containers. Pure."""

from __future__ import annotations

from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


_RETRY_AFTER_NS = 5_000_000_000
_SLACK_NS = 1_000_000_000
_LONG_AGO_NS = 1


class Due(Record):
    """One piece of work: its `kind`, its `subject` (a container's id, or KIND/NAMESPACE/NAME for expiry), and when it is due.

    Kinds are health, restart, expiry, the probes startup, readiness and liveness, and post-start (a hook whose command was
    killed). `at_ns` is in ns since 1970.
    """

    kind: str
    subject: str
    at_ns: int


def on_this_clock(at_ns: int, now_ns: int, longest_ns: int) -> int:
    """Return when work is due that is planned at most `longest_ns` ahead: long ago, if it is further, as the clock was set back meanwhile."""
    return _LONG_AGO_NS if at_ns > now_ns + longest_ns + _SLACK_NS else at_ns


class StartedWork:
    """Remembers when each piece of work was started last: if it is still due at the same time, the attempt failed to move its
    due time, and the next attempt waits five seconds.
    """

    def __init__(self) -> None:
        self._last: dict[tuple[str, str], tuple[int, int]] = {}

    def may_start(self, due: Due, now_ns: int) -> bool:
        """Return whether to start this work now; if True, it is recorded as started."""
        key = (due.kind, due.subject)
        at_ns, started_ns = self._last.get(key, (-1, 0))
        if at_ns == due.at_ns and now_ns < started_ns + _RETRY_AFTER_NS:
            return False
        self._last[key] = (due.at_ns, now_ns)
        return True

    def forget_others(self, work: Iterable[Due]) -> None:
        """Forget everything that is not in `work`."""
        keys = {(due.kind, due.subject) for due in work}
        self._last = {key: value for key, value in self._last.items() if key in keys}


def split_due(work: Iterable[Due], now_ns: int) -> tuple[list[Due], int]:
    """Return the work due at `now_ns`, oldest first, and when the next is due (ns since 1970; 0: nothing else is planned)."""
    ordered = sorted(work, key=lambda due: (due.at_ns, due.subject))
    ready = [due for due in ordered if due.at_ns <= now_ns]
    later = [due.at_ns for due in ordered if due.at_ns > now_ns]
    return ready, later[0] if later else 0


def sleep_s(next_ns: int, now_ns: int, *, longest_s: float) -> float:
    """Return how long to sleep, in seconds: until the next work, at most `longest_s`, so that new work is noticed."""
    if not next_ns:
        return longest_s
    return max(0.0, min((next_ns - now_ns) / 1e9, longest_s))
