"""__restart: restart a container by its restart policy; the supervisor runs it."""

from __future__ import annotations

from pycman.containers.start.start import start_in_background

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Start the container, unless it was stopped, started or removed in the meantime."""
    session = call.engine.session
    session.enter_namespaces()
    start_in_background(session, call.arguments[0], is_restart=True)
    return 0
