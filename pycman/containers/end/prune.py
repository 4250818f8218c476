"""`container prune`: remove all containers that do not run."""

from __future__ import annotations

from pycman.containers.catalogue import list_containers
from pycman.containers.end.remove import remove_container
from pycman.containers.inspect.size import upper_size
from pycman.errors import InvalidInput, PycmanError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pycman.state.session import Session

_KEYS = ("label", "label!", "until")


def prune_containers(session: Session, filters: Sequence[tuple[str, str]] = ()) -> tuple[list[str], int]:
    """Remove containers in state created or exited that pass `filters` (label, label!, until).

    Return their ids and the bytes freed. A container that another command starts, mounts or removes meanwhile is
    skipped. Raises InvalidInput for another filter.
    """
    for key, _ in filters:
        if key not in _KEYS:
            raise InvalidInput(
                "invalid filter", subject=key, hint=f"use one of {', '.join(_KEYS)}", code="not-a-filter-key"
            )
    session.enter_namespaces()
    removed: list[str] = []
    freed = 0
    for container in list_containers(session, filters, all=True):
        if container.state not in ("created", "exited") or container.is_infra:
            continue
        size = upper_size(session, container.id)
        try:
            removed += remove_container(session, container.id)
        except PycmanError:
            continue  # another command started, mounted or removed it meanwhile
        freed += size
    return removed, freed
