"""__supervise: be the supervisor of this user."""

from __future__ import annotations

from pycman.supervisor.loop import supervise

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Be it until nothing needs one."""
    call.engine.session.enter_namespaces()
    return supervise(call.engine.session)
