"""Whether and when an exited container is restarted. Pure.

              first restart    later ones                    the first delay again
docker        after 100 ms     doubled, at most 1 min        after a run of 10 s
Kubernetes    at once          10 s, doubled, at most 5 min  after a run of 10 min
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
    """Return how many restarts in a row came before this one: `tries`, or 0 after a long enough run (`ran_ns`)."""
    return 0 if ran_ns >= (_KUBELET_GOOD_RUN_NS if policy.kubernetes else _GOOD_RUN_NS) else tries


def restart_delay_ns(
    policy: RestartPolicy, *, exit_status: int, restarts: int, tries: int, unhealthy: bool = False
) -> int | None:
    """Return how many ns to wait before the restart; None if the container is not restarted.

    `restarts` counts restarts since the user's start, `tries` those in a row (`tries_before`). `unhealthy`: a probe
    ended it, which counts as a failure whatever its exit status.
    """
    by_rule = any(rule.applies_to(exit_status) for rule in policy.rules)
    if not by_rule and (policy.name == "no" or (policy.name == "on-failure" and exit_status == 0 and not unhealthy)):
        return None
    if policy.name == "on-failure" and 0 < policy.maximum_retries <= restarts:
        return None
    if policy.kubernetes:
        return min(_KUBELET_FIRST_NS << min(tries - 1, 20), _KUBELET_LONGEST_NS) if tries else 0
    return int(min(_FIRST_NS << min(tries, 20), _LONGEST_NS))
