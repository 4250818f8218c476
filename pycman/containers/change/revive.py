"""Helpers of networks that were killed (by the kernel for lack of memory, say) while containers run: start them again."""

from __future__ import annotations

from pycman.containers import states
from pycman.containers.catalogue import row_of, spec_of
from pycman.contexts import suppress
from pycman.errors import PycmanError
from pycman.jsontext import parse_json
from pycman.linux.processes import is_alive, is_ending
from pycman.network.reconcile.helpers import has_dead_helper
from pycman.network.reconcile.in_child import refresh
from pycman.network.reconcile.work import has_lost_rules, place_of
from pycman.spec.network_attachment import USER_MODES
from pycman.spec.port import PortMapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.spec.container import ContainerSpec
    from pycman.state.session import Session


def has_lost_helpers(session: Session) -> bool:
    """Say whether a helper was killed: of the networks, or the slirp4netns or pasta of a container; or the networks' rules removed."""
    if has_dead_helper(session.paths.network) or has_lost_rules(place_of(session)):
        return True
    rows = session.db.rows("SELECT pid, pid_start FROM network_helpers")
    return any(not is_alive(row["pid"], row["pid_start"]) or is_ending(row["pid"]) for row in rows)


def revive_helpers(session: Session) -> None:
    """Start the helpers again that were killed; what cannot be started is left to the next change or reload."""
    session.enter_namespaces()
    if has_dead_helper(session.paths.network) or has_lost_rules(place_of(session)):
        refresh(session, force=True)
    for helper in session.db.rows("SELECT container_id FROM network_helpers"):
        with suppress(PycmanError), session.lock("container", helper["container_id"]):
            row = row_of(session, helper["container_id"])
            spec = spec_of(row)
            if states.has_process(row) and spec.network.kind in USER_MODES:
                revive_user_mode(session, row, spec)


def revive_user_mode(session: Session, row: Mapping[str, Any], spec: ContainerSpec) -> None:
    """Start the slirp4netns or pasta of a running container again if it was killed. Raises Unavailable, InUse."""
    from pycman.network.rootless.user_mode import restart_user_mode  # only imported for slirp4netns and pasta

    ports = [PortMapping.from_dict(port) for port in parse_json(row["ports"])]
    restart_user_mode(session, row["id"], spec.network, row["pid"], ports)
