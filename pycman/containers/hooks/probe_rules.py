"""What the outcome of a probe means: Kubernetes' rules as functions from state to state. Pure.

The startup probe gates the other two, and never runs again once it has passed. Readiness says whether services lead to the
container. A startup or liveness probe that fails `failure_threshold` times in a row ends the container.
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
"""The row that stands among those of probes while a container's postStart hook runs: they wait for it."""
_SECOND = 1_000_000_000


class ProbeState(Record):
    """One probe of a running container: outcomes in a row (good above 0), the last verdict (-1: none), when it is due."""

    streak: int = 0
    passed: int = -1
    due_ns: int = 0


def probes_of(spec: ContainerSpec) -> dict[str, Probe]:
    """Return a container's probes by kind."""
    found = {STARTUP: spec.startup_probe, READINESS: spec.readiness_probe, LIVENESS: spec.liveness_probe}
    return {kind: probe for kind, probe in found.items() if probe is not None}


def first_states(probes: Mapping[str, Probe], started_at_ns: int) -> dict[str, ProbeState]:
    """Return the states of a container's probes at its start: those behind a startup probe are not due yet."""
    gated = STARTUP in probes
    return {
        kind: ProbeState(
            due_ns=0 if gated and kind != STARTUP else started_at_ns + probe.initial_delay_s * _SECOND,
            passed=0 if kind == READINESS else -1,
        )
        for kind, probe in probes.items()
    }


def after_probe(probe: Probe, state: ProbeState, *, good: bool, now_ns: int) -> ProbeState:
    """Return a probe's state after one outcome; it is due again a period later."""
    streak = max(state.streak, 0) + 1 if good else min(state.streak, 0) - 1
    passed = state.passed
    if good and streak >= probe.success_threshold:
        passed = 1
    elif not good and -streak >= probe.failure_threshold:
        passed = 0
    return ProbeState(streak=streak, passed=passed, due_ns=now_ns + probe.period_s * _SECOND)


def after_startup(probes: Mapping[str, Probe], started_at_ns: int, now_ns: int) -> dict[str, int]:
    """Return when the probes that waited for the startup probe are due, now that it has passed."""
    return {
        kind: max(now_ns, started_at_ns + probe.initial_delay_s * _SECOND)
        for kind, probe in probes.items()
        if kind != STARTUP
    }


def is_ready(states: Mapping[str, ProbeState]) -> bool:
    """Say whether a running container with these probes is ready."""
    waiting = states.get(STARTUP)
    readiness = states.get(READINESS)
    return (waiting is None or waiting.passed == 1) and (readiness is None or readiness.passed == 1)


def has_failed(kind: str, state: ProbeState) -> bool:
    """Say whether an outcome ends the container: a startup or liveness probe has just failed for good."""
    return kind in (STARTUP, LIVENESS) and state.passed == 0 and state.streak < 0
