"""healthcheck run: run a container's health check now."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Run the check; return 0 if it passed, else print the health status and return 1 (0 with --ignore-result)."""
    status, exit_status = call.engine.containers.check_health(call.arguments[0])
    if exit_status:
        if status == "starting" and call.habits.failed_is_unhealthy:
            config = call.engine.containers.inspect(call.arguments[0])["Config"]
            status = status if config["StartupHealthCheck"] else "unhealthy"
        call.print(status)
    return 0 if exit_status == 0 or call.flag("ignore-result") else 1
