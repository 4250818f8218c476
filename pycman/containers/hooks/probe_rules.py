"""What the outcome of a probe does: Kubernetes' rules (v1 Probe) as functions from state to state. Pure.

            says whether                             `failure_threshold` failures in a row
startup     the other two probes may begin           end the container
liveness    the container still works                end the container
readiness   services may send requests to it         make it not ready
"""

from __future__ import annotations

from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from pycman.spec.container import ContainerSpec
    from pycman.spec.probe import Probe

STARTUP, READINESS, LIVENESS = "startup", "readiness", "liveness"
KINDS = (STARTUP, READINESS, LIVENESS)
POST_START = "post-start"
"""The kind of a row in `probes` while a container's postStart hook runs: the probes wait until it is deleted."""
_SECOND = 1_000_000_000


class ProbeState(Record):
    """One probe of a running container.

    `streak` counts successes in a row (negative: failures), `passed` is the verdict (1 succeeded, 0 failed, -1 none
    yet), `due_ns` when it runs next (ns since 1970; 0: it waits).
    """

    streak: int = 0
    passed: int = -1
    due_ns: int = 0


def probes_of(spec: ContainerSpec) -> dict[str, Probe]:
    """Return a container's probes by kind."""
    probes = {STARTUP: spec.startup_probe, READINESS: spec.readiness_probe, LIVENESS: spec.liveness_probe}
    return {kind: probe for kind, probe in probes.items() if probe is not None}


def first_states(probes: Mapping[str, Probe], started_at_ns: int) -> dict[str, ProbeState]:
    """Return the states of a container's probes at its start; with a startup probe the others wait."""
    has_startup = STARTUP in probes
    return {
        kind: ProbeState(
            due_ns=0 if has_startup and kind != STARTUP else started_at_ns + probe.initial_delay_s * _SECOND,
            passed=0 if kind == READINESS else -1,
        )
        for kind, probe in probes.items()
    }


def after_probe(probe: Probe, state: ProbeState, *, good: bool, now_ns: int) -> ProbeState:
    """Return a probe's state after one outcome (`good`: it succeeded); it is due again a period later."""
    streak = max(state.streak, 0) + 1 if good else min(state.streak, 0) - 1
    passed = state.passed
    if good and streak >= probe.success_threshold:
        passed = 1
    elif not good and -streak >= probe.failure_threshold:
        passed = 0
    return ProbeState(streak=streak, passed=passed, due_ns=now_ns + probe.period_s * _SECOND)


def after_startup(probes: Mapping[str, Probe], started_at_ns: int, now_ns: int) -> dict[str, int]:
    """Return when the probes that waited for the startup probe are due (ns since 1970), now that it has succeeded."""
    return {
        kind: max(now_ns, started_at_ns + probe.initial_delay_s * _SECOND)
        for kind, probe in probes.items()
        if kind != STARTUP
    }


def is_ready(states: Mapping[str, ProbeState]) -> bool:
    """Say whether a running container is ready: its startup and readiness probes, if it has them, have succeeded."""
    startup = states.get(STARTUP)
    readiness = states.get(READINESS)
    return (startup is None or startup.passed == 1) and (readiness is None or readiness.passed == 1)


def has_failed(kind: str, state: ProbeState) -> bool:
    """Say whether this state ends the container.

    Its startup or liveness probe has failed `failure_threshold` times in a row.
    """
    return kind in (STARTUP, LIVENESS) and state.passed == 0 and state.streak < 0
