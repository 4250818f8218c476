"""Warnings in podman's words, for programs that call pycman as podman and read what it says. Pure.

podman prints some as they are and others as lines of its log. A warning that is not here keeps pycman's words, after "Warning: ".
"""

from __future__ import annotations

from cli.output.podman_log import log_line

_DISCARDED = "published ports are discarded"
_SHORT_MODES = {"path": "ns"}
_ON_V1 = "ordinary users have no cgroups of version 1"
_KILLED = "did not end within"
_NO_KERNEL_LIMIT = "kernels have no such limit any more"
_IN_USE = "in use by container "


def podman_warning(text: str, now: float) -> str:
    """Return the whole line for one warning of the engine or an action; `now` is in seconds since 1970."""
    if text.startswith(_DISCARDED):
        mode = _SHORT_MODES.get(text.rpartition("=")[2], text.rpartition("=")[2])
        return f'Port mappings have been discarded because "{mode}" network namespace mode does not support them'
    if text == f"limits are ignored: {_ON_V1}":
        return "Resource limits are not supported and ignored on cgroups V1 rootless systems"
    if text.endswith(_NO_KERNEL_LIMIT):
        return "The --kernel-memory flag is no longer supported. This flag is a noop."
    if text.startswith("--oom-score-adj"):
        asked, changed = text.partition(":")[0].rpartition("=")[2], text.rsplit(maxsplit=1)[-1]
        return log_line(
            "warning", f"Requested oom_score_adj={asked} is lower than the current one, changing to {changed}", now
        )
    if _KILLED in text:
        return log_line("warning", _resorted_to_kill(text), now)
    if _IN_USE in text:
        subject, _, rest = text.partition(f": {_IN_USE}")
        return log_line(
            "warning", f"image used by {rest.split()[0]}: image is in use by a container: {subject} is kept", now
        )
    return f"Warning: {text}"


def _resorted_to_kill(text: str) -> str:
    """Return podman's sentence for "NAME: it did not end within 10 seconds of SIGTERM and was killed"."""
    name, _, rest = text.partition(": it ")
    words = rest.split()
    return f"StopSignal {words[words.index('of') + 1]} failed to stop container {name} in {words[4]} seconds, resorting to SIGKILL"
