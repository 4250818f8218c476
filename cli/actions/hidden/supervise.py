"""__supervise: run the supervisor of this user (pycman/supervisor)."""

from __future__ import annotations

from pycman.supervisor.loop import supervise

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Supervise until no container needs it any more."""
    call.engine.session.enter_namespaces()
    return supervise(call.engine.session)
