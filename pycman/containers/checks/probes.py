"""Run one probe of a running container once, and act on the outcome. The supervisor forks a child for each."""

from __future__ import annotations

from pycman.containers import states
from pycman.containers.catalogue import row_of, spec_of
from pycman.containers.hooks.lifecycle_hooks import end_with_grace
from pycman.containers.hooks.probe_rows import finish_hook, read_states, record_outcome
from pycman.containers.hooks.probe_rules import POST_START, ProbeState, has_failed, probes_of
from pycman.containers.hooks.run_handler import run_handler
from pycman.contexts import suppress
from pycman.errors import NotFound, PycmanError
from pycman.network.reconcile.refresh_services import refresh_services

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.spec.container import ContainerSpec
    from pycman.spec.probe import Probe
    from pycman.state.session import Session

_ERROR_CHARACTERS = 1024


def run_probe(session: Session, container_id: str, kind: str) -> None:
    """Run one probe (`kind`) of a container once, record the outcome, and end the container if it has failed.

    Nothing is done for a container that does not run. The kind "post-start" stands for a postStart hook whose command
    was killed: it is recorded as finished.
    """
    session.enter_namespaces()
    try:
        row = row_of(session, container_id)
    except NotFound:
        return
    if kind == POST_START:
        finish_hook(session, container_id)
        refresh_services(session)
        return
    spec = spec_of(row)
    probe = probes_of(spec).get(kind)
    if probe is None or states.state_of(session, row) != states.RUNNING or not states.has_process(row):
        return
    if has_failed(kind, read_states(session, container_id).get(kind, ProbeState())):
        problem = "it did not end in time"  # the supervisor's child that was ending the container was killed
    else:
        problem = _run(session, row, spec, probe)
    outcome = record_outcome(session, row, spec, kind, problem)
    if outcome.readiness_changed and row["pod_id"]:
        with suppress(PycmanError):  # the next change of the networks does it
            refresh_services(session)
    if outcome.failed:
        grace_s = spec.stop_timeout_s if probe.termination_grace_s is None else probe.termination_grace_s
        end_with_grace(session, row, spec, grace_s or 0)


def _run(session: Session, row: Mapping[str, Any], spec: ContainerSpec, probe: Probe) -> str:
    """Return why the probe failed, "" if it succeeded."""
    try:
        run_handler(session, row, spec, probe.handler, timeout_s=probe.timeout_s)
    except PycmanError as error:
        return str(error)[:_ERROR_CHARACTERS]
    return ""
