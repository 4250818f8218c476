"""The end of a service container: it runs as long as a pod of its play does, so that a service manager has one process to follow.

A pod of a play ends ──▶ its service container ──▶ no pod of the play runs any more ──▶ stopped (status 0), or killed (137) if
members of pods have failed and the play asks for that (`--service-exit-code-propagation`: any of them, all of them).
"""

from __future__ import annotations

from pycman.containers import states
from pycman.containers.catalogue import spec_of
from pycman.containers.end.kill import kill_container
from pycman.containers.end.stop_one import stop_one
from pycman.errors import NotFound, NotRunning

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from pycman.state.session import Session

_STOP_S = 10
_SERVICE = "SELECT * FROM containers WHERE json_extract(spec, '$.serves_play') = ? AND row_state = 'ready'"
_PLAY_OF_POD = (
    "SELECT o.play FROM kube_pods p JOIN kube_objects o ON o.kind = p.kind AND o.namespace = p.namespace AND o.name = p.name"
    " WHERE p.pod_id = ?"
)
_MEMBERS = (
    "SELECT c.* FROM containers c JOIN kube_pods p ON p.pod_id = c.pod_id JOIN kube_objects o ON o.kind = p.kind"
    " AND o.namespace = p.namespace AND o.name = p.name WHERE o.play = ? AND c.is_infra = 0"
)


def end_service_of_pod(session: Session, pod_id: str) -> None:
    """End the service container of the play that a pod belongs to, if the play is over."""
    play = session.db.value(_PLAY_OF_POD, (pod_id,))
    if play is not None:
        end_service_if_over(session, str(play))


def end_service_if_over(session: Session, play: str) -> None:
    """End a play's service container, if it has one and no member of its pods runs or will be restarted."""
    service = session.db.row(_SERVICE, (play,))
    if service is None or not states.has_process(service):
        return
    members = session.db.rows(_MEMBERS, (play,))
    going = (*states.ALIVE, states.RESTARTING)
    if any(states.state_of(session, row) in going for row in members):
        return
    try:
        if has_failed(members, spec_of(service).exit_propagation):
            kill_container(session, service["id"], signal="KILL")
        else:
            stop_one(session, service["id"], timeout_s=_STOP_S)
    except (NotFound, NotRunning):
        return  # `kube down` was faster


def has_failed(members: Sequence[Mapping[str, Any]], propagation: str) -> bool:
    """Return whether a play with these members has failed: "any" of them, "all", or none in any case. Pure."""
    failed = [row for row in members if row["exit_status"]]
    return bool(failed) and (propagation == "any" or (propagation == "all" and len(failed) == len(members)))
