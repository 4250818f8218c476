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


def tries_before(policy: RestartPolicy, tries: int, ran_ns: int) -> int:
    """Return how many restarts in a row came before this one; a good run of `ran_ns` sets the count back."""
    return 0 if ran_ns >= (_KUBELET_GOOD_RUN_NS if policy.kubernetes else _GOOD_RUN_NS) else tries


def delay_ns(
    policy: RestartPolicy, *, exit_status: int, restarts: int, tries: int, unhealthy: bool = False
) -> int | None:
    """Return how many ns to wait before the next start; None: it stays down.

    `restarts` counts those since the user's start, `tries` those since the last good run. `unhealthy`: a probe ended it,
    which is a failure whatever its status.
    """
    by_rule = any(rule.applies_to(exit_status) for rule in policy.rules)
    if not by_rule and (policy.name == "no" or (policy.name == "on-failure" and exit_status == 0 and not unhealthy)):
        return None
    if policy.name == "on-failure" and 0 < policy.maximum_retries <= restarts:
        return None
    if policy.kubernetes:
        return min(_KUBELET_FIRST_NS << min(tries - 1, 20), _KUBELET_LONGEST_NS) if tries else 0
    return int(min(_FIRST_NS << min(tries, 20), _LONGEST_NS))
