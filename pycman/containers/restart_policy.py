"""Whether and when an exited container is restarted.

              first restart    later ones                    the first delay again
docker        after 100 ms     doubled, at most 1 min        after a run of 10 s
Kubernetes    at once          10 s, doubled, at most 5 min  after a run of 10 min
"""

from __future__ import annotations

import time

from pycman.jsontext import parse_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.spec.health import RestartPolicy
    from pycman.state.session import Session

_RULES = '"rules"'
"""Substring of the stored JSON of a spec with restart rules (some exit statuses restart it whatever its policy is)."""

_FIRST_NS = 100_000_000
_LONGEST_NS = 60_000_000_000
_GOOD_RUN_NS = 10_000_000_000
_KUBELET_FIRST_NS = 10_000_000_000
_KUBELET_LONGEST_NS = 300_000_000_000
LONGEST_DELAY_NS = _KUBELET_LONGEST_NS
_EARLY_NS = 10_000_000
"""How much too early the timer of a restart may fire."""
_KUBELET_GOOD_RUN_NS = 600_000_000_000


def tries_before(policy: RestartPolicy, tries: int, ran_ns: int) -> int:
    """Return how many restarts in a row came before this one: `tries`, or 0 after a long enough run (`ran_ns`). Pure."""
    return 0 if ran_ns >= (_KUBELET_GOOD_RUN_NS if policy.kubernetes else _GOOD_RUN_NS) else tries


def restart_delay_ns(
    policy: RestartPolicy, *, exit_status: int, restarts: int, tries: int, unhealthy: bool = False
) -> int | None:
    """Return how many ns to wait before the restart; None if the container is not restarted.

    Pure. `restarts` counts restarts since the user's start, `tries` those in a row (`tries_before`). `unhealthy`: a probe
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


def is_due(restart_at_ns: int, now_ns: int) -> bool:
    """Return whether a planned restart (0: none is) is due. One that is further ahead than any delay was planned before the clock was set
    back. Pure.
    """
    return 0 < restart_at_ns <= now_ns + _EARLY_NS or restart_at_ns > now_ns + LONGEST_DELAY_NS


def planned_restart(session: Session, row: Mapping[str, Any]) -> tuple[int, int] | None:
    """Return how many ns after now to restart a container, and the how manyth restart in a row that is; None for no restart.

    `row` has the end of its run.
    """
    never_restarts = row["restart_policy"] == "no" and _RULES not in row["spec"]
    if row["stopped_by_user"] or row["auto_remove"] or never_restarts or not row["started_at_ns"]:
        return None
    from pycman.spec.container import ContainerSpec  # 3 ms, only imported for containers with a restart policy

    spec = ContainerSpec.from_dict(parse_json(row["spec"], subject=f"spec of {row['name']}"))
    tries = tries_before(spec.restart, row["restart_tries"], row["finished_at_ns"] - row["started_at_ns"])
    delay = restart_delay_ns(
        spec.restart,
        exit_status=row["exit_status"],
        unhealthy=spec.restart.kubernetes and row["health_status"] == "unhealthy",
        restarts=row["restart_count"],
        tries=tries,
    )
    if delay is not None and spec.deadline_s:
        from pycman.containers.deadline import ends_at_ns  # only imported for pods with a deadline

        delay = delay if time.time_ns() + delay < ends_at_ns(session, spec) else None
    return None if delay is None else (delay, tries + 1)
