"""What is due when: knows times and kinds of work, not containers. Pure."""

from __future__ import annotations

from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


class Due(Record):
    """One piece of work: `kind` is health, restart, or a probe (startup, readiness, liveness), `subject` an id, `at_ns` when (ns since 1970)."""

    kind: str
    subject: str
    at_ns: int


def split_due(work: Iterable[Due], now_ns: int) -> tuple[list[Due], int]:
    """Return what is due at `now_ns`, oldest first, and when the next one will be (0: nothing else is planned)."""
    ordered = sorted(work, key=lambda due: (due.at_ns, due.subject))
    ready = [due for due in ordered if due.at_ns <= now_ns]
    later = [due.at_ns for due in ordered if due.at_ns > now_ns]
    return ready, later[0] if later else 0


def sleep_s(next_ns: int, now_ns: int, *, longest_s: float) -> float:
    """Return how long to sleep: until the next work, at most `longest_s` (to notice new work)."""
    if not next_ns:
        return longest_s
    return max(0.0, min((next_ns - now_ns) / 1e9, longest_s))
