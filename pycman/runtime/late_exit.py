"""The end of a run whose monitor was killed: an OCI runtime's is not known to anybody, a shim's to the shim while that lives."""

from __future__ import annotations

import os


def late_exit(bundle: str) -> tuple[int, int] | None:
    """Return (exit status, time of exit in ns since 1970) of the ended run in `bundle`, None if nobody knows it."""
    if not os.path.exists(f"{bundle}/shim.json"):
        return None
    from pycman.runtime.shim.ask_exit import ask_exit  # only for a shim's container whose monitor was killed

    return ask_exit(bundle)


def can_be_watched_again(bundle: str) -> bool:
    """Say whether the monitor of the running container in `bundle` can be started again: that of a shim's."""
    return os.path.exists(f"{bundle}/shim.json")


def watch_again(bundle: str) -> int:
    """Start the killed monitor of a running container again, and return its pid. Raises what the shim says."""
    from pycman.runtime.shim.start_monitor import read_plan, start_again  # only after a monitor was killed

    plan = read_plan(bundle)
    assert plan is not None
    return start_again(plan).conmon_pid
