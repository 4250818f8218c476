"""Watch the helpers of networks: one that is gone for two rounds was killed, and not ended by a command."""

from __future__ import annotations

from pycman.containers.change.revive import has_lost_helpers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.state.session import Session

_NEXT_TRY_NS = 30 * 10**9


class HelperWatch:
    """Knows whether one was gone in the last round, and when it was last tried to start it again."""

    def __init__(self) -> None:
        self._was_gone = False
        self._not_before_ns = 0

    def should_revive(self, session: Session, now_ns: int) -> bool:
        """Say whether helpers are to be started again now."""
        gone = now_ns >= self._not_before_ns and has_lost_helpers(session)
        self._was_gone, was_gone = gone, self._was_gone
        if not (gone and was_gone):
            return False
        self._was_gone, self._not_before_ns = False, now_ns + _NEXT_TRY_NS
        return True
