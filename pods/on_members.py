"""One verb on several members of a pod: in which order, what it reports, and how it is done in a process for each."""

from __future__ import annotations

from pods.side_by_side import try_side_by_side
from pycman.errors import PycmanError, RuntimeFailed
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pycman.containers.container import Container
    from pycman.state.session import Session


SIDECAR = "sidecar"
"""The init kind of a container that starts before the others and runs beside them."""


class InitFailed(RuntimeFailed):
    """An init container has failed and is not restarted, so the pod has."""


class PodReport(Record):
    """The result of a verb on a pod: its id, and the errors of members that failed, by their names.

    `pending` is the id of the init container after whose end the start goes on, "" if the pod was started.
    """

    pod_id: str
    errors: Mapping[str, PycmanError] = {}
    pending: str = ""


def waves(session: Session, members: Sequence[Container]) -> list[list[Container]]:
    """Return members in groups that can be started together: members whose namespaces others of them use come first."""
    needs: dict[str, set[str]] = {member.id: set() for member in members}
    for row in session.db.rows("SELECT container_id, needed_id FROM container_needs"):
        if row["container_id"] in needs and row["needed_id"] in needs:
            needs[row["container_id"]].add(row["needed_id"])
    result: list[list[Container]] = []
    left = list(members)
    while left:
        wave = [member for member in left if not needs[member.id]] or left
        result.append(wave)
        started = {member.id for member in wave}
        left = [member for member in left if member.id not in started]
        for needed in needs.values():
            needed -= started
    return result


def on_members(
    session: Session, members: Sequence[Container], verb: Callable[[str], object], *, width: int = 0
) -> dict[str, PycmanError]:
    """Do `verb` for each member, `width` at once (0: some more than there are processors); return the errors by the members' names."""

    def work(container_id: str) -> None:
        verb(container_id)

    names = {member.id: member.name for member in members}
    _, errors = try_side_by_side(session, list(names), work, width=width)
    return {names[container_id]: error for container_id, error in errors.items()}
