"""What is due when: knows times and kinds of work, not containers. Pure."""

from __future__ import annotations

from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


_HOLD_BACK_NS = 5_000_000_000


class Due(Record):
    """One piece of work: `kind` is health, restart, expiry, or a probe (startup, readiness, liveness, post-start: a hook that was
    killed), `subject` an id, `at_ns` when (ns since 1970).
    """

    kind: str
    subject: str
    at_ns: int


class Begun:
    """What was begun last of each piece of work: what is still due at the same time changed nothing, so it waits a while."""

    def __init__(self) -> None:
        self._last: dict[tuple[str, str], tuple[int, int]] = {}

    def may_begin(self, due: Due, now_ns: int) -> bool:
        """Say whether to begin it now; if so, it counts as begun."""
        key = (due.kind, due.subject)
        at_ns, begun_ns = self._last.get(key, (-1, 0))
        if at_ns == due.at_ns and now_ns < begun_ns + _HOLD_BACK_NS:
            return False
        self._last[key] = (due.at_ns, now_ns)
        return True

    def forget_others(self, work: Iterable[Due]) -> None:
        """Forget what is no work any more."""
        keys = {(due.kind, due.subject) for due in work}
        self._last = {key: value for key, value in self._last.items() if key in keys}


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
