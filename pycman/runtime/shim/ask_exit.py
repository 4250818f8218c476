"""Ask a shim how a container ended whose monitor was killed."""

from __future__ import annotations

from pycman.errors import PycmanError
from pycman.runtime.shim.start_monitor import read_plan
from pycman.runtime.shim.task_client import TaskClient, read_address

_TIMEOUT_S = 2.0


def ask_exit(bundle: str) -> tuple[int, int] | None:
    """Return (exit status, time of exit in ns since 1970); None if the shim is gone or does not know."""
    where, plan = read_address(bundle), read_plan(bundle)
    if where is None or plan is None:
        return None
    try:
        with TaskClient(where, plan.monitor.container_id, plan.shim.name) as task:
            ended = task.call("Wait", timeout_s=_TIMEOUT_S)
    except PycmanError:
        return None
    at = ended["exited_at"]
    return int(ended["exit_status"]) & 0xFF, at.get("seconds", 0) * 1_000_000_000 + at.get("nanos", 0)
