"""Create several containers: all rows first, so that the disk is waited for once before their directories are made."""

from __future__ import annotations

from pycman.containers.create.create import begin_creation, finish_creation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pycman.containers.create.create import Begun
    from pycman.spec.container import ContainerSpec
    from pycman.state.session import Session


def create_together(session: Session, specs: Sequence[ContainerSpec]) -> tuple[str, ...]:
    """Create containers and return their ids; the caller's next durable commit is what keeps them after a loss of power.

    If one fails, those that are not finished are removed, and the others stay. Raises what `create_container` does.
    """
    begun: list[Begun] = []
    try:
        with session.db.waiting_together():
            begun += (begin_creation(session, spec) for spec in specs)
            return tuple(finish_creation(session, one, durable=False) for one in begun)
    except BaseException:
        from pycman.containers.end.remove import discard_unfinished  # only imported after a failure

        for one in begun:
            discard_unfinished(session, one.draft.id)
        raise
