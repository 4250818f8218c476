"""When a container that ended is started again. Pure.

Docker's rules: the first restart waits 100 ms, each further one twice as long, at most a minute; a run of ten seconds sets it
back. Kubernetes': the first comes at once, then 10 s and twice as long each time, at most 5 minutes; 10 minutes set it back.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.spec.health import RestartPolicy

_FIRST_NS = 100_000_000
_LONGEST_NS = 60_000_000_000
_GOOD_RUN_NS = 10_000_000_000
_KUBELET_FIRST_NS = 10_000_000_000
_KUBELET_LONGEST_NS = 300_000_000_000
_KUBELET_GOOD_RUN_NS = 600_000_000_000


def delay_ns(
    policy: RestartPolicy, *, exit_status: int, restarts: int, ran_ns: int, unhealthy: bool = False
) -> int | None:
    """Return how many ns to wait before the next start; None: it stays down.

    `restarts` counts those in a row, `ran_ns` is how long the last run took. `unhealthy`: a probe ended it, which is a
    failure whatever its status.
    """
    if policy.name == "no" or (policy.name == "on-failure" and exit_status == 0 and not unhealthy):
        return None
    if policy.name == "on-failure" and 0 < policy.maximum_retries <= restarts:
        return None
    if policy.kubernetes:
        tries = 0 if ran_ns >= _KUBELET_GOOD_RUN_NS else restarts
        return min(_KUBELET_FIRST_NS << min(tries - 1, 20), _KUBELET_LONGEST_NS) if tries else 0
    if ran_ns >= _GOOD_RUN_NS:
        return _FIRST_NS
    return int(min(_FIRST_NS << min(restarts, 20), _LONGEST_NS))
