"""Who answers which endpoint of podman's API in the event loop."""

from __future__ import annotations

from api_server.libpod.streams import attach, events, execs, logs, stats, top, wait
from api_server.streams.handlers import HANDLERS as DOCKER_HANDLERS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from api_server.streams.handlers import Handler

HANDLERS: Mapping[str, Handler] = {
    **DOCKER_HANDLERS,
    "libpod.attach.attach": attach.attach,
    "libpod.attach.resize": attach.resize,
    "libpod.events.events": events.events,
    "libpod.execs.start": execs.start,
    "libpod.execs.resize": execs.resize,
    "libpod.logs.logs": logs.logs,
    "libpod.stats.stats": stats.stats,
    "libpod.stats.pod_stats": stats.pod_stats,
    "libpod.top.top": top.top,
    "libpod.top.pod_top": top.pod_top,
    "libpod.wait.wait": wait.wait,
}
"""By the names in routes.py."""
