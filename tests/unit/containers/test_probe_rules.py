from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pycman.containers.hooks.probe_rules import (
    LIVENESS,
    READINESS,
    STARTUP,
    ProbeState,
    after_probe,
    after_startup,
    first_states,
    has_failed,
    is_ready,
    probes_of,
)
from pycman.spec.container import ContainerSpec
from pycman.spec.probe import Handler, Probe

SECOND = 10**9
HANDLER = Handler(kind="tcp", port=80)
PROBE = Probe(handler=HANDLER)


def outcomes(probe: Probe, text: str, state: ProbeState | None = None) -> ProbeState:
    """Return the state after good (+) and bad (-) outcomes."""
    now = ProbeState() if state is None else state
    for letter in text:
        now = after_probe(probe, now, good=letter == "+", now_ns=100 * SECOND)
    return now


def test_a_spec_names_its_probes_by_kind() -> None:
    spec = ContainerSpec(image="x", readiness_probe=PROBE, startup_probe=PROBE.replace(period_s=1))
    assert probes_of(spec) == {STARTUP: PROBE.replace(period_s=1), READINESS: PROBE}
    assert probes_of(ContainerSpec(image="x")) == {}


def test_probes_and_hooks_come_back_from_a_stored_spec() -> None:
    handler = Handler(kind="http", port=8080, path="/up", headers=(("Host", "a"), ("X", "b")), command=("a",))
    spec = ContainerSpec(
        image="x", liveness_probe=PROBE.replace(handler=handler, termination_grace_s=0), pre_stop=handler
    )
    assert ContainerSpec.from_dict(spec.to_dict()) == spec


def test_the_first_probe_is_due_after_its_delay_from_the_start() -> None:
    states = first_states({LIVENESS: PROBE.replace(initial_delay_s=7), READINESS: PROBE}, 50 * SECOND)
    assert (states[LIVENESS].due_ns, states[READINESS].due_ns) == (57 * SECOND, 50 * SECOND)


def test_probes_behind_a_startup_probe_are_not_due_before_it_has_passed() -> None:
    probes = {STARTUP: PROBE, LIVENESS: PROBE.replace(initial_delay_s=30), READINESS: PROBE}
    states = first_states(probes, 50 * SECOND)
    assert [states[kind].due_ns for kind in (STARTUP, LIVENESS, READINESS)] == [50 * SECOND, 0, 0]
    assert after_startup(probes, 50 * SECOND, 60 * SECOND) == {LIVENESS: 80 * SECOND, READINESS: 60 * SECOND}


def test_a_container_without_probes_is_ready_as_soon_as_it_runs() -> None:
    assert is_ready({})


def test_a_liveness_probe_alone_does_not_keep_a_container_from_being_ready() -> None:
    assert is_ready(first_states({LIVENESS: PROBE}, 0))


def test_a_container_is_ready_once_startup_and_readiness_have_passed() -> None:
    states = first_states({STARTUP: PROBE, READINESS: PROBE}, 0)
    assert not is_ready(states)
    states[STARTUP] = outcomes(PROBE, "+", states[STARTUP])
    assert not is_ready(states)
    states[READINESS] = outcomes(PROBE, "+", states[READINESS])
    assert is_ready(states)


def test_one_other_outcome_resets_the_count() -> None:
    assert outcomes(PROBE, "--+--").passed == 1
    assert outcomes(PROBE, "--+---").passed == 0
    assert outcomes(PROBE.replace(success_threshold=2), "---+-+").passed == 0
    assert outcomes(PROBE.replace(success_threshold=2), "---++").passed == 1


def test_a_probe_is_due_again_a_period_after_its_outcome() -> None:
    assert outcomes(PROBE.replace(period_s=4), "-").due_ns == 104 * SECOND


def test_only_startup_and_liveness_end_a_container() -> None:
    failed = outcomes(PROBE, "+---")
    assert [has_failed(kind, failed) for kind in (STARTUP, READINESS, LIVENESS)] == [True, False, True]
    assert not has_failed(LIVENESS, outcomes(PROBE, "+--"))


@given(st.text("+-", max_size=30), st.integers(1, 5), st.integers(1, 5))
def test_the_verdict_is_that_of_the_last_streak_that_was_long_enough(text: str, good: int, bad: int) -> None:
    probe = PROBE.replace(success_threshold=good, failure_threshold=bad)
    expected = -1
    for end in range(1, len(text) + 1):
        if text[:end].endswith("+" * good):
            expected = 1
        if text[:end].endswith("-" * bad):
            expected = 0
    assert outcomes(probe, text).passed == expected
